// SPDX-License-Identifier: GPL-2.0-or-later
#include "asm/asm.h"

#include <stdlib.h>
#include <string.h>

void asm_free(struct asm_file *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->natoms; i++) {
		free(f->atoms[i]->stmts);
		free(f->atoms[i]);
	}
	for (size_t i = 0; i < f->nsyms; i++)
		free(f->syms[i]);
	for (size_t i = 0; i < f->nsections; i++)
		free(f->sections[i]);
	free(f->atoms);
	free(f->syms);
	free(f->sections);
	free(f->stmts);
	strmap_deinit(&f->by_name);
	strmap_deinit(&f->section_by_name);
	buf_deinit(&f->text);
	free(f->name);
	free(f);
}

void asm_freep(struct asm_file **f)
{
	asm_free(*f);
}

struct asm_sym *asm_find(const struct asm_file *f, struct slice name)
{
	return strmap_get(&f->by_name, name.p, name.n);
}

struct asm_sym *asm_intern(struct asm_file *f, struct slice name,
			   uint32_t line)
{
	struct asm_sym *s = asm_find(f, name);

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->name = name;
	s->line = line;
	VEC_GROW(f->syms, f->nsyms, f->cap_syms);
	f->syms[f->nsyms++] = s;
	strmap_put(&f->by_name, name.p, name.n, s);
	return s;
}

struct slice asm_operands(const struct asm_stmt *s)
{
	return slice_trim(
		(struct slice){s->text.p + s->head, s->text.n - s->head});
}

struct slice asm_head(const struct asm_stmt *s)
{
	return (struct slice){s->text.p, s->head};
}

bool asm_is_local(struct slice name)
{
	return slice_starts(name, ".L");
}

/*
 * Call-frame information follows from the instructions; but which exceptions
 * are caught, and how, doesn't.
 */
static bool names_handler(const struct asm_stmt *s)
{
	return slice_is(asm_head(s), ".cfi_lsda") ||
	       slice_is(asm_head(s), ".cfi_personality");
}

bool asm_comparable(const struct asm_stmt *s)
{
	return s->kind == ASM_INSN || s->kind == ASM_DATA ||
	       s->kind == ASM_ALIGN || s->kind == ASM_OPAQUE ||
	       (s->kind == ASM_CFI && names_handler(s));
}

bool asm_is_branch(const struct asm_stmt *s)
{
	struct slice head = asm_head(s), operands = asm_operands(s);
	const char *word = head.p;

	for (size_t i = 0; i < head.n; i++)
		if (head.p[i] == ' ' || head.p[i] == '\t')
			word = head.p + i + 1;
	return s->kind == ASM_INSN && operands.n && operands.p[0] != '*' &&
	       (word[0] == 'j' || strncmp(word, "call", 4) == 0 ||
		strncmp(word, "loop", 4) == 0);
}
