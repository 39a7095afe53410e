// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/compare.h"

#include "diff/number.h"

/* A code label is where it stands in its function. */
static bool same_code_label(const struct asm_sym *x, const struct asm_sym *y)
{
	const struct asm_atom *p = x->atom, *q = y->atom;

	if (x->pos != y->pos || !p->func || !q->func)
		return false;
	return p->func->pair == q->func &&
	       (p == p->func->cold) == (q == q->func->cold);
}

static bool same_named(struct match *m, struct asm_sym *x, struct asm_sym *y)
{
	if (!sym_defined(x) || !sym_defined(y))
		return sym_defined(x) == sym_defined(y) &&
		       slice_equal(x->name, y->name);
	if (x->pair != y && !number_suppose(m, x, y))
		return false;
	/* A label inside a function that isn't ".L": by position as well. */
	if (x->atom && y->atom && x->atom->function && y->atom->function)
		return x->atom->sym == x || y->atom->sym == y ||
		       same_code_label(x, y);
	if (sym_is_const(x) && sym_is_const(y) && !x->global)
		return compare_data(m, x->atom, y->atom);
	return true;
}

static bool same_operands(struct match *m, struct slice p, struct slice q);

static bool same_symbol(struct match *m, struct slice p, struct slice q)
{
	struct asm_sym *x = asm_find(m->a, p), *y = asm_find(m->b, q);

	if (!x || !y)
		return !sym_defined(x) && !sym_defined(y) && slice_equal(p, q);
	if (asm_is_local(p) != asm_is_local(q))
		return false;
	if (!asm_is_local(p))
		return same_named(m, x, y);
	if (x->set.p || y->set.p)
		return x->set.p && y->set.p && same_operands(m, x->set, y->set);
	if (!x->atom || !y->atom)
		return x->atom == y->atom && slice_equal(p, q);
	if (x->atom->function != y->atom->function)
		return false;
	if (x->atom->function)
		return same_code_label(x, y);
	return x->pos == y->pos && compare_data(m, x->atom, y->atom);
}

static bool same_tokens(struct match *m, struct slice p, struct slice q)
{
	struct token t, u;

	while (token_next(&p, &t)) {
		if (!token_next(&q, &u) || t.is_symbol != u.is_symbol)
			return false;
		if (t.is_symbol ? !same_symbol(m, t.text, u.text)
				: !slice_equal(t.text, u.text))
			return false;
	}
	return q.n == 0;
}

/* Chains of constants that refer to constants: deeper is no compiler's. */
#define DEPTH_MAX 200

static bool same_operands(struct match *m, struct slice p, struct slice q)
{
	if (m->depth == DEPTH_MAX)
		return false;
	m->depth++;
	bool same = same_tokens(m, p, q);
	m->depth--;
	return same;
}

/* "$118", as an unsigned number. */
static bool parse_immediate(struct slice s, uint32_t *ret_number)
{
	uint32_t number = 0;

	if (s.n < 2 || s.n > 9 || s.p[0] != '$')
		return false;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		number = number * 10 + (uint32_t)(s.p[i] - '0');
	}
	*ret_number = number;
	return true;
}

/* Lines from where a macro's use starts to its `)`, which __LINE__ means. */
#define MACRO_LINES_MAX 8

/*
 * Do they load __LINE__, as an assert does, and differ only since lines were
 * inserted above? That is so if the number is where the statement's .loc says
 * that it is, and has moved as far as that. Without -g nobody can tell.
 */
static bool same_but_moved(const struct asm_stmt *x, const struct asm_stmt *y)
{
	struct slice p = asm_operands(x), q = asm_operands(y);
	uint32_t from, to;

	if (x->kind != ASM_INSN || !x->plain || !y->plain ||
	    !slice_starts(asm_head(x), "mov") ||
	    !slice_equal(asm_head(x), asm_head(y)) ||
	    !x->source_line || !y->source_line ||
	    !parse_immediate(slice_next_operand(&p), &from) ||
	    !parse_immediate(slice_next_operand(&q), &to))
		return false;
	return slice_equal(slice_trim(p), slice_trim(q)) &&
	       from >= x->source_line &&
	       from - x->source_line <= MACRO_LINES_MAX &&
	       to - y->source_line == from - x->source_line;
}

