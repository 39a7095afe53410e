// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/fixup.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "object/patch_object.h"
#include "object/strip.h"

static void fixup_deinit(struct fixup *f)
{
	model_free(f->m);
	elf_symtab_deinit(&f->orig_symtab);
	elf_symtab_deinit(&f->orig_dynsym);
	strmap_deinit(&f->globals);
	strmap_deinit(&f->patch_globals);
	strmap_deinit(&f->dyn_imports);
	strmap_deinit(&f->dyn_exports);
	strmap_deinit(&f->imports);
}

/* How many sections before `s` have its name. */
static size_t occurrence(const struct model *m, const struct model_section *s)
{
	size_t n = 0;

	for (size_t i = 0; m->sections[i] != s; i++)
		n += model_is_stub(m->sections[i]) &&
		     !strcmp(m->sections[i]->name, s->name);
	return n;
}

static const struct elf_section *nth_section(const struct elf_image *image,
					     const char *name, size_t n)
{
	for (size_t i = 1; i < image->nsections; i++) {
		const struct elf_section *s = &image->sections[i];

		if ((s->h.sh_flags & SHF_ALLOC) && !strcmp(s->name, name) &&
		    n-- == 0)
			return s;
	}
	return NULL;
}

static bool is_mapped(const struct fixup *f, const struct elf_section *orig)
{
	for (size_t i = 0; i < f->m->nsections; i++) {
		if (f->m->sections[i]->orig == orig)
			return true;
	}
	return false;
}

/* -q makes ld keep empty sections; else both links have the same ones. */
static struct error *map_sections(struct fixup *f)
{
	for (size_t i = 0; i < f->m->nsections; i++) {
		struct model_section *s = f->m->sections[i];

		if (!model_is_stub(s))
			continue;
		s->orig = nth_section(f->orig, s->name, occurrence(f->m, s));
		if (!s->orig && s->size)
			return error_new(ERR_FAILED,
					 "%s: section %s is not in %s: was it "
					 "built in the same way?",
					 f->m->name, s->name, f->orig->name);
	}
	for (size_t i = 1; i < f->orig->nsections; i++) {
		const struct elf_section *s = &f->orig->sections[i];

		if ((s->h.sh_flags & SHF_ALLOC) && s->h.sh_size &&
		    !is_mapped(f, s))
			return error_new(ERR_FAILED,
					 "%s: section %s of %s is missing: was "
					 "it built in the same way?",
					 f->m->name, s->name, f->orig->name);
	}
	return NULL;
}

static void find_tls(struct fixup *f)
{
	f->tls_start = UINT64_MAX;
	for (size_t i = 0; i < f->m->nsections; i++) {
		const struct model_section *s = f->m->sections[i];

		if (model_is_stub(s) && (s->flags & SHF_TLS) &&
		    s->addr < f->tls_start)
			f->tls_start = s->addr;
	}
}

static struct error *check_original(struct fixup *f)
{
	uint64_t flags, ignored;

	if (f->orig->ehdr.e_type != ET_EXEC && f->orig->ehdr.e_type != ET_DYN)
		return error_new(ERR_BADFILE,
				 "%s: not a linked executable or library",
				 f->orig->name);
	if (f->m->type != f->orig->ehdr.e_type)
		return error_new(ERR_FAILED,
				 "%s: not of the same kind as %s: one is "
				 "position-independent",
				 f->m->name, f->orig->name);
	f->is_library = elf_image_is_library(f->orig);
	f->symbolic = elf_dynamic_tag(f->orig, DT_SYMBOLIC, &ignored) ||
		      (elf_dynamic_tag(f->orig, DT_FLAGS, &flags) &&
		       (flags & DF_SYMBOLIC));
	f->can_import = f->is_library;
	for (size_t i = 0; i < f->orig->nsegments; i++)
		f->can_import |= f->orig->segments[i].p_type == PT_INTERP;
	return NULL;
}

/* A call of a function that the library exports. */
static bool is_exported_call(const struct fixup *f, const struct model_rela *r)
{
	const struct model_symbol *sym = r->sym;

	return r->type == R_X86_64_PLT32 && sym && sym->section &&
	       sym->type == STT_FUNC && sym->bind != STB_LOCAL &&
	       sym->visibility == STV_DEFAULT &&
	       strmap_get(&f->dyn_exports, sym->name, base_name_len(sym->name));
}

