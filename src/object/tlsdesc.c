// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TLS descriptors (-mtls-dialect=gnu2): code loads the address of a pair of
 * words that ld.so fills, and calls through the first. What ld.so puts there
 * can't be made by others, so the patch uses the original's pairs: references
 * to .kpatch.tlsdesc, whose slots only say which variable is meant, are led to
 * them. ld relaxes descriptors in executables: there the original has none.
 */
#include <string.h>

#include "base/cleanup.h"
#include "object/fixup.h"

#define PC_BIAS 4 /* a PC32 field counts from its end */

static struct error *refuse(const struct fixup *f,
			    const struct model_section *s, uint64_t offset,
			    const char *name, const char *why)
{
	return error_new(ERR_FAILED, "%s: %s (%s+0x%llx): %s: %s", f->m->name,
			 names_function_at(f, s, offset), s->name,
			 (unsigned long long)offset, name, why);
}

/* Is this dynamic relocation of the original for that variable? */
static bool is_for(const struct fixup *f, const Elf64_Rela *r,
		   const struct model_rela *variable)
{
	const struct model_symbol *sym = variable->sym;
	const struct elf_symbol *dyn =
		&f->orig_dynsym.syms[ELF64_R_SYM(r->r_info)];
	uint64_t value = (uint64_t)r->r_addend;

	if (ELF64_R_TYPE(r->r_info) != R_X86_64_TLSDESC)
		return false;
	if (!sym->section)
		return ELF64_R_SYM(r->r_info) &&
		       strlen(dyn->name) == base_name_len(sym->name) &&
		       !strncmp(dyn->name, sym->name, strlen(dyn->name));
	if (ELF64_R_SYM(r->r_info)) {
		if (!dyn->section)
			return false;
		value += dyn->value;
	}
	return value == sym->value + (uint64_t)variable->addend;
}

static struct error *find_descriptor(const struct fixup *f,
				     const struct model_rela *variable,
				     uint64_t *ret_addr, bool *ret_found)
{
	*ret_found = false;
	for (size_t i = 1; i < f->orig->nsections && !*ret_found; i++) {
		_cleanup_(elf_relas_deinit) struct elf_relas relas = {0};
		const struct elf_section *s = &f->orig->sections[i];

		if (s->h.sh_type != SHT_RELA || !(s->h.sh_flags & SHF_ALLOC) ||
		    !f->orig_dynsym.count)
			continue;
		TRY(elf_relas_read(f->orig, s, f->orig_dynsym.count, &relas));
		for (size_t k = 0; k < relas.count && !*ret_found; k++) {
			*ret_found = is_for(f, &relas.relas[k], variable);
			*ret_addr = relas.relas[k].r_offset;
		}
	}
	return NULL;
}

static const struct model_rela *slot_at(const struct model_section *slots,
					uint64_t offset)
{
	for (size_t i = 0; i < slots->nrelas; i++) {
		if (slots->relas[i].offset == offset && slots->relas[i].sym)
			return &slots->relas[i];
	}
	return NULL;
}

static struct model_section *stub_at(const struct fixup *f, uint64_t addr)
{
	const struct elf_section *orig = elf_section_at(f->orig, addr, false);

	for (size_t i = 0; orig && i < f->m->nsections; i++) {
		if (f->m->sections[i]->orig == orig)
			return f->m->sections[i];
	}
	return NULL;
}

static struct error *lead_to_original(struct fixup *f, struct model_section *s,
				      struct model_rela *r,
				      const struct model_section *slots)
{
	const struct model_rela *variable = slot_at(
		slots, r->sym->value + (uint64_t)r->addend + PC_BIAS);
	uint64_t addr;
	bool found;

	if (!variable || r->type != R_X86_64_PC32)
		return refuse(f, s, r->offset, slots->name,
			      "a reference to none of its slots");
	TRY(find_descriptor(f, variable, &addr, &found));
	struct model_section *stub = found ? stub_at(f, addr) : NULL;
	if (!stub)
		return refuse(f, s, r->offset, variable->sym->name,
			      "the original has no TLSDESC of it that a patch "
			      "could use; compile with -mtls-dialect=gnu");
	r->sym = model_section_symbol(f->m, stub);
	r->addend = (int64_t)(addr - stub->orig->h.sh_addr) - PC_BIAS;
	return NULL;
}

struct error *tlsdesc_bind(struct fixup *f)
{
	struct model_section *slots =
		model_section_named(f->m, ".kpatch.tlsdesc");

	if (!slots)
		return NULL;
	for (size_t i = 0; i < f->m->nsections; i++) {
		struct model_section *s = f->m->sections[i];

		if (!model_is_kpatch(s) || s == slots)
			continue;
		for (size_t k = 0; k < s->nrelas; k++) {
			struct model_rela *r = &s->relas[k];

			if (r->sym && r->sym->section == slots)
				TRY(lead_to_original(f, s, r, slots));
		}
	}
	slots->dropped = true;
	slots->nrelas = 0;
	return NULL;
}
