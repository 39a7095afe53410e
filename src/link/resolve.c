// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses into bytes: symbols, GOT, jump table, relocations. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "link/internal.h"
#include "link/reloc_types.h"

struct resolver {
	struct linked *l;
	const struct link_env *env;
	const uint64_t *part_addr;
};

/* One relocation that is being carried out. */
struct site {
	const struct section *sec;
	const Elf64_Rela *rel;
	const struct reloc_type *type;
	uint32_t sym;
	uint8_t *field;
	uint64_t addr; /* of the field, in the patient */
};

/* "NAME@VERSION" or "NAME@@VERSION" to its two halves; `version` NULL: none. */
static char *split_version(const char *name, const char **version)
{
	char *copy = xstrdup(name);
	char *at = strchr(copy, '@');

	*version = NULL;
	if (at && at != copy) {
		*at++ = '\0';
		*version = *at == '@' ? at + 1 : at;
	}
	return copy;
}

static uint64_t section_addr(const struct resolver *r,
			     const struct section *sec)
{
	if (sec->kind == SECTION_STUB)
		return r->env->load_bias + sec->sh->sh_addr;
	return r->part_addr[sec->part] + sec->off;
}

static struct error *import_addr(struct resolver *r, uint32_t sym,
				 enum link_use use)
{
	struct symbol *s = &r->l->symbols[sym];
	const char *version;
	_autofree_ char *name =
		split_version(symbol_name(r->l, sym), &version);

	TRY(r->env->symbol(r->env->arg, name, version, use, &s->addr[use],
			   &s->is_function));
	s->resolved[use] = true;
	return NULL;
}

static struct error *symbol_addr(struct resolver *r, uint32_t sym,
				 enum link_use use, uint64_t *ret)
{
	const Elf64_Sym *es = &r->l->elf_symbols[sym];
	struct symbol *s = &r->l->symbols[sym];
	const struct section *sec = symbol_section(r->l, sym);

	if (es->st_shndx == SHN_ABS) {
		*ret = es->st_value;
		return NULL;
	}
	if (sec) {
		*ret = section_addr(r, sec) + es->st_value;
		return NULL;
	}
	if (!s->resolved[use])
		TRY(import_addr(r, sym, use));
	*ret = s->addr[use];
	return NULL;
}

/* Thread-pointer offset of a symbol, without addend. */
static struct error *symbol_tpoff(struct resolver *r, uint32_t sym,
				  int64_t *ret)
{
	const Elf64_Sym *es = &r->l->elf_symbols[sym];
	const char *version;

	if (es->st_shndx != SHN_UNDEF)
		return r->env->own_tls_offset(r->env->arg, es->st_value, ret);
	_autofree_ char *name =
		split_version(symbol_name(r->l, sym), &version);
	return r->env->tls_offset(r->env->arg, name, version, ret);
}

static struct error *symbol_module(struct resolver *r, uint32_t sym,
				   uint64_t *ret_module, uint64_t *ret_offset)
{
	const Elf64_Sym *es = &r->l->elf_symbols[sym];
	const char *version;
	uint64_t ignored;

	if (es->st_shndx != SHN_UNDEF) {
		TRY(r->env->tls_module(r->env->arg, NULL, NULL, ret_module,
				       &ignored));
		*ret_offset = es->st_value;
		return NULL;
	}
	_autofree_ char *name =
		split_version(symbol_name(r->l, sym), &version);
	return r->env->tls_module(r->env->arg, name, version, ret_module,
				  ret_offset);
}

/*
 * An offset in its TLS block needs no module if the variable is the object's
 * own: a patch of a program may hold such offsets where there are no modules.
 */
static struct error *symbol_tls_offset(struct resolver *r, uint32_t sym,
				       uint64_t *ret)
{
	const Elf64_Sym *es = &r->l->elf_symbols[sym];
	uint64_t module;

	if (es->st_shndx == SHN_UNDEF)
		return symbol_module(r, sym, &module, ret);
	*ret = es->st_value;
	return NULL;
}

