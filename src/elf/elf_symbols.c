// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "elf/elf_image.h"

#define VERSION_INDEX 0x7fff /* bits of a .gnu.version entry */
#define VERSION_HIDDEN 0x8000

/* Version names by index, from .gnu.version_r and .gnu.version_d. */
struct versions {
	const char **names;
	size_t count;
};

static void versions_deinit(struct versions *v)
{
	free(v->names);
}

void elf_symtab_deinit(struct elf_symtab *tab)
{
	free(tab->syms);
	*tab = (struct elf_symtab){0};
}

void elf_relas_deinit(struct elf_relas *relas)
{
	free(relas->relas);
	*relas = (struct elf_relas){0};
}

static struct error *bad(const struct elf_image *image,
			 const struct elf_section *s, const char *what)
{
	return error_new(ERR_BADFILE, "%s: malformed ELF file: %s: %s",
			 image->name, s->name, what);
}

/* A copy of `len` bytes at `off`; false if they aren't all in the section. */
static bool section_get(const struct elf_section *s, uint64_t off, void *data,
			size_t len)
{
	if (!s->data || off > s->h.sh_size || len > s->h.sh_size - off)
		return false;
	memcpy(data, s->data + off, len);
	return true;
}

static void versions_set(struct versions *v, size_t index, const char *name)
{
	index &= VERSION_INDEX;
	if (index >= v->count) {
		v->names = xrealloc(v->names, (index + 1) * sizeof(*v->names));
		while (v->count <= index)
			v->names[v->count++] = NULL;
	}
	v->names[index] = name;
}

static struct error *read_needed(const struct elf_image *image,
				 const struct elf_section *s,
				 struct versions *v)
{
	uint64_t off = 0;
	Elf64_Verneed need;
	Elf64_Vernaux aux;

	for (;;) {
		if (!section_get(s, off, &need, sizeof(need)))
			return bad(image, s, "entry outside the section");
		uint64_t at = off + need.vn_aux;
		for (unsigned int i = 0; i < need.vn_cnt; i++) {
			if (!section_get(s, at, &aux, sizeof(aux)))
				return bad(image, s,
					   "entry outside the section");
			const char *name =
				elf_string(image, s->h.sh_link, aux.vna_name);
			if (!name)
				return bad(image, s, "name outside its table");
			versions_set(v, aux.vna_other, name);
			if (!aux.vna_next)
				break;
			at += aux.vna_next;
		}
		/* Offsets only grow, so this ends with the section at last. */
		if (!need.vn_next)
			return NULL;
		off += need.vn_next;
	}
}

static struct error *read_defined(const struct elf_image *image,
				  const struct elf_section *s,
				  struct versions *v)
{
	uint64_t off = 0;
	Elf64_Verdef def;
	Elf64_Verdaux aux;

	for (;;) {
		if (!section_get(s, off, &def, sizeof(def)) ||
		    !section_get(s, off + def.vd_aux, &aux, sizeof(aux)))
			return bad(image, s, "entry outside the section");
		const char *name =
			elf_string(image, s->h.sh_link, aux.vda_name);
		if (!name)
			return bad(image, s, "name outside its table");
		/* The base version is the file's own name: no version. */
		if (!(def.vd_flags & VER_FLG_BASE))
			versions_set(v, def.vd_ndx, name);
		if (!def.vd_next)
			return NULL;
		off += def.vd_next;
	}
}

static struct error *add_versions(const struct elf_image *image,
				  struct elf_symtab *tab)
{
	const struct elf_section *s = elf_section_typed(image, SHT_GNU_versym);
	const struct elf_section *need =
		elf_section_typed(image, SHT_GNU_verneed);
	const struct elf_section *def =
		elf_section_typed(image, SHT_GNU_verdef);
	_cleanup_(versions_deinit) struct versions v = {0};

	if (!s)
		return NULL;
	if (need && need->h.sh_size)
		TRY(read_needed(image, need, &v));
	if (def && def->h.sh_size)
		TRY(read_defined(image, def, &v));
	for (size_t i = 0; i < tab->count; i++) {
		uint16_t version;

		if (!section_get(s, i * sizeof(version), &version,
				 sizeof(version)))
			return bad(image, s, "shorter than .dynsym");
		size_t index = version & VERSION_INDEX;
		tab->syms[i].version_hidden = version & VERSION_HIDDEN;
		if (index < v.count)
			tab->syms[i].version = v.names[index];
	}
	return NULL;
}

