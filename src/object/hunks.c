// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the doctor must know of each original function: its bytes, and how many
 * bytes of padding behind it may be overwritten (a function shorter than a
 * jump).
 */
#include <string.h>
#include <Zydis/Zydis.h>

#include "kpfile/info.h"
#include "object/fixup.h"

#define MAX_PADDING 16

/* The original function of an entry, in the original's file. */
struct orig_func {
	const struct elf_section *section;
	uint64_t offset, len;
};

static struct error *bad_entry(const struct fixup *f, size_t entry,
			       const char *what)
{
	return error_new(ERR_BADFILE, "%s: .kpatch.info: entry %zu: %s",
			 f->m->name, entry, what);
}

static const struct model_rela *rela_at(const struct model_section *s,
					uint64_t offset)
{
	for (size_t i = 0; i < s->nrelas; i++) {
		if (s->relas[i].offset == offset)
			return &s->relas[i];
	}
	return NULL;
}

/*
 * The length of the function there by the original's symbols. `len` is what
 * the file says that brings the entry; the linker may have kept another file's
 * copy (COMDAT), which was compiled otherwise.
 */
static uint64_t kept_length(const struct fixup *f, const struct orig_func *of,
			    uint64_t len)
{
	uint64_t found = len;

	for (size_t i = 0; i < f->orig_symtab.count; i++) {
		const struct elf_symbol *sym = &f->orig_symtab.syms[i];

		if (sym->section != of->section || sym->type != STT_FUNC ||
		    sym->value - of->section->h.sh_addr != of->offset)
			continue;
		if (sym->size == len)
			return len;
		if (sym->size)
			found = sym->size;
	}
	return found;
}

static struct error *find_orig(const struct fixup *f,
			       struct model_section *info, size_t entry,
			       struct orig_func *of)
{
	uint64_t at = entry * sizeof(struct kpatch_info);
	const struct model_rela *rela = rela_at(info, at);
	struct kpatch_info raw;

	memcpy(&raw, info->data.data + at, sizeof(raw));
	if (!rela)
		return NULL; /* a new function */
	const struct model_section *stub =
		rela->sym ? rela->sym->section : NULL;
	if (!stub || !stub->orig || !stub->orig->data)
		return bad_entry(f, entry,
				 "what it replaces is not in the "
				 "original");
	of->section = stub->orig;
	of->offset = rela->sym->value + (uint64_t)rela->addend;
	of->len = kept_length(f, of, raw.dlen);
	memcpy(info->data.data + at + offsetof(struct kpatch_info, dlen),
	       &of->len, sizeof(of->len));
	if (of->offset > stub->orig->h.sh_size ||
	    of->len > stub->orig->h.sh_size - of->offset)
		return bad_entry(f, entry,
				 "what it replaces reaches over the "
				 "end of its section");
	return NULL;
}

/* A label that kpatch_gensrc added, or no label of code at all. */
static bool is_our_label(const char *name)
{
	size_t len = strlen(name);

	return !len || (len > 4 && !strcmp(name + len - 4, ".Lfe"));
}

/* The first byte behind `of` that may belong to something else. */
static uint64_t next_symbol(const struct fixup *f, const struct orig_func *of)
{
	uint64_t end = of->offset + of->len;
	uint64_t next = of->section->h.sh_size;

	for (size_t i = 0; i < f->orig_symtab.count; i++) {
		const struct elf_symbol *sym = &f->orig_symtab.syms[i];
		uint64_t value = sym->value - of->section->h.sh_addr;

		if (sym->section == of->section && sym->type != STT_SECTION &&
		    value >= end && value < next)
			next = value;
	}
	/* The original may be stripped; what is local there may be global
	   here, so both are asked. */
	for (size_t i = 0; i < f->m->nsymbols; i++) {
		const struct model_symbol *sym = f->m->symbols[i];

		if (sym->section && sym->section->orig == of->section &&
		    sym->type != STT_SECTION && !is_our_label(sym->name) &&
		    sym->value >= end && sym->value < next)
			next = sym->value;
	}
	return next;
}

