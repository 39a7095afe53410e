// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/reach.h"

#include <string.h>

#include "diff/regs.h"

/* Loads that overwrite all of a 32- or 64-bit register and set no flag. */
static bool is_load(struct slice head)
{
	static const char *const loads[] = {
		"movl",	  "movq",   "mov",    "movzbl", "movzwl", "movsbl",
		"movswl", "movslq", "movsbq", "movswq", "movzbq", "movzwq",
	};

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (slice_is(head, loads[i]))
			return true;
	return false;
}

/*
 * "SYM(%rip)", "$SYM", and "SYM", which is what clang makes of the first in
 * programs with fixed addresses; each with "+8" or the like: symbol and the
 * rest of it.
 */
struct direct {
	struct slice name;
	struct slice offset; /* "+8", or empty */
	bool immediate;
};

static bool parse_direct(struct slice operand, struct direct *ret_direct)
{
	struct direct d = {.immediate = operand.n && operand.p[0] == '$'};
	struct token t;

	if (d.immediate) {
		operand.p++;
		operand.n--;
	} else if (slice_ends(operand, "(%rip)")) {
		operand.n -= strlen("(%rip)");
	} else if (memchr(operand.p, '(', operand.n) ||
		   memchr(operand.p, ':', operand.n)) {
		return false; /* with a register, or %fs */
	}
	if (!token_next(&operand, &t) || !t.is_symbol)
		return false;
	d.name = t.text;
	d.offset = operand;
	if (memchr(operand.p, '@', operand.n) ||
	    (operand.n && operand.p[0] != '+' && operand.p[0] != '-'))
		return false;
	*ret_direct = d;
	return true;
}

/*
 * Is it of another file, and not known to be within reach? Or before the
 * symbol: which is 0 in the link of the patched build, and 32 bits of an
 * immediate may not hold what is below (`movl $SYM-8, %eax`).
 */
static bool maybe_far(const struct binder *bd, const struct direct *d)
{
	const struct asm_sym *y = asm_find(bd->m->b, d->name);
	const struct asm_sym *x = asm_find(bd->m->a, d->name);

	if (asm_is_local(d->name) || sym_defined(y) || sym_defined(x))
		return false;
	if (d->immediate && d->offset.n && d->offset.p[0] == '-')
		return true;
	return bd->force_gotpcrel || !x || !x->direct;
}

struct error *reach_rewrite(struct binder *bd, const struct asm_stmt *s,
			    struct buf *out, bool *ret_done)
{
	struct slice rest = asm_operands(s), head = asm_head(s);
	struct slice source = slice_next_operand(&rest);
	const char *reg = reg_name64(reg_of(slice_trim(rest)));
	bool lea = slice_is(head, "leaq") || slice_is(head, "lea");
	struct direct d;

	*ret_done = false;
	if (!reg || !parse_direct(source, &d) || !maybe_far(bd, &d))
		return NULL;
	if (!lea && !is_load(head))
		return NULL;
	if (d.immediate && lea)
		return NULL;

	buf_add_str(out, "\tmovq\t");
	TRY(bind_got(bd, d.name, s->line, out));
	buf_addf(out, "(%%rip), %s\n", reg);
	if (!lea && !d.immediate)
		buf_addf(out, "\t%.*s\t%.*s(%s), %.*s\n", (int)head.n, head.p,
			 (int)d.offset.n, d.offset.p, reg,
			 (int)slice_trim(rest).n, slice_trim(rest).p);
	else if (d.offset.n)
		buf_addf(out, "\tleaq\t%.*s(%s), %s\n", (int)d.offset.n,
			 d.offset.p, reg, reg);
	*ret_done = true;
	return NULL;
}

void reach_scan(struct asm_file *a)
{
	for (size_t i = 0; i < a->natoms; i++) {
		const struct asm_atom *atom = a->atoms[i];

		for (size_t k = 0; atom->function && k < atom->count; k++) {
			const struct asm_stmt *s = &a->stmts[atom->stmts[k]];
			struct slice rest = asm_operands(s);
			struct direct d;

			if (s->kind != ASM_INSN || asm_is_branch(s))
				continue;
			while (rest.n) {
				struct slice op = slice_next_operand(&rest);

				if (parse_direct(op, &d) &&
				    !asm_is_local(d.name))
					asm_intern(a, d.name, s->line)->direct =
						true;
			}
		}
	}
}
