// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether the code behind a system call has no use for the register of its
 * time-out: the kernel keeps it, so a compiler may count on the value there.
 * All ways on are followed until the register is written, or the function
 * returns and its caller can have no use for it either; whatever isn't
 * understood counts as a use.
 *
 * To a caller the argument registers mean nothing (System V ABI). But within
 * one object a compiler that knows a function leaves one alone may count on
 * that (gcc -fipa-ra): there the caller is looked at, too. r10 isn't one in
 * which a function gets its arguments: who does a system call has written it.
 */
#include <string.h>
#include <Zydis/Zydis.h>

#include "target/priv.h"

enum { MAX_INSNS = 256, MAX_WAYS = 32, MAX_INSN = 15 };

/* A place to go on from. */
struct way {
	uint64_t addr;
	bool called;       /* in a function that was called on the way */
	uint64_t rsp, rbp; /* there; 0: not known */
};

struct walk {
	struct target *t;
	ZydisDecoder decoder;
	ZydisRegister reg;
	uint64_t begin;
	struct way ways[MAX_WAYS]; /* some done */
	size_t nways, done;
	size_t ninsns;
	uint64_t window_addr; /* code that is read */
	uint8_t window[256];
	size_t window_len;
};

struct insn {
	ZydisDecodedInstruction is;
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
};

static bool within(ZydisRegister reg, ZydisRegister whole)
{
	return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						reg) == whole;
}

static bool reads(const ZydisDecodedOperand *op, ZydisRegister reg)
{
	if (op->type == ZYDIS_OPERAND_TYPE_MEMORY)
		return within(op->mem.base, reg) || within(op->mem.index, reg);
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       within(op->reg.value, reg) &&
	       op->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
}

/* All of it: a 32-bit write clears the rest. */
static bool writes(const ZydisDecodedOperand *op, ZydisRegister reg)
{
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       within(op->reg.value, reg) &&
	       ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64,
				     op->reg.value) >= 32 &&
	       op->actions & ZYDIS_OPERAND_ACTION_WRITE;
}

/* xor %edx, %edx */
static bool clears(const struct insn *in, ZydisRegister reg)
{
	return (in->is.mnemonic == ZYDIS_MNEMONIC_XOR ||
		in->is.mnemonic == ZYDIS_MNEMONIC_SUB) &&
	       writes(&in->ops[0], reg) &&
	       in->ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       in->ops[0].reg.value == in->ops[1].reg.value;
}

static bool decode(struct walk *w, uint64_t addr, struct insn *in)
{
	uint64_t offset = addr - w->window_addr;

	if (offset >= w->window_len || w->window_len - offset < MAX_INSN) {
		w->window_addr = addr;
		w->window_len = target_read_partial(w->t, addr, w->window,
						    sizeof(w->window));
		offset = 0;
	}
	return w->ninsns++ < MAX_INSNS &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeFull(&w->decoder,
						   w->window + offset,
						   w->window_len - offset,
						   &in->is, in->ops));
}

static bool add_way(struct walk *w, struct way way)
{
	for (size_t i = 0; i < w->nways; i++)
		if (w->ways[i].addr == way.addr &&
		    w->ways[i].called == way.called)
			return true;
	if (w->nways == MAX_WAYS)
		return false;
	w->ways[w->nways++] = way;
	return true;
}

enum outcome { ON, ENDED, USED };

/* Where a jump or call with an immediate operand leads to. */
static bool goes_to(const struct insn *in, uint64_t addr, uint64_t *ret_to)
{
	return in->ops[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	       ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&in->is, &in->ops[0], addr,
						     ret_to));
}

static enum outcome jump(struct walk *w, struct way way, const struct insn *in)
{
	if (!goes_to(in, way.addr, &way.addr) || !add_way(w, way))
		return USED;
	return in->is.meta.category == ZYDIS_CATEGORY_UNCOND_BR ? ENDED : ON;
}

/* What is called may take it as an argument, and may leave it as it is. */
static enum outcome call(struct walk *w, const struct way *way,
			 const struct insn *in)
{
	struct way callee = {.called = true};

	if (w->reg == ZYDIS_REGISTER_R10)
		return ON;
	return goes_to(in, way->addr, &callee.addr) && add_way(w, callee) ? ON
									  : USED;
}

static bool is_same_object(struct target *t, uint64_t a, uint64_t b)
{
	const struct map *x = maps_find(&t->maps, a);
	const struct map *y = maps_find(&t->maps, b);

	return !x || !y || (x->inode == y->inode &&
			    x->dev_major == y->dev_major &&
			    x->dev_minor == y->dev_minor);
}

static enum outcome leave_function(struct walk *w, const struct way *way)
{
	struct way caller = {.rbp = way->rbp, .rsp = way->rsp + 8};