/* Length of the padding instruction at `code`, 0 if it is none. */
static uint64_t padding_insn(const ZydisDecoder *decoder, const uint8_t *code,
			     uint64_t len)
{
	ZydisDecodedInstruction insn;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder, NULL, code,
							len, &insn)))
		return 0;
	if (insn.mnemonic != ZYDIS_MNEMONIC_NOP &&
	    insn.mnemonic != ZYDIS_MNEMONIC_INT3)
		return 0;
	return insn.length;
}

static bool all_zero(const uint8_t *bytes, uint64_t len)
{
	for (uint64_t i = 0; i < len; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/*
 * Bytes of whole NOPs and int3, at most MAX_PADDING. Zeros count only if they
 * fill the gap up to the next symbol or the next multiple of 16: zeros may
 * also be data of hand-written code.
 */
static uint32_t count_padding(const struct fixup *f, const struct orig_func *of)
{
	uint64_t at = of->offset + of->len;
	uint64_t room = next_symbol(f, of) - at, count = 0;
	const uint8_t *code = of->section->data + at;
	uint64_t gap = -(of->section->h.sh_addr + at) % MAX_PADDING;
	ZydisDecoder decoder;

	if (room && room <= MAX_PADDING && all_zero(code, room))
		return (uint32_t)room;
	if (gap && gap < room && all_zero(code, gap))
		return (uint32_t)gap;
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	while (count < room) {
		uint64_t len =
			padding_insn(&decoder, code + count, room - count);

		if (!len || count + len > MAX_PADDING)
			break;
		count += len;
	}
	return (uint32_t)count;
}

static void set_padding(struct model_section *info, size_t entry,
			uint32_t padding)
{
	char *at = info->data.data + entry * sizeof(struct kpatch_info) +
		   offsetof(struct kpatch_info, flags);
	uint64_t flags;

	memcpy(&flags, at, sizeof(flags));
	flags = (flags & UINT32_MAX) | (uint64_t)padding << 32;
	memcpy(at, &flags, sizeof(flags));
}

/* ld.so would change these bytes: they are not what the patient has. */
static struct error *check_unrelocated(const struct fixup *f, size_t entry,
				       const struct orig_func *of)
{
	uint64_t start = of->section->h.sh_addr + of->offset;

	for (size_t i = 1; i < f->orig->nsections; i++) {
		const struct elf_section *s = &f->orig->sections[i];
		Elf64_Rela rela;

		if (s->h.sh_type != SHT_RELA || !(s->h.sh_flags & SHF_ALLOC))
			continue;
		for (uint64_t off = 0; off + sizeof(rela) <= s->h.sh_size;
		     off += sizeof(rela)) {
			memcpy(&rela, s->data + off, sizeof(rela));
			if (rela.r_offset + 8 > start &&
			    rela.r_offset < start + of->len)
				return bad_entry(f, entry,
						 "the original function has "
						 "text relocations");
		}
	}
	return NULL;
}

struct error *hunks_fill(struct fixup *f)
{
	struct model_section *info = model_section_named(f->m, ".kpatch.info");
	struct model_section *orig;

	if (!info || info->size % sizeof(struct kpatch_info))
		return error_new(ERR_BADFILE, "%s: no valid .kpatch.info",
				 f->m->name);
	orig = model_add_section(f->m, ".kpatch.orig");
	orig->flags = SHF_ALLOC;
	for (size_t i = 0; i < info->size / sizeof(struct kpatch_info); i++) {
		struct orig_func of = {0};

		TRY(find_orig(f, info, i, &of));
		if (!of.section)
			continue;
		TRY(check_unrelocated(f, i, &of));
		set_padding(info, i, count_padding(f, &of));
		buf_add(&orig->data, of.section->data + of.offset, of.len);
	}
	orig->size = orig->data.len;
	return NULL;
}
