// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From each instruction that loads a label's address, all ways through the
 * function are followed, with the set of registers that may hold it.
 */
#include "diff/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/regs.h"

#define BIT(reg) (1u << (reg))

static const unsigned int argument_regs = BIT(REG_RDI) | BIT(REG_RSI) |
					  BIT(REG_RDX) | BIT(REG_RCX) |
					  BIT(REG_R8) | BIT(REG_R9);
static const unsigned int lost_in_calls = argument_regs | BIT(REG_RAX) |
					  BIT(REG_R10) | BIT(REG_R11);

struct tracer {
	const struct asm_file *f;
	const struct asm_stmt **code; /* main and cold part, NULL between */
	size_t n;
	unsigned int *seen; /* registers that were followed from there */
	unsigned int *todo; /* and those that are to be */
	bool escapes;
};

const struct asm_sym *labels_named(const struct asm_file *f,
				   const struct asm_stmt *s)
{
	struct slice rest = asm_operands(s);
	struct token t;

	if (s->plain || (s->kind != ASM_INSN && s->kind != ASM_DATA) ||
	    (s->kind == ASM_INSN && asm_is_branch(s)))
		return NULL;
	while (token_next(&rest, &t)) {
		const struct asm_sym *label =
			t.is_symbol && asm_is_local(t.text)
				? asm_find(f, t.text)
				: NULL;

		if (label && label->atom && label->atom->function)
			return label;
	}
	return NULL;
}

static void add_part(struct tracer *t, const struct asm_atom *a)
{
	for (size_t i = 0; a && i < a->count; i++)
		t->code[t->n++] = &t->f->stmts[a->stmts[i]];
	t->code[t->n++] = NULL;
}

static void follow(struct tracer *t, size_t at, unsigned int regs)
{
	if (at < t->n)
		t->todo[at] |= regs & ~t->seen[at];
}

static void follow_label(struct tracer *t, struct slice name, unsigned int regs)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->code[i] && t->code[i]->kind == ASM_LABEL &&
		    slice_equal(t->code[i]->text, name)) {
			follow(t, i, regs);
			return;
		}
	}
	t->escapes = true; /* to where we can't see */
}

static bool is_memory(struct slice operand)
{
	return memchr(operand.p, '(', operand.n) ||
	       (operand.n && operand.p[0] != '%' && operand.p[0] != '$');
}

/* Overwrites its destination with what doesn't depend on it. */
static bool is_move(struct slice head)
{
	return slice_starts(head, "mov") || slice_starts(head, "lea");
}

/* What other instructions do with the operands. */
static void step_plain(struct tracer *t, size_t at, unsigned int regs)
{
	const struct asm_stmt *s = t->code[at];
	struct slice rest = asm_operands(s), dest = {0}, head = asm_head(s);
	bool uses = false;

	while (rest.n) {
		enum reg source = reg_of(dest);

		uses |= source != REG_NONE && (regs & BIT(source));
		dest = slice_trim(slice_next_operand(&rest));
	}
	enum reg reg = reg_of(dest);
	bool is_source = reg != REG_NONE && (regs & BIT(reg));

	if (slice_starts(head, "cmp") || slice_starts(head, "test"))
		uses = is_source = false;
	else if (slice_starts(head, "push") || slice_starts(head, "xchg"))
		uses |= is_source;
	if (uses && (reg == REG_NONE || slice_starts(head, "push") ||
		     slice_starts(head, "xchg")))
		t->escapes = true; /* memory, %xmm0 */
	else if (uses)
		regs |= BIT(reg);
	else if (is_source && is_move(head))
		regs &= ~BIT(reg);
	follow(t, at + 1, regs);
}

static void step_branch(struct tracer *t, size_t at, unsigned int regs)
{
	const struct asm_stmt *s = t->code[at];
	struct slice head = asm_head(s), target = asm_operands(s);
	bool leaves = !asm_is_local(target) && !slice_starts(head, "j");

	if (slice_starts(head, "call")) {
		t->escapes |= (regs & argument_regs) != 0;
		follow(t, at + 1, regs & ~lost_in_calls);
		return;
	}
	if (asm_is_local(target))
		follow_label(t, target, regs);
	else
		t->escapes |= leaves || (regs & argument_regs) != 0;
	if (!slice_starts(head, "jmp"))
		follow(t, at + 1, regs);
}

static void step(struct tracer *t, size_t at, unsigned int regs)
{
	const struct asm_stmt *s = t->code[at];
	struct slice head;

	if (!s)
		return; /* the part's end */
	if (s->kind != ASM_INSN) {
		follow(t, at + 1, regs);
		return;
	}
	head = asm_head(s);
	if (slice_starts(head, "ret"))
		t->escapes |= (regs & BIT(REG_RAX)) != 0;
	else if (asm_is_branch(s))
		step_branch(t, at, regs);
	else if (slice_starts(head, "call")) /* through a register */
		t->escapes |= (regs & argument_regs) != 0;
	else if (!slice_starts(head, "jmp")) /* a way that ends well */
		step_plain(t, at, regs);
}

/* An instruction that names a label: only a load into a register is known. */
static void begin(struct tracer *t, size_t at)
{
	struct slice rest = asm_operands(t->code[at]);
	struct slice source = slice_next_operand(&rest);
	enum reg reg = reg_of(slice_trim(rest));
	struct slice head = asm_head(t->code[at]);

	if (slice_starts(head, "cmp"))
		return;
	if (reg == REG_NONE || !is_move(head) ||
	    (is_memory(source) && !slice_starts(head, "lea"))) {
		t->escapes = true;
		return;
	}
	memset(t->seen, 0, t->n * sizeof(*t->seen));
	follow(t, at + 1, BIT(reg));
	for (bool more = true; more && !t->escapes;) {
		more = false;
		for (size_t i = 0; i < t->n && !t->escapes; i++) {
			unsigned int regs = t->todo[i];

			if (!regs)
				continue;
			more = true;
			t->todo[i] = 0;
			t->seen[i] |= regs;
			step(t, i, regs);
		}
	}
}

bool labels_escape(const struct asm_file *a, const struct func *fa,
		   uint32_t *ret_line)
{
	size_t most = fa->main->count + (fa->cold ? fa->cold->count : 0) + 2;
	_autofree_ const struct asm_stmt **code =
		xcalloc(most, sizeof(struct asm_stmt *));
	_autofree_ unsigned int *seen = xcalloc(most, sizeof(*seen));
	_autofree_ unsigned int *todo = xcalloc(most, sizeof(*todo));
	struct tracer t = {.f = a, .code = code, .seen = seen, .todo = todo};

	add_part(&t, fa->main);
	add_part(&t, fa->cold);
	for (size_t i = 0; i < t.n && !t.escapes; i++) {
		if (!code[i] || code[i]->kind != ASM_INSN ||
		    !labels_named(a, code[i]))
			continue;
		*ret_line = code[i]->line;
		begin(&t, i);
	}
	return t.escapes;
}
