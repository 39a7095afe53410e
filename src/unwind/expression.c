// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/priv.h"

#include <dwarf.h>
#include <string.h>

enum { STACK_MAX = 64, STEPS_MAX = 1000 };

struct evaluation {
	const Dwarf_Op *ops;
	size_t nops, at; /* `at`: the next operation */
	const struct registers *regs;
	const uint64_t *cfa;
	struct window *memory;
	uint64_t stack[STACK_MAX];
	size_t depth;
	bool is_value; /* DW_OP_stack_value, or a register */
};

static bool push(struct evaluation *e, uint64_t v)
{
	if (e->depth == STACK_MAX)
		return false;
	e->stack[e->depth++] = v;
	return true;
}

static bool push_register(struct evaluation *e, uint64_t reg, uint64_t offset)
{
	if (reg >= DWARF_COUNT || !(e->regs->known >> reg & 1))
		return false;
	return push(e, e->regs->value[reg] + offset);
}

/* The n-th from the top. */
static uint64_t *top(struct evaluation *e, size_t n)
{
	return e->depth > n ? &e->stack[e->depth - 1 - n] : NULL;
}

static bool binary_result(uint8_t atom, uint64_t a, uint64_t b, uint64_t *ret)
{
	int64_t sa = (int64_t)a, sb = (int64_t)b;

	switch (atom) {
	case DW_OP_and:
		*ret = a & b;
		return true;
	case DW_OP_or:
		*ret = a | b;
		return true;
	case DW_OP_xor:
		*ret = a ^ b;
		return true;
	case DW_OP_plus:
		*ret = a + b;
		return true;
	case DW_OP_minus:
		*ret = a - b;
		return true;
	case DW_OP_mul:
		*ret = a * b;
		return true;
	case DW_OP_shl:
		*ret = b < 64 ? a << b : 0;
		return true;
	case DW_OP_shr:
		*ret = b < 64 ? a >> b : 0;
		return true;
	case DW_OP_shra:
		*ret = (uint64_t)(sa >> (b < 64 ? b : 63));
		return true;
	case DW_OP_eq:
		*ret = a == b;
		return true;
	case DW_OP_ne:
		*ret = a != b;
		return true;
	case DW_OP_lt:
		*ret = sa < sb;
		return true;
	case DW_OP_le:
		*ret = sa <= sb;
		return true;
	case DW_OP_gt:
		*ret = sa > sb;
		return true;
	case DW_OP_ge:
		*ret = sa >= sb;
		return true;
	}
	return false; /* division: not seen in CFI */
}

static bool binary(struct evaluation *e, uint8_t atom)
{
	uint64_t *a = top(e, 1), *b = top(e, 0);

	if (!a || !binary_result(atom, *a, *b, a))
		return false;
	e->depth--;
	return true;
}

static bool deref(struct evaluation *e, size_t size)
{
	uint64_t *a = top(e, 0), v = 0;

	if (!a || size > sizeof(v) || !window_read(e->memory, *a, &v, size))
		return false;
	*a = v;
	return true;
}

static bool stack_op(struct evaluation *e, const Dwarf_Op *op)
{
	uint64_t *a = top(e, 0), *b = top(e, 1), *c = top(e, 2), v;

	switch (op->atom) {
	case DW_OP_drop:
		if (!a)
			return false;
		e->depth--;
		return true;
	case DW_OP_dup:
		return a && push(e, *a);
	case DW_OP_over:
		return b && push(e, *b);
	case DW_OP_pick:
		a = top(e, op->number);
		return a && push(e, *a);
	case DW_OP_swap:
		if (!b)
			return false;
		v = *a;
		*a = *b;
		*b = v;
		return true;
	case DW_OP_rot:
		if (!c)
			return false;
		v = *a;
		*a = *b;
		*b = *c;
		*c = v;
		return true;
	}
	return false;
}

static bool unary(struct evaluation *e, const Dwarf_Op *op)
{
	uint64_t *a = top(e, 0);

	if (!a)
		return false;
	switch (op->atom) {
	case DW_OP_neg:
		*a = -*a;
		return true;
	case DW_OP_not:
		*a = ~*a;
		return true;
	case DW_OP_abs:
		*a = (int64_t)*a < 0 ? -*a : *a;
		return true;
	case DW_OP_plus_uconst:
		*a += op->number;
		return true;
	}
	return false;
}

/* The distance counts from the operation's end, three bytes on. */
static bool jump(struct evaluation *e, const Dwarf_Op *op)
{
	Dwarf_Word to = op->offset + 3 + (Dwarf_Word)(int16_t)op->number;

	for (size_t i = 0; i < e->nops; i++)
		if (e->ops[i].offset == to) {
			e->at = i;
			return true;
		}
	return false;
}

static bool branch(struct evaluation *e, const Dwarf_Op *op)
{
	if (op->atom == DW_OP_bra) {
		if (!e->depth)
			return false;
		if (!e->stack[--e->depth])
			return true;
	}
	return jump(e, op);
}

static bool constant(struct evaluation *e, const Dwarf_Op *op)
{
	switch (op->atom) {
	case DW_OP_const1s:
		return push(e, (uint64_t)(int8_t)op->number);
	case DW_OP_const2s:
		return push(e, (uint64_t)(int16_t)op->number);
	case DW_OP_const4s:
		return push(e, (uint64_t)(int32_t)op->number);
	}
	return push(e, op->number);
}

static bool step(struct evaluation *e, const Dwarf_Op *op)
{
	uint8_t atom = op->atom;

	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
		return push(e, atom - DW_OP_lit0);
	if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		return push_register(e, atom - DW_OP_breg0, op->number);
	if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31) {
		e->is_value = true;
		return push_register(e, atom - DW_OP_reg0, 0);
	}
	switch (atom) {
	case DW_OP_regx:
		e->is_value = true;
		return push_register(e, op->number, 0);
	case DW_OP_bregx:
		return push_register(e, op->number, op->number2);
	case DW_OP_call_frame_cfa:
		return e->cfa && push(e, *e->cfa);
	case DW_OP_stack_value:
		e->is_value = true;
		return true;
	case DW_OP_nop:
		return true;
	case DW_OP_deref:
		return deref(e, 8);
	case DW_OP_deref_size:
		return deref(e, op->number);
	case DW_OP_bra:
	case DW_OP_skip:
		return branch(e, op);
	case DW_OP_addr:
	case DW_OP_const1u ... DW_OP_consts:
		return constant(e, op);
	case DW_OP_dup ... DW_OP_rot:
		return stack_op(e, op);
	case DW_OP_abs:
	case DW_OP_neg:
	case DW_OP_not:
	case DW_OP_plus_uconst:
		return unary(e, op);
	}
	return binary(e, atom);
}

enum value_kind expression_eval(const Dwarf_Op *ops, size_t nops,
				const struct registers *regs,
				const uint64_t *cfa, struct window *memory,
				uint64_t *ret)
{
	struct evaluation e = {
		.ops = ops,
		.nops = nops,
		.regs = regs,
		.cfa = cfa,
		.memory = memory,
	};

	for (unsigned int steps = 0; e.at < nops; steps++)
		if (steps == STEPS_MAX || !step(&e, &ops[e.at++]))
			return VALUE_UNKNOWN;
	if (!e.depth)
		return VALUE_UNKNOWN;
	*ret = e.stack[e.depth - 1];
	return e.is_value ? VALUE_ITSELF : VALUE_ADDRESS;
}
