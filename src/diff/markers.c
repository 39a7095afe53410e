// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/markers.h"

#include <string.h>

#include "kpfile/info.h"

#define NAME(s) (int)(s).n, (s).p

#define REFUSE(m, line, ...)                                                   \
	error_context(error_new(ERR_FAILED, __VA_ARGS__), "%s:%u",             \
		      (m)->b->name, (line))

static const struct {
	const char *section;
	enum asm_mark mark;
	unsigned int info; /* flag of .kpatch.info */
} kinds[] = {
	{".libcare.ignore", MARK_IGNORE, 0},
	{".libcare.force", MARK_FORCE, 0},
	{".libcare.quiesce", MARK_QUIESCE, 0},
	{".libcare.keep", MARK_KEEP, 0},
	{".libcare.pre_patch", MARK_PRE_PATCH, KPATCH_INFO_PRE_PATCH},
	{".libcare.post_patch", MARK_POST_PATCH, KPATCH_INFO_POST_PATCH},
	{".libcare.pre_unpatch", MARK_PRE_UNPATCH, KPATCH_INFO_PRE_UNPATCH},
	{".libcare.post_unpatch", MARK_POST_UNPATCH,
	 KPATCH_INFO_POST_UNPATCH},
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))
#define MARK_CALLS                                                             \
	(MARK_PRE_PATCH | MARK_POST_PATCH | MARK_PRE_UNPATCH |                 \
	 MARK_POST_UNPATCH)

unsigned int markers_calls(const struct asm_sym *s)
{
	unsigned int flags = 0;

	for (size_t i = 0; i < NKINDS; i++) {
		if (s->marks & kinds[i].mark)
			flags |= kinds[i].info;
	}
	return flags;
}

/* "name" of `.string "name"`; empty if it is anything else. */
static struct slice name_of(const struct asm_stmt *stmt)
{
	struct slice s = slice_trim(asm_operands(stmt));

	if (s.n < 3 || s.p[0] != '"' || s.p[s.n - 1] != '"' ||
	    memchr(s.p + 1, '"', s.n - 2) != NULL)
		return (struct slice){0};
	return (struct slice){s.p + 1, s.n - 2};
}

static bool is_meant(struct slice name, const struct asm_sym *s)
{
	return sym_defined(s) && s->name.n >= name.n &&
	       !memcmp(s->name.p, name.p, name.n) &&
	       (s->name.n == name.n || s->name.p[name.n] == '.');
}

static struct func *func_of(const struct asm_sym *s)
{
	return s->atom && s->atom->function && s->atom->func &&
			       s->atom->func->main == s->atom
		       ? s->atom->func
		       : NULL;
}

static struct error *mark(struct match *m, struct asm_sym *s,
			  enum asm_mark mark, uint32_t line)
{
	struct func *f = func_of(s);

	s->marks |= (uint16_t)mark;
	if (mark == MARK_IGNORE && f)
		f->changed = false;
	if (mark == MARK_FORCE && f && f->pair)
		f->changed = true;
	if (mark == MARK_KEEP && (!sym_is_data(s) || s->pair))
		return REFUSE(m, line,
			      "LIBCARE_KEEP: %.*s is not a new variable; what "
			      "is in the original keeps its value by itself",
			      NAME(s->name));
	if (mark & MARK_CALLS && (!f || f->pair))
		return REFUSE(m, line, "%.*s: a callback must be a function "
			      "that is new", NAME(s->name));
	return NULL;
}

static struct error *mark_named(struct match *m, struct slice name,
				const char *section, enum asm_mark kind,
				uint32_t line)
{
	size_t n = 0;

	for (size_t i = 0; i < m->b->nsyms; i++) {
		struct asm_sym *s = m->b->syms[i];

		if (!name.n || !is_meant(name, s))
			continue;
		TRY(mark(m, s, kind, line));
		n++;
	}
	if (n)
		return NULL;
	return REFUSE(m, line,
		      "%s: there is no %.*s in this file; mark functions and "
		      "variables where they are defined, C++ ones by their "
		      "symbols, and none that was inlined everywhere",
		      section, NAME(name));
}

struct error *markers_apply(struct match *m)
{
	for (size_t i = 0; i < m->b->natoms; i++) {
		const struct asm_atom *a = m->b->atoms[i];
		size_t kind = 0;

		if (a->section->kind != SEC_MARKS)
			continue;
		while (kind < NKINDS &&
		       !slice_is(a->section->name, kinds[kind].section))
			kind++;
		if (kind == NKINDS)
			return REFUSE(m, a->line, "%.*s: unknown to this "
				      "LibCare", NAME(a->section->name));
		for (size_t k = 0; k < a->count; k++) {
			const struct asm_stmt *s = &m->b->stmts[a->stmts[k]];

			/* clang writes the NUL by itself */
			if (s->kind == ASM_DATA &&
			    !slice_is(asm_head(s), ".byte"))
				TRY(mark_named(m, name_of(s),
					       kinds[kind].section,
					       kinds[kind].mark, s->line));
		}
	}
	return NULL;
}
