// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks the relocations and counts the GOT and jump table they need. */
#include <inttypes.h>

#include "link/internal.h"
#include "link/reloc_types.h"

const struct reloc_type *reloc_type(uint32_t type)
{
	static const struct reloc_type types[] = {
#define T(n, value, range)                                                     \
	[R_X86_64_##n] = {"R_X86_64_" #n, VALUE_##value, RANGE_##range}
		T(NONE, NONE, 64),
		T(64, ADDRESS, 64),
		T(PC64, RELATIVE, 64),
		T(32, ADDRESS, U32),
		T(32S, ADDRESS, S32),
		T(PC32, RELATIVE, S32),
		T(PLT32, RELATIVE, S32),
		T(GOTPCREL, GOT, S32),
		T(GOTPCRELX, GOT, S32),
		T(REX_GOTPCRELX, GOT, S32),
		T(GOTTPOFF, GOT_TPOFF, S32),
		T(TPOFF32, TPOFF, S32),
		T(TPOFF64, TPOFF, 64),
		T(DTPMOD64, TLS_MODULE, 64),
		T(DTPOFF64, TLS_OFFSET, 64),
		T(DTPOFF32, TLS_OFFSET, S32),
#undef T
	};
	static const struct reloc_type unknown;

	if (type >= sizeof(types) / sizeof(types[0]) || !types[type].name)
		return &unknown;
	return &types[type];
}

static void need_slot(struct linked *l, uint32_t sym, enum slot_kind kind)
{
	struct symbol *s = &l->symbols[sym];

	if (s->slot[kind])
		return;
	VEC_GROW(l->slots, l->nslots, l->slots_cap);
	l->slots[l->nslots] = (struct slot){.sym = sym, .kind = kind};
	if (kind == SLOT_CALL)
		l->slots[l->nslots].jump = (uint32_t)l->njumps++;
	s->slot[kind] = (uint32_t)++l->nslots;
}

/* An import may be out of the reach of 32 bits: then there's a jump to it. */
static void count_slots(struct linked *l, const struct reloc_type *t,
			uint32_t sym)
{
	bool import = l->elf_symbols[sym].st_shndx == SHN_UNDEF;

	if (t->value == VALUE_GOT)
		need_slot(l, sym, SLOT_ADDRESS);
	else if (t->value == VALUE_GOT_TPOFF)
		need_slot(l, sym, SLOT_TPOFF);
	else if (import && t->range != RANGE_64 && !reloc_is_tls(t))
		need_slot(l, sym, SLOT_CALL);
}

static struct error *check_target(const struct linked *l,
				  const struct section *sec,
				  const Elf64_Rela *rel,
				  const struct reloc_type *t)
{
	uint32_t sym = ELF64_R_SYM(rel->r_info);
	const Elf64_Sym *s = &l->elf_symbols[sym];
	const struct section *in = symbol_section(l, sym);
	bool tls_symbol = ELF64_ST_TYPE(s->st_info) == STT_TLS;
	const char *why = NULL;

	if (sym == 0)
		why = "names no symbol";
	else if (in && in->kind == SECTION_OTHER && !tls_symbol)
		why = "refers to a section that is not loaded";
	else if (ELF64_ST_TYPE(s->st_info) == STT_GNU_IFUNC && in)
		why = "refers to an indirect function (ifunc) of the object "
		      "itself, which is not supported";
	else if (reloc_is_tls(t) && !tls_symbol && s->st_shndx != SHN_UNDEF)
		why = "is for thread-local variables, the symbol is none";
	else if (!reloc_is_tls(t) && tls_symbol)
		why = "is not for thread-local variables, the symbol is one";
	else if (!in && s->st_shndx == SHN_UNDEF &&
		 !*symbol_name(l, sym))
		why = "refers to an import without a name";
	if (!why)
		return NULL;
	return error_new(ERR_BADFILE,
			 "%s+%#" PRIx64 ": relocation %s against %s %s",
			 sec->name, (uint64_t)rel->r_offset, t->name,
			 sym ? symbol_name(l, sym) : "nothing", why);
}

static struct error *check_reloc(struct linked *l, const struct section *sec,
				 const Elf64_Rela *rel)
{
	const struct reloc_type *t = reloc_type(ELF64_R_TYPE(rel->r_info));
	uint32_t sym = ELF64_R_SYM(rel->r_info);
	unsigned int width = reloc_width(t);

	if (t->value == VALUE_UNKNOWN)
		return error_new(ERR_BADFILE,
				 "%s+%#" PRIx64 ": relocation type %u is not "
				 "supported",
				 sec->name, (uint64_t)rel->r_offset,
				 (unsigned int)ELF64_R_TYPE(rel->r_info));
	if (t->value == VALUE_NONE)
		return NULL;
	if (rel->r_offset > sec->sh->sh_size ||
	    width > sec->sh->sh_size - rel->r_offset)
		return error_new(ERR_BADFILE,
				 "%s+%#" PRIx64 ": relocation outside the "
				 "section", sec->name, (uint64_t)rel->r_offset);
	if (sym >= l->nsymbols)
		return error_new(ERR_BADFILE,
				 "%s+%#" PRIx64 ": relocation with unknown "
				 "symbol %u",
				 sec->name, (uint64_t)rel->r_offset, sym);
	TRY(check_target(l, sec, rel, t));
	count_slots(l, t, sym);
	return NULL;
}

/* `r` is a relocation section for a section of ours. */
static struct error *check_reloc_section(struct linked *l,
					 const struct section *r,
					 const struct section *sec)
{
	size_t n;
	const Elf64_Rela *relocs = section_relocs(l, sec, &n);

	if (r->sh->sh_type != SHT_RELA || r->sh->sh_offset % 8 ||
	    r->sh->sh_entsize != sizeof(Elf64_Rela) ||
	    r->sh->sh_size % sizeof(Elf64_Rela) || !sec->bytes)
		return error_new(ERR_BADFILE, "wrong relocations for %s",
				 sec->name);
	if ((const void *)relocs != (const void *)r->bytes)
		return error_new(ERR_BADFILE,
				 "two relocation sections for %s", sec->name);
	for (size_t i = 0; i < n; i++)
		TRY(check_reloc(l, sec, &relocs[i]));
	return NULL;
}

struct error *relocs_load(struct linked *l)
{
	for (size_t i = 1; i < l->nsections; i++) {
		const struct section *r = &l->sections[i];

		if (r->sh->sh_type != SHT_RELA && r->sh->sh_type != SHT_REL)
			continue;
		if (r->sh->sh_info >= l->nsections)
			return error_new(ERR_BADFILE,
					 "%s: relocations for an unknown "
					 "section", r->name);
		const struct section *sec = &l->sections[r->sh->sh_info];
		if (sec->kind == SECTION_STUB && r->sh->sh_size)
			return error_new(ERR_BADFILE,
					 "%s: relocations for a section of the "
					 "original", r->name);
		if (sec->kind == SECTION_OWN)
			TRY(check_reloc_section(l, r, sec));
	}
	return NULL;
}