static uint64_t slot_addr(const struct resolver *r, size_t slot)
{
	return r->part_addr[LINK_R] + r->l->got_off + slot * GOT_ENTRY;
}

static uint64_t jump_addr(const struct resolver *r, size_t jump)
{
	return r->part_addr[LINK_RX] + r->l->jump_off + jump * JUMP_ENTRY;
}

/* endbr64; jmp *slot(%rip) */
static struct error *fill_jump(struct resolver *r, size_t slot, size_t jump)
{
	uint8_t *code = r->l->bytes[LINK_RX] + r->l->jump_off +
			jump * JUMP_ENTRY;
	const uint8_t text[] = {0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25};
	int64_t rel = (int64_t)(slot_addr(r, slot) - (jump_addr(r, jump) + 10));
	int32_t rel32 = (int32_t)rel;

	if (rel != rel32)
		return error_new(ERR_FAILED,
				 "the parts of the patch are too far apart");
	memcpy(code, text, sizeof(text));
	memcpy(code + sizeof(text), &rel32, sizeof(rel32));
	return NULL;
}

static struct error *fill_slots(struct resolver *r)
{
	struct linked *l = r->l;

	for (size_t i = 0; i < l->nslots; i++) {
		const struct slot *slot = &l->slots[i];
		uint64_t value;
		struct error *err;

		if (slot->kind == SLOT_TPOFF)
			err = symbol_tpoff(r, slot->sym, (int64_t *)&value);
		else
			err = symbol_addr(r, slot->sym,
					  slot->kind == SLOT_CALL ?
						  LINK_CALL : LINK_ADDRESS,
					  &value);
		if (err)
			return error_context(err, "%s",
					     symbol_name(l, slot->sym));
		memcpy(l->bytes[LINK_R] + l->got_off + i * GOT_ENTRY, &value,
		       sizeof(value));
		if (slot->kind == SLOT_CALL)
			TRY(fill_jump(r, i, slot->jump));
	}
	return NULL;
}

/* Whether the field is the operand of call, jmp or jcc. */
static bool is_branch(const struct site *s)
{
	uint64_t off = s->rel->r_offset;

	if (s->type->value != VALUE_RELATIVE || s->type->range != RANGE_S32 ||
	    s->sec->part != LINK_RX)
		return false;
	if (ELF64_R_TYPE(s->rel->r_info) == R_X86_64_PLT32)
		return true;
	if (off >= 1 && (s->field[-1] == 0xe8 || s->field[-1] == 0xe9))
		return true;
	return off >= 2 && s->field[-2] == 0x0f &&
	       (s->field[-1] & 0xf0) == 0x80;
}

static bool in_range(uint64_t value, enum reloc_range range)
{
	switch (range) {
	case RANGE_S32:
		return (int64_t)value == (int32_t)value;
	case RANGE_U32:
		return value == (uint32_t)value;
	case RANGE_64:
		break;
	}
	return true;
}

/* S + A or S + A - P, by way of the jump table where a function is far. */
static struct error *plain_value(struct resolver *r, const struct site *s,
				 uint64_t *ret)
{
	bool branch = is_branch(s);
	uint64_t relative_to = s->type->value == VALUE_RELATIVE ? s->addr : 0;
	uint64_t addend = (uint64_t)s->rel->r_addend;
	uint64_t target, value;

	TRY(symbol_addr(r, s->sym, branch ? LINK_CALL : LINK_ADDRESS, &target));
	value = target + addend - relative_to;
	const struct symbol *sym = &r->l->symbols[s->sym];
	if (in_range(value, s->type->range) || !sym->slot[SLOT_CALL] ||
	    !(branch || sym->is_function) ||
	    s->rel->r_addend != (relative_to ? -4 : 0)) {
		*ret = value;
		return NULL;
	}
	target = jump_addr(r, r->l->slots[sym->slot[SLOT_CALL] - 1].jump);
	*ret = target + addend - relative_to;
	return NULL;
}