static bool goes_to_symbol(const struct model_section *s,
			   const struct model_section *contents,
			   const struct model_rela *r)
{
	uint64_t symbol = r->sym->section->addr + r->sym->value;
	int32_t field;

	if (r->offset > contents->size ||
	    sizeof(field) > contents->size - r->offset)
		return false;
	memcpy(&field, contents->data.data + r->offset, sizeof(field));
	return s->addr + r->offset + (uint64_t)(int64_t)field -
		       (uint64_t)r->addend ==
	       symbol;
}

/*
 * -Bsymbolic-functions leaves no trace in the dynamic section. But a call of
 * an exported function then goes to it and not to a PLT entry: the first such
 * call of the link tells.
 */
static bool binds_own_functions(const struct fixup *f)
{
	for (size_t i = 0; i < f->m->nsections; i++) {
		const struct model_section *s = f->m->sections[i];
		const struct model_section *contents =
			s->nrelas ? verify_contents(f, s) : NULL;

		for (size_t k = 0; contents && k < s->nrelas; k++) {
			if (is_exported_call(f, &s->relas[k]))
				return goes_to_symbol(s, contents,
						      &s->relas[k]);
		}
	}
	return false;
}

static bool is_replaced(const struct model_symbol *sym)
{
	return sym->section && model_is_kpatch(sym->section) &&
	       (sym->type == STT_FUNC || sym->type == STT_OBJECT);
}

/* Leaves what the patch object consists of. */
static void reduce(struct fixup *f)
{
	struct model *m = f->m;

	for (size_t i = 0; i < m->nsections; i++) {
		struct model_section *s = m->sections[i];

		if (model_is_stub(s)) {
			s->nrelas = 0;
			s->addr = s->orig ? s->orig->h.sh_addr : 0;
			s->size = s->orig ? s->orig->h.sh_size : 0;
			s->entsize = 0;
		} else if (!model_is_kpatch(s) ||
			   !strncmp(s->name, KPATCH_LINK,
				    strlen(KPATCH_LINK))) {
			s->dropped = true;
		}
	}
	model_mark_used(m);
	for (size_t i = 0; i < m->nsections; i++) {
		struct model_section *s = m->sections[i];
		bool used = !model_is_stub(s);

		for (size_t k = 0; k < m->nsymbols && !used; k++)
			used = m->symbols[k]->used &&
			       m->symbols[k]->section == s;
		s->dropped |= !used;
	}
	model_drop_symbols(m, is_replaced);
}

static struct error *open_fixup(struct fixup *f,
				const struct elf_image *original,
				const struct elf_image *patch)
{
	f->orig = original;
	TRY(model_load(patch, &f->m));
	if (model_section_named(f->m, ".kpatch.orig"))
		return error_new(ERR_BADFILE, "%s: is fixed up already",
				 f->m->name);
	TRY(check_original(f));
	TRY(elf_symtab_read(original, SHT_SYMTAB, &f->orig_symtab));
	TRY(elf_symtab_read(original, SHT_DYNSYM, &f->orig_dynsym));
	for (size_t i = 0; i < f->m->nsections; i++)
		f->allocated |= model_is_kpatch(f->m->sections[i]) &&
				f->m->sections[i]->addr;
	TRY(map_sections(f));
	find_tls(f);
	names_index(f);
	f->symbolic_functions = f->is_library && binds_own_functions(f);
	return NULL;
}

struct error *kpatch_fixup(const struct elf_image *original,
			   const struct elf_image *patch, struct buf *ret_bytes)
{
	_cleanup_(fixup_deinit) struct fixup f = {0};

	TRY(open_fixup(&f, original, patch));
	TRY(verify_link(&f));
	TRY(bind_all(&f));
	TRY(tlsdesc_bind(&f));
	TRY(comdat_merge(&f));
	TRY(hunks_fill(&f));
	reduce(&f);
	return model_write(f.m, ret_bytes);
}

struct error *fixup_compare(const struct elf_image *original,
			    const struct elf_image *stripped)
{
	_cleanup_(fixup_deinit) struct fixup f = {0};

	TRY(open_fixup(&f, original, stripped));
	return verify_link(&f);
}
