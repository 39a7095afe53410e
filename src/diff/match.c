// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "diff/compare.h"
#include "diff/number.h"

struct slice match_base(struct slice name)
{
	size_t n = name.n;

	while (n && isdigit((unsigned char)name.p[n - 1]))
		n--;
	if (n == name.n || n < 2 || name.p[n - 1] != '.')
		return name;
	return (struct slice){name.p, n - 1};
}

/* For `f.cold`, the atom of `f`; else NULL. */
static struct asm_atom *cold_parent(const struct asm_file *f,
				    const struct asm_atom *atom)
{
	struct slice name = atom->sym->name;

	if (!slice_ends(name, ".cold"))
		return NULL;
	name.n -= strlen(".cold");
	struct asm_sym *s = asm_find(f, name);
	return s && s->atom && s->atom->function ? s->atom : NULL;
}

static struct func **collect(struct asm_file *f, size_t *ret_n)
{
	struct func **all = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < f->natoms; i++) {
		struct asm_atom *a = f->atoms[i];

		if (!a->function || !a->sym || cold_parent(f, a))
			continue;
		VEC_GROW(all, n, cap);
		all[n] = xcalloc(1, sizeof(**all));
		all[n]->main = a;
		a->func = all[n++];
	}
	for (size_t i = 0; i < f->natoms; i++) {
		struct asm_atom *a = f->atoms[i];
		struct asm_atom *parent =
			a->function && a->sym ? cold_parent(f, a) : NULL;

		if (parent && parent->func) {
			parent->func->cold = a;
			a->func = parent->func;
		}
	}
	*ret_n = n;
	return all;
}

/* A table of code labels belongs to the function that has the labels. */
static void find_owners(struct asm_file *f)
{
	for (size_t i = 0; i < f->natoms; i++) {
		struct asm_atom *a = f->atoms[i];

		if (a->function || a->section->kind == SEC_TEXT)
			continue;
		for (size_t k = 0; k < a->count && !a->func; k++) {
			struct slice rest =
				asm_operands(&f->stmts[a->stmts[k]]);
			struct token t;

			while (token_next(&rest, &t)) {
				if (!t.is_symbol || !asm_is_local(t.text))
					continue;
				struct asm_sym *s = asm_find(f, t.text);
				if (s && s->atom && s->atom->function)
					a->func = s->atom->func;
			}
		}
	}
}

static bool same_sort(const struct asm_sym *x, const struct asm_sym *y)
{
	if (!sym_defined(x) || !sym_defined(y))
		return true;
	if (x->set.p || y->set.p)
		return x->set.p && y->set.p;
	return sym_is_data(x) == sym_is_data(y);
}

static void pair_func(struct asm_sym *x, struct asm_sym *y)
{
	if (x->atom && y->atom && x->atom->function && y->atom->function &&
	    x->atom->func && y->atom->func && x->atom->func->main == x->atom &&
	    y->atom->func->main == y->atom) {
		x->atom->func->pair = y->atom->func;
		y->atom->func->pair = x->atom->func;
	}
}

void match_pair(struct asm_sym *x, struct asm_sym *y)
{
	x->pair = y;
	y->pair = x;
	pair_func(x, y);
}

void match_unpair(struct asm_sym *y)
{
	if (y->atom && y->atom->func && y->atom->func->pair &&
	    y->atom->func->main == y->atom) {
		y->atom->func->pair->pair = NULL;
		y->atom->func->pair = NULL;
	}
	y->pair->pair = NULL;
	y->pair = NULL;
}

static void pair_by_name(struct asm_file *a, struct asm_file *b)
{
	for (size_t i = 0; i < b->nsyms; i++) {
		struct asm_sym *y = b->syms[i];
		struct asm_sym *x = asm_find(a, y->name);

		if (asm_is_local(y->name) || match_base(y->name).n != y->name.n)
			continue;
		if (x && same_sort(x, y))
			match_pair(x, y);
	}
}

/* The only such symbol that has no counterpart yet; NULL if there are more. */
static struct asm_sym *only_unpaired(const struct asm_file *f,
				     const char *prefix)
{
	struct asm_sym *found = NULL;

	for (size_t i = 0; i < f->nsyms; i++) {
		struct asm_sym *s = f->syms[i];

		if (s->pair || !s->atom || !s->atom->function ||
		    !slice_starts(s->name, prefix))
			continue;
		if (found)
			return NULL;
		found = s;
	}
	return found;
}

/*
 * What initialises a C++ file's variables gcc names after the first global
 * symbol in the file, which may be a new one.
 */
static void pair_initialisers(struct asm_file *a, struct asm_file *b)
{
	static const char *const prefixes[] = {"_GLOBAL__sub_I_",
					       "_GLOBAL__sub_D_"};

	for (size_t i = 0; i < 2; i++) {
		struct asm_sym *x = only_unpaired(a, prefixes[i]);
		struct asm_sym *y = only_unpaired(b, prefixes[i]);

		if (x && y)
			match_pair(x, y);
	}
}

/*
 * A static function that became global is replaced in any case: other files
 * of the patch refer to it by its new name.
 */
static bool became_global(const struct func *fb)
{
	return fb->main->sym->global && !fb->pair->main->sym->global;
}

static void find_changed(struct match *m)
{
	for (size_t i = 0; i < m->nb; i++) {
		struct func *fb = m->bfuncs[i];

		fb->changed = fb->pair && (became_global(fb) ||
					   !compare_funcs(m, fb->pair, fb));
	}
}

struct error *match_files(struct asm_file *a, struct asm_file *b,
			  struct match *ret_match)
{
	struct match m = {.a = a, .b = b};

	m.afuncs = collect(a, &m.na);
	m.bfuncs = collect(b, &m.nb);
	find_owners(a);
	find_owners(b);
	pair_by_name(a, b);
	pair_initialisers(a, b);

	struct error *err = number_pairs(&m);
	if (err) {
		match_deinit(&m);
		return err;
	}
	compare_forget(b);
	find_changed(&m);
	*ret_match = m;
	return NULL;
}

static void free_funcs(struct func **all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(all[i]);
	free(all);
}

void match_deinit(struct match *m)
{
	free_funcs(m->afuncs, m->na);
	free_funcs(m->bfuncs, m->nb);
	free(m->supposed);
	free(m->tentative);
	*m = (struct match){0};
}
