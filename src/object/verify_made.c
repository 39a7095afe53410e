// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The address fields of sections that ld makes itself, for which -q has no
 * relocations. Each checker looks at its section in its format; what it finds
 * to be the same in the original it marks as explained, and leaves the rest to
 * the comparison of bytes.
 */
#include <string.h>

#include "object/verify.h"

static void explain(uint8_t *explained, uint64_t offset, size_t len)
{
	memset(explained + offset, 1, len);
}

/* What the dynamic linker would do otherwise, by the place it is done to. */
static struct error *rela_differs(const struct pair *p, const Elf64_Rela *l)
{
	const struct model_section *s = verify_section_at(p->f, l->r_offset);
	struct pair there = {.f = p->f, .link = s, .orig = s ? s->orig : NULL};

	if (!there.orig)
		return verify_differs(p, 0, "another dynamic relocation");
	return verify_differs(&there, l->r_offset - s->addr,
			      "another dynamic relocation");
}

static struct error *check_rela(const struct pair *p, uint8_t *explained)
{
	Elf64_Rela l, o;

	for (uint64_t at = 0; at + sizeof(l) <= p->len; at += sizeof(l)) {
		memcpy(&l, p->link_bytes + at, sizeof(l));
		memcpy(&o, p->orig->data + at, sizeof(o));
		uint64_t type = ELF64_R_TYPE(l.r_info);
		bool address =
			type == R_X86_64_RELATIVE || type == R_X86_64_IRELATIVE;

		if (l.r_info == o.r_info &&
		    verify_same_place(p->f, l.r_offset, o.r_offset) &&
		    (address ? verify_same_place(p->f, (uint64_t)l.r_addend,
						 (uint64_t)o.r_addend)
			     : l.r_addend == o.r_addend))
			explain(explained, at, sizeof(l));
		else if (memcmp(&l, &o, sizeof(l)))
			return rela_differs(p, &l);
	}
	return NULL;
}

/* Sections are numbered otherwise, since -q keeps more of them. */
static bool same_kind_of_index(uint16_t a, uint16_t b)
{
	if (a == SHN_UNDEF || b == SHN_UNDEF || a >= SHN_LORESERVE ||
	    b >= SHN_LORESERVE)
		return a == b;
	return true;
}

static void check_dynsym(const struct pair *p, uint8_t *explained)
{
	Elf64_Sym l, o;

	for (uint64_t at = 0; at + sizeof(l) <= p->len; at += sizeof(l)) {
		memcpy(&l, p->link_bytes + at, sizeof(l));
		memcpy(&o, p->orig->data + at, sizeof(o));
		bool tls = ELF64_ST_TYPE(l.st_info) == STT_TLS;

		if (l.st_name == o.st_name && l.st_info == o.st_info &&
		    l.st_other == o.st_other && l.st_size == o.st_size &&
		    same_kind_of_index(l.st_shndx, o.st_shndx) &&
		    (tls || !l.st_value
			     ? l.st_value == o.st_value
			     : verify_same_place(p->f, l.st_value, o.st_value)))
			explain(explained, at, sizeof(l));
	}
}

static bool is_pointer_tag(int64_t tag)
{
	switch (tag) {
	case DT_PLTGOT:
	case DT_HASH:
	case DT_STRTAB:
	case DT_SYMTAB:
	case DT_RELA:
	case DT_INIT:
	case DT_FINI:
	case DT_JMPREL:
	case DT_INIT_ARRAY:
	case DT_FINI_ARRAY:
	case DT_PREINIT_ARRAY:
	case DT_GNU_HASH:
	case DT_VERSYM:
	case DT_VERDEF:
	case DT_VERNEED:
	case DT_TLSDESC_PLT:
	case DT_TLSDESC_GOT:
		return true;
	}
	return false;
}

static void check_dynamic(const struct pair *p, uint8_t *explained)
{
	Elf64_Dyn l, o;

	for (uint64_t at = 0; at + sizeof(l) <= p->len; at += sizeof(l)) {
		memcpy(&l, p->link_bytes + at, sizeof(l));
		memcpy(&o, p->orig->data + at, sizeof(o));
		if (l.d_tag == o.d_tag && is_pointer_tag(l.d_tag) &&
		    verify_same_place(p->f, l.d_un.d_ptr, o.d_un.d_ptr))
			explain(explained, at, sizeof(l));
	}
}

static void check_got(const struct pair *p, uint8_t *explained)
{
	uint64_t l, o;

	for (uint64_t at = 0; at + sizeof(l) <= p->len; at += sizeof(l)) {
		memcpy(&l, p->link_bytes + at, sizeof(l));
		memcpy(&o, p->orig->data + at, sizeof(o));
		/* 0 and small numbers are no addresses. */
		if (l != o && verify_section_at(p->f, l) &&
		    verify_same_place(p->f, l, o))
			explain(explained, at, sizeof(l));
	}
}

/* A 32-bit distance from `base` in either link. */
static void check_distance(const struct pair *p, uint64_t at, uint64_t l_base,
			   uint64_t o_base, uint8_t *explained)
{
	int32_t l, o;

	if (at > p->len || sizeof(l) > p->len - at)
		return;
	memcpy(&l, p->link_bytes + at, sizeof(l));
	memcpy(&o, p->orig->data + at, sizeof(o));
	if (verify_same_place(p->f, l_base + (uint64_t)(int64_t)l,
			      o_base + (uint64_t)(int64_t)o))
		explain(explained, at, sizeof(l));
}

/* jmp *slot(%rip) and push slot(%rip); other bytes must be equal anyway. */
static void check_plt(const struct pair *p, uint8_t *explained)
{
	for (uint64_t at = 0; at + 6 <= p->len; at++) {
		const uint8_t *code = p->link_bytes + at;

		if (code[0] == 0xff && (code[1] == 0x25 || code[1] == 0x35))
			check_distance(p, at + 2, p->link->addr + at + 6,
				       p->orig->h.sh_addr + at + 6, explained);
	}
}

/*
 * Version 1, pointer to .eh_frame pcrel|sdata4, count udata4, table
 * datarel|sdata4: the only form that ld makes.
 */
static void check_eh_frame_hdr(const struct pair *p, uint8_t *explained)
{
	static const uint8_t form[] = {0x01, 0x1b, 0x03, 0x3b};

	if (p->len < 12 || memcmp(p->link_bytes, form, sizeof(form)))
		return;
	check_distance(p, 4, p->link->addr + 4, p->orig->h.sh_addr + 4,
		       explained);
	for (uint64_t at = 12; at + 4 <= p->len; at += 4)
		check_distance(p, at, p->link->addr, p->orig->h.sh_addr,
			       explained);
}

struct error *verify_made(const struct pair *p, uint8_t *explained)
{
	const char *name = p->link->name;

	if (p->orig->h.sh_type == SHT_RELA)
		return check_rela(p, explained);
	if (p->orig->h.sh_type == SHT_DYNSYM)
		check_dynsym(p, explained);
	else if (p->orig->h.sh_type == SHT_DYNAMIC)
		check_dynamic(p, explained);
	else if (!strcmp(name, ".got") || !strcmp(name, ".got.plt"))
		check_got(p, explained);
	else if (!strncmp(name, ".plt", 4) || !strcmp(name, ".iplt"))
		check_plt(p, explained);
	else if (!strcmp(name, ".eh_frame_hdr"))
		check_eh_frame_hdr(p, explained);
	return NULL;
}
