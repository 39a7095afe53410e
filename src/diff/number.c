// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/number.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "diff/compare.h"

static bool is_numbered(const struct asm_sym *s)
{
	return sym_defined(s) && !asm_is_local(s->name) &&
	       match_base(s->name).n != s->name.n;
}

static bool same_base(const struct asm_sym *x, const struct asm_sym *y)
{
	return slice_equal(match_base(x->name), match_base(y->name)) &&
	       sym_is_data(x) == sym_is_data(y);
}

bool number_suppose(struct match *m, struct asm_sym *x, struct asm_sym *y)
{
	if (!m->supposing || x->pair || y->pair || !is_numbered(x) ||
	    !is_numbered(y) || !same_base(x, y))
		return false;
	if (sym_is_const(x) && !compare_definitions(m, x, y))
		return false;
	match_pair(x, y);
	VEC_GROW(m->supposed, m->nsupposed, m->cap_supposed);
	m->supposed[m->nsupposed++] = y;
	return true;
}

/* Compares with suppositions; keeps them only if all was equal. */
static bool walk(struct match *m, struct func *fa, struct func *fb)
{
	m->supposing = true;
	m->nsupposed = 0;

	bool equal = compare_funcs(m, fa, fb);
	if (!equal) {
		while (m->nsupposed)
			match_unpair(m->supposed[--m->nsupposed]);
	}
	if (m->nsupposed || !equal)
		compare_forget(m->b);
	m->supposing = false;
	return equal;
}

/* Functions that are equal but for numbers tell which number is which. */
static void pair_by_equal_functions(struct match *m)
{
	for (bool progress = true; progress;) {
		progress = false;
		for (size_t i = 0; i < m->nb; i++) {
			struct func *fb = m->bfuncs[i];

			if (fb->pair && walk(m, fb->pair, fb) && m->nsupposed)
				progress = true;
		}
	}
}

/* Clones that nobody unchanged calls: equal bodies. */
static void pair_equal_clones(struct match *m)
{
	for (size_t i = 0; i < m->nb; i++) {
		struct func *fb = m->bfuncs[i];

		if (fb->pair || !is_numbered(fb->main->sym))
			continue;
		for (size_t k = 0; k < m->na && !fb->pair; k++) {
			struct func *fa = m->afuncs[k];

			if (fa->pair || !is_numbered(fa->main->sym) ||
			    !same_base(fa->main->sym, fb->main->sym))
				continue;
			match_pair(fa->main->sym, fb->main->sym);
			if (!walk(m, fa, fb))
				match_unpair(fb->main->sym);
		}
	}
}

struct uses {
	struct asm_sym **all;
	size_t n, cap;
};

static void uses_add(struct uses *u, struct asm_sym *s)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->all[i] == s)
			return;
	VEC_GROW(u->all, u->n, u->cap);
	u->all[u->n++] = s;
}

/* Unpaired numbered variables that the atom uses, in order of first use. */
static void collect_uses(const struct asm_file *f, const struct asm_atom *a,
			 struct uses *u)
{
	for (size_t i = 0; a && i < a->count; i++) {
		const struct asm_stmt *stmt = &f->stmts[a->stmts[i]];
		struct slice rest = asm_operands(stmt);
		struct token t;

		if (stmt->kind != ASM_INSN || stmt->plain)
			continue;
		while (token_next(&rest, &t)) {
			struct asm_sym *s =
				t.is_symbol ? asm_find(f, t.text) : NULL;

			if (s && !s->pair && is_numbered(s) && sym_is_data(s))
				uses_add(u, s);
		}
	}
}

static size_t count_base(const struct uses *u, const struct asm_sym *like)
{
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++)
		n += !u->all[i]->pair && same_base(u->all[i], like);
	return n;
}

