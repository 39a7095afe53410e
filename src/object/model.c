// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/model.h"

#include <string.h>

#include "base/cleanup.h"

static void free_section(struct model_section *s)
{
	free(s->name);
	free(s->relas);
	buf_deinit(&s->data);
	free(s);
}

static void free_symbol(struct model_symbol *sym)
{
	free(sym->name);
	free(sym);
}

void model_free(struct model *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nsections; i++)
		free_section(m->sections[i]);
	for (size_t i = 0; i < m->nsymbols; i++)
		free_symbol(m->symbols[i]);
	free(m->sections);
	free(m->symbols);
	free(m->name);
	free(m);
}

void model_freep(struct model **m)
{
	model_free(*m);
}

struct model_section *model_section_named(const struct model *m,
					  const char *name)
{
	for (size_t i = 0; i < m->nsections; i++) {
		if (!m->sections[i]->dropped &&
		    !strcmp(m->sections[i]->name, name))
			return m->sections[i];
	}
	return NULL;
}

struct model_section *model_add_section(struct model *m, const char *name)
{
	struct model_section *s = xcalloc(1, sizeof(*s));

	s->name = xstrdup(name);
	s->type = SHT_PROGBITS;
	s->align = 1;
	VEC_GROW(m->sections, m->nsections, m->sections_cap);
	m->sections[m->nsections++] = s;
	return s;
}

struct model_symbol *model_add_symbol(struct model *m, const char *name)
{
	struct model_symbol *sym = xcalloc(1, sizeof(*sym));

	sym->name = xstrdup(name);
	VEC_GROW(m->symbols, m->nsymbols, m->symbols_cap);
	m->symbols[m->nsymbols++] = sym;
	return sym;
}

void model_add_rela(struct model_section *s, struct model_rela rela)
{
	VEC_GROW(s->relas, s->nrelas, s->relas_cap);
	s->relas[s->nrelas++] = rela;
}

struct model_symbol *model_section_symbol(struct model *m,
					  struct model_section *s)
{
	for (size_t i = 0; i < m->nsymbols; i++) {
		if (m->symbols[i]->section == s &&
		    m->symbols[i]->type == STT_SECTION)
			return m->symbols[i];
	}
	struct model_symbol *sym = model_add_symbol(m, "");
	sym->section = s;
	sym->type = STT_SECTION;
	return sym;
}

void model_mark_used(struct model *m)
{
	for (size_t i = 0; i < m->nsymbols; i++)
		m->symbols[i]->used = false;
	for (size_t i = 0; i < m->nsections; i++) {
		const struct model_section *s = m->sections[i];

		for (size_t k = 0; k < s->nrelas && !s->dropped; k++) {
			if (s->relas[k].sym)
				s->relas[k].sym->used = true;
		}
	}
}

static bool is_gone(const struct model_symbol *sym)
{
	return sym && sym->section && sym->section->dropped;
}

/* No relocation keeps a symbol that is about to be freed. */
static void forget_gone(struct model *m)
{
	for (size_t i = 0; i < m->nsections; i++) {
		struct model_section *s = m->sections[i];

		for (size_t k = 0; k < s->nrelas; k++) {
			if (s->dropped || is_gone(s->relas[k].sym))
				s->relas[k].sym = NULL;
		}
	}
}

void model_drop_symbols(struct model *m,
			bool (*keep)(const struct model_symbol *sym))
{
	size_t kept = 0;

	forget_gone(m);
	model_mark_used(m);
	for (size_t i = 0; i < m->nsymbols; i++) {
		struct model_symbol *sym = m->symbols[i];

		if (!is_gone(sym) && (sym->used || keep(sym)))
			m->symbols[kept++] = sym;
		else
			free_symbol(sym);
	}
	m->nsymbols = kept;
}

/* Relocations that the link kept, by .symtab; not those for ld.so. */
static bool is_static_rela(const struct elf_section *s)
{
	return s->h.sh_type == SHT_RELA && !(s->h.sh_flags & SHF_ALLOC);
}

/* Sections that the model holds in a form of its own, or not at all. */
static bool is_structure(const struct elf_section *s)
{
	if (s->h.sh_flags & SHF_ALLOC)
		return s->h.sh_type == SHT_NULL;
	switch (s->h.sh_type) {
	case SHT_NULL:
	case SHT_SYMTAB:
	case SHT_SYMTAB_SHNDX:
	case SHT_STRTAB:
	case SHT_RELA:
		return true;
	}
	return false;
}

static void load_section(struct model *m, const struct elf_section *es,
			 struct model_section **by_index)
{
	struct model_section *s = model_add_section(m, es->name);

