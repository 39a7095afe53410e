// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/cleanup.h"
#include "object/fixup.h"

size_t base_name_len(const char *name)
{
	/* A leading '@' is no version. */
	const char *at = name[0] ? strchr(name + 1, '@') : NULL;

	return at ? (size_t)(at - name) : strlen(name);
}

/*
 * Where the hidden globals begin. In a PIE or a library they come out of ld
 * 2.40 as local symbols of default visibility, just like statics, but behind
 * these: a STT_FILE symbol without a name stands between (bfd's elflink.c
 * writes it if more than one file has such a symbol). Without it all local
 * symbols are of one file, whose statics nobody looks up here.
 */
static size_t first_hidden(const struct model *m)
{
	size_t first = 0;

	for (size_t i = 0; i < m->nsymbols; i++) {
		const struct model_symbol *sym = m->symbols[i];

		if (sym->type == STT_FILE && sym->bind == STB_LOCAL)
			first = sym->name[0] ? first : i;
	}
	return first;
}

/* Visible to other files of the link. */
static bool is_global(const struct model_symbol *sym, bool behind_statics)
{
	return sym->bind != STB_LOCAL || behind_statics ||
	       sym->visibility == STV_HIDDEN || sym->visibility == STV_INTERNAL;
}

/* NAME and NAME@@VERSION are what a reference binds to, before NAME@OLD. */
static int name_rank(const struct model_symbol *sym)
{
	const char *version = sym->name + base_name_len(sym->name);
	int global = sym->bind != STB_LOCAL ? 3 : 0;

	if (!*version)
		return global + 2;
	return global + (version[1] == '@');
}

static void index_symbol(struct fixup *f, struct model_symbol *sym)
{
	size_t len = base_name_len(sym->name);
	struct strmap *map =
		model_is_kpatch(sym->section) ? &f->patch_globals : &f->globals;
	const struct model_symbol *known = strmap_get(map, sym->name, len);

	/* What is global for sure goes first, the default version next. */
	if (!known || name_rank(known) < name_rank(sym))
		strmap_put(map, sym->name, len, sym);
}

static void index_dynamic(struct fixup *f, struct elf_symbol *sym)
{
	struct strmap *map = sym->section ? &f->dyn_exports : &f->dyn_imports;
	const struct elf_symbol *known = strmap_gets(map, sym->name);

	if (!known || (known->version_hidden && !sym->version_hidden))
		strmap_put(map, sym->name, strlen(sym->name), sym);
}

void names_index(struct fixup *f)
{
	size_t hidden = first_hidden(f->m);

	for (size_t i = 0; i < f->m->nsymbols; i++) {
		struct model_symbol *sym = f->m->symbols[i];

		if (sym->section && sym->name[0] && sym->type != STT_SECTION &&
		    is_global(sym, i >= hidden))
			index_symbol(f, sym);
	}
	for (size_t i = 1; i < f->orig_dynsym.count; i++) {
		struct elf_symbol *sym = &f->orig_dynsym.syms[i];

		if (sym->name[0] && sym->bind != STB_LOCAL)
			index_dynamic(f, sym);
	}
}

struct model_symbol *names_local_ifunc(const struct fixup *f, const char *name)
{
	struct model_symbol *found = NULL;

	for (size_t i = 0; i < f->m->nsymbols; i++) {
		struct model_symbol *sym = f->m->symbols[i];

		if (sym->type != STT_GNU_IFUNC || !sym->section ||
		    strcmp(sym->name, name))
			continue;
		if (found)
			return NULL;
		found = sym;
	}
	return found;
}

const char *names_function_at(const struct fixup *f,
			      const struct model_section *s, uint64_t offset)
{
	for (size_t i = 0; i < f->m->nsymbols; i++) {
		const struct model_symbol *sym = f->m->symbols[i];

		if (sym->section == s && sym->type == STT_FUNC &&
		    offset >= sym->value && offset - sym->value < sym->size)
			return sym->name;
	}
	return s->name;
}

struct model_symbol *names_import(struct fixup *f, const char *name,
				  const char *version, bool thread_local)
{
	_autofree_ char *full =
		version ? xasprintf("%s@%s", name, version) : xstrdup(name);
	struct model_symbol *sym = strmap_gets(&f->imports, full);

	if (sym)
		return sym;
	sym = model_add_symbol(f->m, full);
	sym->bind = STB_GLOBAL;
	sym->special = SHN_UNDEF;
	if (thread_local)
		sym->type = STT_TLS;
	strmap_put(&f->imports, sym->name, strlen(sym->name), sym);
	return sym;
}
