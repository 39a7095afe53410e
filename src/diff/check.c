// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/check.h"

#include <ctype.h>
#include <string.h>

#include "diff/compare.h"
#include "diff/labels.h"

#define REFUSE(file, line, ...)                                                \
	error_context(error_new(ERR_FAILED, __VA_ARGS__), "%s:%u",             \
		      (file)->name, (line))

#define NAME(s) (int)(s)->name.n, (s)->name.p

static bool is_tls(const struct asm_sym *s)
{
	return s->tls || (s->atom && s->atom->section->kind == SEC_TLS);
}

static struct slice section_of(const struct asm_sym *s)
{
	return s->atom ? s->atom->section->name : SLICE(".bss");
}

static bool same_section(const struct asm_sym *x, const struct asm_sym *y)
{
	if (x->atom && y->atom)
		return compare_sections(x->atom, y->atom);
	return slice_equal(section_of(x), section_of(y));
}

/*
 * Of sections that are named like a C identifier the linker makes a table,
 * with __start_NAME and __stop_NAME around it. Code walks that of the original.
 */
static bool is_in_table(const struct asm_sym *s)
{
	struct slice name = s->atom && !s->atom->function
				    ? s->atom->section->name
				    : SLICE(".");

	for (size_t i = 0; i < name.n; i++) {
		if (!isalnum((unsigned char)name.p[i]) && name.p[i] != '_')
			return false;
	}
	return !asm_is_local(s->name);
}

static struct error *refuse_entry(const struct asm_file *f,
				  const struct asm_sym *s, const char *how)
{
	return REFUSE(f, s->line,
		      "%.*s in section %.*s %s; the table that the linker made "
		      "of that section stays as it is",
		      NAME(s), (int)s->atom->section->name.n,
		      s->atom->section->name.p, how);
}

static struct slice size_of(const struct asm_sym *s)
{
	struct slice comm = s->comm;

	return comm.p ? slice_trim(slice_next_operand(&comm)) : s->size;
}

static struct error *check_data_pair(struct match *m, struct asm_sym *x,
				     struct asm_sym *y)
{
	const struct asm_atom *owned = y->atom;
	bool ignored = y->marks & MARK_IGNORE;

	if (is_tls(x) != is_tls(y))
		return REFUSE(m->b, y->line,
			      "%.*s became or ceased to be thread-local",
			      NAME(y));
	if (is_in_table(y) && !compare_definitions(m, x, y))
		return refuse_entry(m->b, y, "changed");
	if (sym_is_const(x) && sym_is_const(y) && !y->global)
		return NULL; /* duplicated with its users */
	if (owned && owned->func && owned->func->changed)
		return NULL; /* a table of labels goes with its function */
	if (compare_definitions(m, x, y))
		return NULL;
	if (!same_section(x, y) && !ignored)
		return REFUSE(m->b, y->line,
			      "%.*s moved from section %.*s to %.*s (its "
			      "initial value changed, or const was added or "
			      "removed); live data is not patched",
			      NAME(y), (int)section_of(x).n, section_of(x).p,
			      (int)section_of(y).n, section_of(y).p);
	if (!slice_equal(size_of(x), size_of(y)) ||
	    (x->comm.p && y->comm.p && !slice_equal(x->comm, y->comm)))
		return REFUSE(m->b, y->line,
			      "size of variable %.*s changed; live data is not "
			      "patched",
			      NAME(y));
	if (ignored)
		return NULL;
	if (sym_is_const(y))
		return REFUSE(m->b, y->line,
			      "value of global constant %.*s changed; other "
			      "files may hold its address or value",
			      NAME(y));
	return REFUSE(m->b, y->line,
		      "initial value of variable %.*s changed; live data is "
		      "not patched",
		      NAME(y));
}

static struct error *check_set_pair(struct match *m, struct asm_sym *x,
				    struct asm_sym *y)
{
	if (x->ifunc != y->ifunc ||
	    (!asm_is_local(y->name) && !slice_equal(x->set, y->set)))
		return REFUSE(m->b, y->line, "alias %.*s has another target",
			      NAME(y));
	if (!y->ifunc)
		return NULL;

	struct asm_sym *resolver = asm_find(m->b, y->set);
	if (resolver && resolver->atom && resolver->atom->func &&
	    resolver->atom->func->changed)
		return REFUSE(m->b, resolver->line,
			      "resolver %.*s of indirect function %.*s changed; "
			      "it ran when the program started",
			      NAME(resolver), NAME(y));
	return NULL;
}

/* The original's symbols stay as they are: only .kpatch sections are new. */
static struct error *check_visibility(struct match *m, const struct asm_sym *x,
				      const struct asm_sym *y)
{
	if (!x->global || !y->global)
		return NULL;
	if (x->hidden != y->hidden)
		return REFUSE(m->b, y->line,
			      "%.*s became %s; a patch can't change what other "
			      "objects see",
			      NAME(y), y->hidden ? "hidden" : "visible");
	if (x->weak != y->weak)
		return REFUSE(m->b, y->line,
			      "%.*s %s weak; a patch can't change how the "
			      "program was linked",
			      NAME(y), y->weak ? "became" : "ceased to be");
	return NULL;
}

static struct error *check_symbol(struct match *m, struct asm_sym *y)
{
	struct asm_sym *x = y->pair;