	s->type = es->h.sh_type;
	s->flags = es->h.sh_flags;
	s->addr = es->h.sh_addr;
	s->size = es->h.sh_size;
	s->align = es->h.sh_addralign;
	s->entsize = es->h.sh_entsize;
	s->index = es->index;
	if (es->data)
		buf_add(&s->data, es->data, es->h.sh_size);
	by_index[es->index] = s;
}

static void load_symbol(struct model *m, const struct elf_symbol *es,
			struct model_section **by_index)
{
	struct model_symbol *sym = model_add_symbol(m, es->name);

	sym->value = es->value;
	sym->size = es->size;
	sym->type = es->type;
	sym->bind = es->bind;
	sym->visibility = es->visibility;
	sym->index = m->nsymbols - 1;
	if (!es->section) {
		sym->special = (uint16_t)es->shndx;
		return;
	}
	sym->section = by_index[es->section->index];
	/* A symbol of something that the model doesn't hold. */
	if (!sym->section) {
		sym->special = SHN_ABS;
		return;
	}
	if (m->type != ET_REL && sym->type != STT_TLS)
		sym->value -= sym->section->addr;
}

static struct error *load_relas(struct model *m, const struct elf_image *image,
				const struct elf_section *es,
				struct model_section **by_index)
{
	_cleanup_(elf_relas_deinit) struct elf_relas relas = {0};
	struct model_section *target = es->h.sh_info < image->nsections
					       ? by_index[es->h.sh_info]
					       : NULL;

	if (!target)
		return NULL; /* of a section that the model doesn't hold */
	TRY(elf_relas_read(image, es, m->nsymbols, &relas));
	for (size_t i = 0; i < relas.count; i++) {
		const Elf64_Rela *raw = &relas.relas[i];
		size_t sym = ELF64_R_SYM(raw->r_info);
		struct model_rela rela = {
			.offset = raw->r_offset,
			.type = (uint32_t)ELF64_R_TYPE(raw->r_info),
			.sym = sym ? m->symbols[sym] : NULL,
			.addend = raw->r_addend,
		};

		if (m->type != ET_REL)
			rela.offset -= target->addr;
		model_add_rela(target, rela);
	}
	return NULL;
}

/*
 * model_write() fills what alignment skips: a file of a few kB must not become
 * one of gigabytes. ld aligns to 2 MiB at most; real sections don't overlap.
 */
static struct error *check_extent(const struct elf_image *image)
{
	const uint64_t max_align = (uint64_t)2 << 20;
	uint64_t room = image->len + ((uint64_t)64 << 20);

	for (size_t i = 1; i < image->nsections; i++) {
		const struct elf_section *s = &image->sections[i];
		uint64_t align = s->h.sh_addralign;
		uint64_t need = align + (s->data ? s->h.sh_size : 0);

		if (align & (align - 1) || align > max_align)
			return error_new(ERR_BADFILE,
					 "%s: malformed ELF file: section %s "
					 "has the alignment %#llx",
					 image->name, s->name,
					 (unsigned long long)align);
		if (need > room)
			return error_new(ERR_BADFILE,
					 "%s: malformed ELF file: sections "
					 "overlap", image->name);
		room -= need;
	}
	return NULL;
}

static struct error *load_into(struct model *m, const struct elf_image *image,
			       struct model_section **by_index)
{
	_cleanup_(elf_symtab_deinit) struct elf_symtab tab = {0};

	for (size_t i = 1; i < image->nsections; i++) {
		if (!is_structure(&image->sections[i]))
			load_section(m, &image->sections[i], by_index);
	}
	for (size_t i = 0; i < m->nsections; i++) {
		const Elf64_Shdr *h = &image->sections[m->sections[i]->index].h;

		if (h->sh_flags & SHF_INFO_LINK &&
		    h->sh_info < image->nsections)
			m->sections[i]->info = by_index[h->sh_info];
	}
	TRY(elf_symtab_read(image, SHT_SYMTAB, &tab));
	for (size_t i = 0; i < tab.count; i++)
		load_symbol(m, &tab.syms[i], by_index);
	for (size_t i = 1; i < image->nsections; i++) {
		if (is_static_rela(&image->sections[i]))
			TRY(load_relas(m, image, &image->sections[i],
				       by_index));
	}
	return NULL;
}

struct error *model_load(const struct elf_image *image,
			 struct model **ret_model)
{
	_cleanup_(model_freep) struct model *m = xcalloc(1, sizeof(*m));
	_autofree_ struct model_section **by_index =
		xcalloc(image->nsections, sizeof(*by_index));

	m->name = xstrdup(image->name);
	m->type = image->ehdr.e_type;
	TRY(check_extent(image));
	TRY(load_into(m, image, by_index));
	*ret_model = TAKE(m);
	return NULL;
}