static bool same_stmt(struct match *m, const struct asm_stmt *x,
		      const struct asm_stmt *y)
{
	if (x->plain && y->plain && slice_equal(x->text, y->text))
		return true;
	if (same_but_moved(x, y))
		return true;
	return x->kind == y->kind && slice_equal(asm_head(x), asm_head(y)) &&
	       same_operands(m, asm_operands(x), asm_operands(y));
}

/* The next statement of the atom from *at on that counts, or NULL. */
static const struct asm_stmt *next_comparable(const struct asm_file *f,
					      const struct asm_atom *a,
					      size_t *at)
{
	while (*at < a->count) {
		const struct asm_stmt *s = &f->stmts[a->stmts[(*at)++]];

		if (asm_comparable(s))
			return s;
	}
	return NULL;
}

static bool same_stmts(struct match *m, const struct asm_atom *p,
		       const struct asm_atom *q)
{
	size_t i = 0, k = 0;

	if (p->comparable != q->comparable)
		return false;
	for (;;) {
		const struct asm_stmt *x = next_comparable(m->a, p, &i);
		const struct asm_stmt *y = next_comparable(m->b, q, &k);

		if (!x || !y)
			return x == y;
		if (!same_stmt(m, x, y))
			return false;
	}
}

bool compare_funcs(struct match *m, struct func *fa, struct func *fb)
{
	if (!fa->cold != !fb->cold)
		return false;
	return same_stmts(m, fa->main, fb->main) &&
	       (!fa->cold || same_stmts(m, fa->cold, fb->cold));
}

static struct slice align_text(const struct asm_file *f,
			       const struct asm_atom *a)
{
	return a->align ? f->stmts[a->align - 1].text : (struct slice){0};
}

/* What -fdata-sections puts into a section of its own has its name, with a
   number that differs between compilations for static locals. */
static struct slice section_stem(const struct asm_atom *a)
{
	struct slice s = a->section->name;
	size_t n = a->sym ? a->sym->name.n : 0;

	if (n && s.n > n && !memcmp(s.p + s.n - n, a->sym->name.p, n) &&
	    s.p[s.n - n - 1] == '.')
		s.n -= n;
	return s;
}

bool compare_sections(const struct asm_atom *da, const struct asm_atom *db)
{
	return slice_equal(section_stem(da), section_stem(db));
}

bool compare_data(struct match *m, struct asm_atom *da, struct asm_atom *db)
{
	if (db->peer == da)
		return db->peer_equal;
	/* While it is being looked at it equals: constants may form circles.
	   Results that may rest on this are taken back if it does not. */
	size_t first = m->ntentative;
	m->comparing++;
	db->peer = da;
	db->peer_equal = true;

	bool equal = compare_sections(da, db) &&
		     slice_equal(align_text(m->a, da), align_text(m->b, db)) &&
		     same_stmts(m, da, db);
	db->peer = da;
	db->peer_equal = equal;
	m->comparing--;
	if (equal) {
		VEC_GROW(m->tentative, m->ntentative, m->cap_tentative);
		m->tentative[m->ntentative++] = db;
	} else {
		while (m->ntentative > first)
			m->tentative[--m->ntentative]->peer = NULL;
	}
	if (!m->comparing)
		m->ntentative = 0;
	return equal;
}

bool compare_definitions(struct match *m, const struct asm_sym *x,
			 const struct asm_sym *y)
{
	if (x->comm.p || y->comm.p)
		return slice_equal(x->comm, y->comm);
	return x->atom && y->atom && x->pos == y->pos &&
	       slice_equal(x->size, y->size) &&
	       compare_data(m, x->atom, y->atom);
}

void compare_forget(struct asm_file *b)
{
	for (size_t i = 0; i < b->natoms; i++)
		b->atoms[i]->peer = NULL;
}