/* The only unpaired one of `u` with the definition of y; NULL if not one. */
static struct asm_sym *only_equal(struct match *m, const struct uses *u,
				  const struct asm_sym *y, bool u_is_a,
				  bool *ret_many)
{
	struct asm_sym *found = NULL;

	*ret_many = false;
	for (size_t i = 0; i < u->n; i++) {
		struct asm_sym *x = u->all[i];

		if (x->pair || !same_base(x, y))
			continue;
		compare_forget(m->b);
		if (!(u_is_a ? compare_definitions(m, x, y)
			     : compare_definitions(m, y, x)))
			continue;
		if (found)
			*ret_many = true;
		else
			found = x;
	}
	return found;
}

/* `fb` is the function that uses it, or NULL if it isn't a matched one. */
static struct error *ambiguous(const struct match *m, const struct asm_sym *y,
			       const struct func *fb)
{
	struct slice in = fb ? fb->main->sym->name : SLICE("");

	return error_new(ERR_FAILED,
			 "%s:%u: static variable %.*s%s%.*s may be any of "
			 "several in the original; give the new one a name of "
			 "its own",
			 m->b->name, y->line, (int)match_base(y->name).n,
			 y->name.p, fb ? " of " : "", (int)in.n, in.p);
}

/*
 * In a function that changed: one of a base name on each side is the same
 * variable; of several, those with a definition that occurs once on each side.
 */
static struct error *pair_uses(struct match *m, const struct func *fb,
			       const struct uses *ua, const struct uses *ub)
{
	for (size_t i = 0; i < ub->n; i++) {
		struct asm_sym *y = ub->all[i];
		bool many_a, many_b;
		size_t na, nb;

		if (y->pair || !(na = count_base(ua, y)))
			continue;
		nb = count_base(ub, y);

		struct asm_sym *x = only_equal(m, ua, y, true, &many_a);
		if (x)
			only_equal(m, ub, x, false, &many_b);
		if (x && !many_a && !many_b) {
			match_pair(x, y);
			continue;
		}
		if (na == 1 && nb == 1 && !sym_is_const(y)) {
			for (size_t k = 0; k < ua->n; k++)
				if (!ua->all[k]->pair &&
				    same_base(ua->all[k], y))
					x = ua->all[k];
			match_pair(x, y);
		} else if (!sym_is_const(y) && (x || nb <= na)) {
			return ambiguous(m, y, fb);
		}
	}
	return NULL;
}

static struct error *pair_by_use(struct match *m)
{
	for (size_t i = 0; i < m->nb; i++) {
		struct func *fb = m->bfuncs[i];
		struct uses ua = {0}, ub = {0};

		if (!fb->pair)
			continue;
		collect_uses(m->a, fb->pair->main, &ua);
		collect_uses(m->a, fb->pair->cold, &ua);
		collect_uses(m->b, fb->main, &ub);
		collect_uses(m->b, fb->cold, &ub);

		struct error *err = pair_uses(m, fb, &ua, &ub);
		free(ua.all);
		free(ub.all);
		if (err)
			return err;
	}
	return NULL;
}

static void collect_unpaired(const struct asm_file *f, struct uses *u)
{
	for (size_t i = 0; i < f->nsyms; i++) {
		struct asm_sym *s = f->syms[i];

		if (!s->pair && is_numbered(s) && sym_is_data(s))
			uses_add(u, s);
	}
}

/*
 * A variable may be used from another function than before: from f.part.0
 * since f was split, from a caller since f is inlined there. So what is left
 * is matched over the whole file, by the same rules.
 */
static struct error *pair_leftovers(struct match *m)
{
	struct uses ua = {0}, ub = {0};

	collect_unpaired(m->a, &ua);
	collect_unpaired(m->b, &ub);
	struct error *err = pair_uses(m, NULL, &ua, &ub);
	free(ua.all);
	free(ub.all);
	return err;
}

struct error *number_pairs(struct match *m)
{
	pair_by_equal_functions(m);
	pair_equal_clones(m);
	TRY(pair_by_use(m));
	TRY(pair_leftovers(m));
	pair_by_equal_functions(m);
	return NULL;
}