	if (asm_is_local(y->name) || !sym_defined(y))
		return NULL;
	if (!x || !sym_defined(x)) {
		struct asm_sym *same = asm_find(m->a, y->name);

		if (same && sym_defined(same) && !same->pair &&
		    match_base(y->name).n == y->name.n)
			return REFUSE(m->b, y->line,
				      "%.*s is of another kind than in the "
				      "original (line %u)",
				      NAME(y), same->line);
		if (is_tls(y))
			return REFUSE(m->b, y->line,
				      "new thread-local variable %.*s: running "
				      "threads have no room for it",
				      NAME(y));
		if (is_in_table(y))
			return refuse_entry(m->b, y, "is new");
		if (y->ifunc)
			return REFUSE(m->b, y->line,
				      "new indirect function %.*s", NAME(y));
		return NULL;
	}
	TRY(check_visibility(m, x, y));
	if (y->set.p)
		return check_set_pair(m, x, y);
	if (sym_is_data(y))
		return check_data_pair(m, x, y);
	return NULL;
}

/*
 * Tells tracers where they may write into functions (-fpatchable-function-
 * entry, -pg -mrecord-mcount). The original's is kept as it is.
 */
static bool is_list_of_entries(const struct asm_atom *a)
{
	return slice_starts(a->section->name, "__patchable_function_entries") ||
	       slice_is(a->section->name, "__mcount_loc");
}

/* -fpatchable-function-entry=N,M puts some before a function. */
static bool is_nops(const struct asm_file *f, const struct asm_atom *a)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct asm_stmt *s = &f->stmts[a->stmts[i]];

		if (asm_comparable(s) && !slice_is(s->text, "nop"))
			return false;
	}
	return a->section->kind == SEC_TEXT;
}

/* Statements without a symbol: constructors, inline assembly at top level. */
static bool is_anonymous(const struct asm_file *f, const struct asm_atom *a)
{
	return a->comparable && a->section->kind != SEC_MARKS &&
	       (!a->sym || a->section->kind == SEC_INIT) &&
	       !is_list_of_entries(a) && !is_nops(f, a);
}

static struct asm_atom *next_anonymous(const struct asm_file *f, size_t *at)
{
	while (*at < f->natoms) {
		struct asm_atom *a = f->atoms[(*at)++];

		if (is_anonymous(f, a))
			return a;
	}
	return NULL;
}

static struct error *check_anonymous(struct match *m)
{
	size_t i = 0, k = 0;

	for (;;) {
		struct asm_atom *p = next_anonymous(m->a, &i);
		struct asm_atom *q = next_anonymous(m->b, &k);

		if (!p && !q)
			return NULL;
		if (p && q && compare_data(m, p, q))
			continue;

		const struct asm_atom *at = q ? q : p;
		const struct asm_file *f = q ? m->b : m->a;
		if (at->section->kind == SEC_INIT)
			return REFUSE(f, at->line,
				      "a constructor or destructor was added, "
				      "removed or changed its place; the program "
				      "has already started");
		return REFUSE(f, at->line,
			      "contents of section %.*s outside of functions "
			      "and variables differ",
			      (int)at->section->name.n, at->section->name.p);
	}
}

/* The large code model's way to everything; refused when it's bound. */
static bool uses_got_address(const struct asm_file *f, const struct asm_atom *a)
{
	static const char name[] = "_GLOBAL_OFFSET_TABLE_";

	for (size_t i = 0; i < a->count; i++) {
		const struct slice text = f->stmts[a->stmts[i]].text;

		if (memmem(text.p, text.n, name, strlen(name)))
			return true;
	}
	return false;
}

/*
 * `state = &&label;` where a later call goes to: what is stored leads into the
 * original, and would so after the patch. Constant tables go along.
 */
static struct error *check_labels(struct match *m, const struct func *fb)
{
	const struct func *fa = fb->pair;
	uint32_t line;

	if (uses_got_address(m->b, fb->main))
		return NULL;
	if (labels_escape(m->a, fa, &line))
		return REFUSE(m->a, line,
			      "function %.*s changed, and it keeps the address "
			      "of a label, which live data may hold; only "
			      "constant tables of labels can be carried",
			      NAME(fb->main->sym));
	for (size_t i = 0; i < m->a->natoms; i++) {
		const struct asm_atom *a = m->a->atoms[i];
		const struct asm_sym *label;

		if (a->function || !a->sym || sym_is_const(a->sym) ||
		    a->section->kind != SEC_DATA)
			continue;
		for (size_t k = 0; k < a->count; k++) {
			label = labels_named(m->a, &m->a->stmts[a->stmts[k]]);
			if (label && label->atom->func == fa)
				return REFUSE(m->a, a->line,
					      "function %.*s changed, and "
					      "variable %.*s holds the address "
					      "of a label in it",
					      NAME(fb->main->sym),
					      NAME(a->sym));
		}
	}
	return NULL;
}

static struct error *check_function(struct match *m, const struct func *fb)
{
	const struct asm_atom *a = fb->pair->main;

	if (!a->end || !fb->main->end)
		return REFUSE(m->b, fb->main->line,
			      "function %.*s changed but has no .size (written "
			      "in assembly?)",
			      NAME(fb->main->sym));
	if (fb->main->inline_section || a->inline_section)
		return REFUSE(m->b, fb->main->line,
			      "function %.*s changed and has inline assembly "
			      "with sections or macros of its own",
			      NAME(fb->main->sym));
	return check_labels(m, fb);
}

struct error *check_differences(struct match *m)
{
	for (size_t i = 0; i < m->nb; i++)
		if (m->bfuncs[i]->changed)
			TRY(check_function(m, m->bfuncs[i]));
	for (size_t i = 0; i < m->b->nsyms; i++)
		TRY(check_symbol(m, m->b->syms[i]));
	for (size_t i = 0; i < m->a->nsyms; i++) {
		const struct asm_sym *x = m->a->syms[i];

		if (sym_defined(x) && !x->pair && is_in_table(x))
			return refuse_entry(m->a, x, "is gone");
	}
	return check_anonymous(m);
}