static struct error *site_value(struct resolver *r, const struct site *s,
				uint64_t *ret)
{
	const struct symbol *sym = &r->l->symbols[s->sym];
	uint64_t addend = (uint64_t)s->rel->r_addend;
	uint64_t value = 0, ignored;

	switch (s->type->value) {
	case VALUE_ADDRESS:
	case VALUE_RELATIVE:
		return plain_value(r, s, ret);
	case VALUE_GOT:
		value = slot_addr(r, sym->slot[SLOT_ADDRESS] - 1) - s->addr;
		break;
	case VALUE_GOT_TPOFF:
		value = slot_addr(r, sym->slot[SLOT_TPOFF] - 1) - s->addr;
		break;
	case VALUE_TPOFF:
		TRY(symbol_tpoff(r, s->sym, (int64_t *)&value));
		break;
	case VALUE_TLS_MODULE:
		TRY(symbol_module(r, s->sym, &value, &ignored));
		addend = 0;
		break;
	case VALUE_TLS_OFFSET:
		TRY(symbol_tls_offset(r, s->sym, &value));
		break;
	case VALUE_NONE:
	case VALUE_UNKNOWN:
		break;
	}
	*ret = value + addend;
	return NULL;
}

static struct error *relocate_site(struct resolver *r, const struct site *s)
{
	uint64_t value = 0;

	TRY(site_value(r, s, &value));
	if (!in_range(value, s->type->range))
		return error_new(ERR_FAILED,
				 "%s does not fit: %#" PRIx64 " is not within "
				 "32 bits%s", s->type->name, value,
				 r->l->elf_symbols[s->sym].st_shndx ==
					 SHN_UNDEF ?
					 " (the symbol is in an object that is "
					 "too far away)" : "");
	memcpy(s->field, &value, reloc_width(s->type));
	return NULL;
}

static struct error *relocate_section(struct resolver *r,
				      const struct section *sec)
{
	size_t n;
	const Elf64_Rela *relocs = section_relocs(r->l, sec, &n);

	for (size_t i = 0; i < n; i++) {
		uint64_t off = relocs[i].r_offset;
		struct site s = {
			.sec = sec,
			.rel = &relocs[i],
			.type = reloc_type(ELF64_R_TYPE(relocs[i].r_info)),
			.sym = ELF64_R_SYM(relocs[i].r_info),
			.addr = r->part_addr[sec->part] + sec->off + off,
		};

		if (s.type->value == VALUE_NONE)
			continue;
		s.field = r->l->bytes[sec->part] + sec->off + off;
		struct error *err = relocate_site(r, &s);
		if (err)
			return error_context(err, "%s+%#" PRIx64
					     ": reference to %s", sec->name,
					     off, symbol_name(r->l, s.sym));
	}
	return NULL;
}

/* What no section covers: int3 in code, zero elsewhere. */
static void copy_sections(struct linked *l)
{
	for (int i = 0; i < LINK_PARTS; i++) {
		free(l->bytes[i]);
		l->bytes[i] = xcalloc(1, l->size[i]);
	}
	memset(l->bytes[LINK_RX], 0xcc, l->size[LINK_RX]);
	for (size_t i = 1; i < l->nsections; i++) {
		const struct section *sec = &l->sections[i];

		if (sec->kind != SECTION_OWN || sec->sh->sh_size == 0)
			continue;
		if (sec->bytes)
			memcpy(l->bytes[sec->part] + sec->off, sec->bytes,
			       sec->sh->sh_size);
		else
			memset(l->bytes[sec->part] + sec->off, 0,
			       sec->sh->sh_size);
	}
	for (size_t i = 0; i < l->nsymbols; i++)
		l->symbols[i].resolved[0] = l->symbols[i].resolved[1] = false;
}

struct error *link_resolve(struct linked *l, const struct link_env *env,
			   const uint64_t part_addr[LINK_PARTS])
{
	struct resolver r = {.l = l, .env = env, .part_addr = part_addr};

	copy_sections(l);
	TRY(fill_slots(&r));
	for (size_t i = 1; i < l->nsections; i++) {
		if (l->sections[i].kind == SECTION_OWN)
			TRY(relocate_section(&r, &l->sections[i]));
	}
	eh_frame_fill(l);
	return NULL;
}
