// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What leads an unwinding runtime to glibc's _dl_find_object(): in a
 * dynamically linked process a pointer of ld.so's, in a statically linked one
 * the call in libgcc's _Unwind_Find_FDE().
 */
#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/frames.h"
#include "elf/elf_image.h"
#include "elf/elf_note.h"

#define FIND_OBJECT "_dl_find_object"
#define FIND_FDE "_Unwind_Find_FDE"
#define MAX_FUNCTION 65536u
#define CALL 0xe8
#define CALL_LEN 5u

/* ---- dynamically linked: the pointer ---- */

/*
 * The address of the pointer that `code` at `addr` jumps to through; false if
 * it's another code.
 */
static bool decode(struct target *t, const uint8_t *code, uint64_t addr,
		   uint64_t *ret_slot)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	static const uint8_t load[] = {0x48, 0x8b, 0x05}; /* mov N(%rip),%rax */
	static const uint8_t jump[] = {0xff, 0xa0};	   /* jmp *N(%rax) */
	int32_t to_got, offset;
	uint64_t base;

	if (!memcmp(code, endbr64, sizeof(endbr64))) {
		code += sizeof(endbr64);
		addr += sizeof(endbr64);
	}
	if (memcmp(code, load, sizeof(load)))
		return false;
	memcpy(&to_got, code + 3, sizeof(to_got));
	code += 7;
	if (*code == 0x3e) /* notrack */
		code++;
	if (memcmp(code, jump, sizeof(jump)))
		return false;
	memcpy(&offset, code + 2, sizeof(offset));
	if (target_read_partial(t, addr + 7 + (uint64_t)(int64_t)to_got, &base,
				sizeof(base)) != sizeof(base))
		return false;
	*ret_slot = base + (uint64_t)(int64_t)offset;
	return true;
}

static const char *check_hook(struct plan *p, uint64_t addr, struct frames_hook *ret)
{
	uint8_t code[24];

	if (target_read_partial(p->t, addr, code, sizeof(code)) !=
		    sizeof(code) ||
	    !decode(p->t, code, addr, &ret->slot))
		return "its " FIND_OBJECT "() is not one that we know";
	ret->obj = objects_at(&p->objs, ret->slot);
	if (!ret->obj || ret->slot % 8 || !ret->obj->id.len ||
	    target_read_partial(p->t, ret->slot, &ret->function, 8) != 8 ||
	    !object_has_code_at(ret->obj, ret->function))
		return "the pointer of its " FIND_OBJECT "() is another tool's";
	return NULL;
}

/* ---- statically linked: the call ---- */

/*
 * The one call of `to` in the code of a function; 0 if there's none, or more.
 */
static uint64_t find_call(struct target *t, uint64_t addr, size_t len,
			  uint64_t to)
{
	_autofree_ uint8_t *code = xmalloc(len);
	ZydisDecodedInstruction insn;
	ZydisDecoder decoder;
	uint64_t found = 0;

	if (target_read_partial(t, addr, code, len) != len)
		return 0;
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	for (size_t at = 0; at < len; at += insn.length) {
		int32_t rel;

		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
			    &decoder, NULL, code + at, len - at, &insn)))
			return 0;
		if (code[at] != CALL || insn.length != CALL_LEN)
			continue;
		memcpy(&rel, code + at + 1, sizeof(rel));
		if (addr + at + CALL_LEN + (uint64_t)(int64_t)rel != to)
			continue;
		if (found)
			return 0;
		found = addr + at;
	}
	return found;
}

static const struct elf_symbol *find_function(const struct elf_symtab *tab,
					      const char *name)
{
	for (size_t i = 1; i < tab->count; i++) {
		const struct elf_symbol *s = &tab->syms[i];

		if (s->type == STT_FUNC && s->section &&
		    !strcmp(s->name, name))
			return s;
	}
	return NULL;
}

static const char *check_symbols(struct plan *p, const struct object *obj,
				 const struct elf_symtab *tab,
				 struct frames_hook *ret)
{
	const struct elf_symbol *callee = find_function(tab, FIND_OBJECT);
	const struct elf_symbol *caller = find_function(tab, FIND_FDE);

	if (tab->count && !caller)
		return "";
	if (!callee || !caller || caller->size > MAX_FUNCTION)
		return "it is linked statically, and has no symbols or an "
		       "older C library";
	ret->obj = obj;
	ret->function = obj->load_bias + callee->value;
	ret->slot = find_call(p->t, obj->load_bias + caller->value,
			      caller->size, ret->function) + 1;
	ret->is_call = true;
	return ret->slot != 1 ? NULL
			      : "its " FIND_FDE "() is not one that we know";
}

/* The file of the program, if it's still the one that runs. */
static struct error *open_program(struct plan *p, const struct object *obj,
				  struct elf_image **ret)
{
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	struct elf_buildid id;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/exe", p->t->pid);
	TRY(elf_image_open_file(path, &image));
	if (!elf_image_buildid(image, &id) || id.len != obj->id.len ||
	    memcmp(id.bytes, obj->id.bytes, id.len))
		return error_new(ERR_FAILED, "%s: of another BuildID", path);
	*ret = TAKE(image);
	return NULL;
}

/* By the symbols of its file: memory has none. */
static const char *find_static(struct plan *p, struct frames_hook *ret)
{
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	_cleanup_(elf_symtab_deinit) struct elf_symtab tab = {0};
	const struct dynamic *d = dynamics_program(&p->ds);

	if (!d || object_segment(d->obj, PT_INTERP) || !d->obj->id.len)
		return "its C library has no " FIND_OBJECT "(), as glibc has "
		       "since 2.35";
	struct error *err = open_program(p, d->obj, &image);
	if (!err)
		err = elf_symtab_read(image, SHT_SYMTAB, &tab);
	if (!err)
		return check_symbols(p, d->obj, &tab, ret);
	log_info("%s", err->message);
	error_free(err);
	return "its symbols cannot be read";
}

/* ---- either ---- */

const char *frames_find_hook(struct plan *p, struct frames_hook *ret)
{
	Elf64_Sym sym;

	for (size_t i = 0; i < p->ds.count; i++) {
		struct dynamic *d = &p->ds.all[i];

		if (dynamic_lookup(d, FIND_OBJECT, NULL, false, &sym))
			return check_hook(p, d->obj->load_bias + sym.st_value,
					  ret);
	}
	return find_static(p, ret);
}
