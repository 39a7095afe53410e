// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/startup.h"

#include <string.h>

#define NAME(s) (int)(s).n, (s).p

/* gcc -O0 and clang call these by a constructor of their own. */
static bool initialises_variables(struct slice name)
{
	return slice_starts(name,
			    "_Z41__static_initialization_and_destruction_0") ||
	       slice_starts(name, "__cxx_global_var_init") ||
	       slice_starts(name, "_GLOBAL__sub_I_") ||
	       slice_starts(name, "_GLOBAL__I_");
}

/* .fini_array and .dtors are still to be run. */
static bool runs_at_start(const struct asm_atom *a)
{
	return a->section->kind == SEC_INIT &&
	       !slice_starts(a->section->name, ".fini") &&
	       !slice_starts(a->section->name, ".dtors");
}

static bool is_allowed(const char *list, struct slice name)
{
	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (len == name.n && !memcmp(list, name.p, len))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

/*
 * gcc's own, of reserved priority: they tell sanitizers (99) and gcov (100) of
 * the file's contents, and the program means nothing by them. The original's
 * are kept.
 */
static bool registers_file(struct slice name)
{
	return slice_starts(name, "_sub_I_00") ||
	       slice_starts(name, "_sub_D_00");
}

static struct error *check_changed(const struct match *m, const struct func *f,
				   const char *allowed)
{
	const struct asm_sym *s = f->main->sym;

	if (!f->changed || is_allowed(allowed, s->name))
		return NULL;
	return error_new(ERR_FAILED,
			 "%s:%u: constructor %.*s changed; it ran when the "
			 "program started and won't again; if nothing needs "
			 "what it would now do, set KPATCH_ALLOW_INIT=%.*s",
			 m->b->name, f->main->line, NAME(s->name),
			 NAME(s->name));
}

static struct error *check_named(const struct match *m,
				 const struct asm_stmt *stmt,
				 const char *allowed)
{
	struct slice rest = asm_operands(stmt);
	struct token t;

	while (token_next(&rest, &t)) {
		struct asm_sym *s = t.is_symbol ? asm_find(m->b, t.text) : NULL;

		if (s && s->atom && s->atom->func)
			TRY(check_changed(m, s->atom->func, allowed));
	}
	return NULL;
}

struct error *startup_check(struct match *m, const char *allowed)
{
	for (size_t i = 0; i < m->nb; i++) {
		struct func *f = m->bfuncs[i];

		if (f->pair && registers_file(f->main->sym->name))
			f->changed = false;
	}
	for (size_t i = 0; i < m->b->natoms; i++) {
		const struct asm_atom *a = m->b->atoms[i];

		for (size_t k = 0; runs_at_start(a) && k < a->count; k++)
			TRY(check_named(m, &m->b->stmts[a->stmts[k]], allowed));
	}
	for (size_t i = 0; i < m->nb; i++) {
		if (initialises_variables(m->bfuncs[i]->main->sym->name))
			TRY(check_changed(m, m->bfuncs[i], allowed));
	}
	return NULL;
}