/* The table of extended section indices that belongs to a symbol table. */
static const struct elf_section *xindex_of(const struct elf_image *image,
					   const struct elf_section *symtab)
{
	for (size_t i = 1; i < image->nsections; i++) {
		const struct elf_section *s = &image->sections[i];

		if (s->h.sh_type == SHT_SYMTAB_SHNDX &&
		    s->h.sh_link == symtab->index)
			return s;
	}
	return NULL;
}

static struct error *read_symbol(const struct elf_image *image,
				 const struct elf_section *s,
				 const struct elf_section *xindex, size_t i,
				 struct elf_symbol *sym)
{
	Elf64_Sym raw;

	memcpy(&raw, s->data + i * sizeof(raw), sizeof(raw));
	sym->name = elf_string(image, s->h.sh_link, raw.st_name);
	if (!sym->name && raw.st_name == 0)
		sym->name = "";
	if (!sym->name)
		return bad(image, s, "symbol name outside its table");
	sym->value = raw.st_value;
	sym->size = raw.st_size;
	sym->type = ELF64_ST_TYPE(raw.st_info);
	sym->bind = ELF64_ST_BIND(raw.st_info);
	sym->visibility = ELF64_ST_VISIBILITY(raw.st_other);
	sym->shndx = raw.st_shndx;
	if (raw.st_shndx == SHN_XINDEX) {
		if (!xindex || !section_get(xindex, i * sizeof(sym->shndx),
					    &sym->shndx, sizeof(sym->shndx)))
			return bad(image, s, "no extended section index");
	} else if (raw.st_shndx >= SHN_LORESERVE) {
		return NULL;
	}
	if (sym->shndx == SHN_UNDEF)
		return NULL;
	if (sym->shndx >= image->nsections)
		return bad(image, s, "symbol of a section that isn't there");
	sym->section = &image->sections[sym->shndx];
	return NULL;
}

struct error *elf_symtab_read_section(const struct elf_image *image,
				      const struct elf_section *s,
				      struct elf_symtab *ret_tab)
{
	_cleanup_(elf_symtab_deinit) struct elf_symtab tab = {0};
	const struct elf_section *xindex = xindex_of(image, s);

	if (!s->data || s->h.sh_entsize != sizeof(Elf64_Sym) ||
	    s->h.sh_size % sizeof(Elf64_Sym))
		return bad(image, s, "not a table of symbols");
	tab.count = s->h.sh_size / sizeof(Elf64_Sym);
	tab.syms = xcalloc(tab.count, sizeof(*tab.syms));
	for (size_t i = 0; i < tab.count; i++)
		TRY(read_symbol(image, s, xindex, i, &tab.syms[i]));
	if (s->h.sh_type == SHT_DYNSYM)
		TRY(add_versions(image, &tab));
	*ret_tab = tab;
	tab = (struct elf_symtab){0};
	return NULL;
}

struct error *elf_symtab_read(const struct elf_image *image, uint32_t type,
			      struct elf_symtab *ret_tab)
{
	const struct elf_section *s = elf_section_typed(image, type);

	if (!s) {
		*ret_tab = (struct elf_symtab){0};
		return NULL;
	}
	return elf_symtab_read_section(image, s, ret_tab);
}

struct error *elf_relas_read(const struct elf_image *image,
			     const struct elf_section *s, size_t nsymbols,
			     struct elf_relas *ret_relas)
{
	_cleanup_(elf_relas_deinit) struct elf_relas relas = {0};

	if (!s->data || s->h.sh_type != SHT_RELA ||
	    s->h.sh_size % sizeof(Elf64_Rela))
		return bad(image, s, "not a table of relocations");
	relas.count = s->h.sh_size / sizeof(Elf64_Rela);
	relas.relas = xcalloc(relas.count, sizeof(*relas.relas));
	if (s->h.sh_size)
		memcpy(relas.relas, s->data, s->h.sh_size);
	for (size_t i = 0; i < relas.count; i++) {
		size_t sym = ELF64_R_SYM(relas.relas[i].r_info);

		if (sym && sym >= nsymbols)
			return bad(image, s,
				   "relocation by a symbol that "
				   "isn't there");
	}
	*ret_relas = relas;
	relas = (struct elf_relas){0};
	return NULL;
}