	if (way->called || w->reg == ZYDIS_REGISTER_R10)
		return ENDED;
	if (!way->rsp || target_read_partial(w->t, way->rsp, &caller.addr, 8) != 8)
		return USED;
	if (!is_same_object(w->t, w->begin, caller.addr))
		return ENDED;
	return add_way(w, caller) ? ENDED : USED;
}

/* Keeps account of the stack pointer. */
static void move_stack(struct way *way, const struct insn *in)
{
	const ZydisDecodedOperand *a = &in->ops[0], *b = &in->ops[1];
	bool by_number = b->type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
	uint64_t rsp = 0;

	if (in->is.mnemonic == ZYDIS_MNEMONIC_PUSH)
		rsp = way->rsp - 8;
	else if (in->is.mnemonic == ZYDIS_MNEMONIC_POP)
		rsp = way->rsp + 8;
	else if (in->is.mnemonic == ZYDIS_MNEMONIC_ADD && by_number)
		rsp = way->rsp + b->imm.value.u;
	else if (in->is.mnemonic == ZYDIS_MNEMONIC_SUB && by_number)
		rsp = way->rsp - b->imm.value.u;
	else if (in->is.mnemonic == ZYDIS_MNEMONIC_LEAVE && way->rbp)
		rsp = way->rbp + 8;
	for (size_t i = 0; i < in->is.operand_count; i++) {
		if (writes(&in->ops[i], ZYDIS_REGISTER_RSP))
			way->rsp = way->rsp ? rsp : 0;
		if (writes(&in->ops[i], ZYDIS_REGISTER_RBP))
			way->rbp = 0;
	}
	if (in->is.mnemonic == ZYDIS_MNEMONIC_POP &&
	    within(a->reg.value, ZYDIS_REGISTER_RSP))
		way->rsp = 0;
}

static enum outcome transfer(struct walk *w, const struct way *way,
			     const struct insn *in)
{
	switch (in->is.meta.category) {
	case ZYDIS_CATEGORY_RET:
		return in->is.operand_count_visible ? USED
						    : leave_function(w, way);
	case ZYDIS_CATEGORY_UNCOND_BR:
	case ZYDIS_CATEGORY_COND_BR:
		return jump(w, *way, in);
	case ZYDIS_CATEGORY_CALL:
		return call(w, way, in);
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_SYSRET:
		return USED;
	default:
		return ON;
	}
}

static enum outcome step(struct walk *w, struct way *way)
{
	struct insn in;
	bool written = false;
	enum outcome r;

	if (!decode(w, way->addr, &in))
		return USED;
	if (clears(&in, w->reg))
		return ENDED;
	for (size_t i = 0; i < in.is.operand_count; i++) {
		if (reads(&in.ops[i], w->reg))
			return USED;
		written |= writes(&in.ops[i], w->reg);
	}
	r = transfer(w, way, &in);
	/* A conditional move may leave it as it was. */
	if (written && in.is.meta.category != ZYDIS_CATEGORY_CMOV)
		return ENDED;
	if (in.is.meta.category != ZYDIS_CATEGORY_CALL)
		move_stack(way, &in);
	way->addr += in.is.length;
	return r;
}

static bool walk_has_no_use(struct walk *w)
{
	while (w->done < w->nways) {
		struct way way = w->ways[w->done++];
		enum outcome r;

		do
			r = step(w, &way);
		while (r == ON);
		if (r == USED)
			return false;
	}
	return true;
}

static bool is_unused(struct target *t, const struct user_regs_struct *regs,
		      ZydisRegister reg)
{
	struct walk w = {
		.t = t,
		.reg = reg,
		.begin = regs->rip,
		.ways = {{.addr = regs->rip,
			  .rsp = regs->rsp,
			  .rbp = regs->rbp}},
		.nways = 1,
	};

	ZydisDecoderInit(&w.decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	return walk_has_no_use(&w);
}

static bool r10_is_unused(struct target *t, const struct user_regs_struct *regs)
{
	if (t->priv->r10_rip != regs->rip) {
		t->priv->r10_unused = is_unused(t, regs, ZYDIS_REGISTER_R10);
		t->priv->r10_rip = regs->rip;
	}
	return t->priv->r10_unused;
}

bool register_is_unused(struct target *t, const struct user_regs_struct *regs,
			const unsigned long long *reg)
{
	if (reg == &regs->r10)
		return r10_is_unused(t, regs);
	if (reg == &regs->rdx)
		return is_unused(t, regs, ZYDIS_REGISTER_RDX);
	if (reg == &regs->r8)
		return is_unused(t, regs, ZYDIS_REGISTER_R8);
	if (reg == &regs->rdi)
		return is_unused(t, regs, ZYDIS_REGISTER_RDI);
	return false;
}
