// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether the code behind a system call has no use for r10, the register of
 * its fourth argument: the kernel keeps it, so a compiler may count on the
 * value there. All ways on are followed until r10 is written or the function
 * returns (to a caller it means nothing, System V ABI); whatever isn't
 * understood counts as a use.
 */
#include <string.h>
#include <Zydis/Zydis.h>

#include "target/priv.h"

enum { MAX_INSNS = 256, MAX_WAYS = 32, MAX_INSN = 15 };

struct walk {
	struct target *t;
	ZydisDecoder decoder;
	uint64_t ways[MAX_WAYS]; /* addresses to go on from, some done */
	size_t nways, done;
	size_t ninsns;
	uint64_t window_addr; /* code that is read */
	uint8_t window[256];
	size_t window_len;
};

static bool is_r10(ZydisRegister reg)
{
	return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64,
						reg) == ZYDIS_REGISTER_R10;
}

static bool reads_r10(const ZydisDecodedOperand *op)
{
	if (op->type == ZYDIS_OPERAND_TYPE_MEMORY)
		return is_r10(op->mem.base) || is_r10(op->mem.index);
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       is_r10(op->reg.value) &&
	       op->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
}

/* All of it: a 32-bit write clears the rest. */
static bool writes_r10(const ZydisDecodedOperand *op)
{
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       (op->reg.value == ZYDIS_REGISTER_R10 ||
		op->reg.value == ZYDIS_REGISTER_R10D) &&
	       op->actions & ZYDIS_OPERAND_ACTION_WRITE;
}

static bool decode(struct walk *w, uint64_t addr, ZydisDecodedInstruction *insn,
		   ZydisDecodedOperand *ops)
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
						   w->window_len - offset, insn,
						   ops));
}

static bool add_way(struct walk *w, uint64_t addr)
{
	for (size_t i = 0; i < w->nways; i++)
		if (w->ways[i] == addr)
			return true;
	if (w->nways == MAX_WAYS)
		return false;
	w->ways[w->nways++] = addr;
	return true;
}

enum outcome { ON, ENDED, USED };

static enum outcome jump(struct walk *w, uint64_t addr,
			 const ZydisDecodedInstruction *insn,
			 const ZydisDecodedOperand *ops)
{
	uint64_t to;

	if (ops[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE ||
	    !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(insn, &ops[0], addr, &to)) ||
	    !add_way(w, to))
		return USED;
	return insn->meta.category == ZYDIS_CATEGORY_UNCOND_BR ? ENDED : ON;
}

static enum outcome step(struct walk *w, uint64_t *addr)
{
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	bool written = false;
	enum outcome r = ON;

	if (!decode(w, *addr, &insn, ops))
		return USED;
	for (size_t i = 0; i < insn.operand_count; i++) {
		if (reads_r10(&ops[i]))
			return USED;
		written |= writes_r10(&ops[i]);
	}
	switch (insn.meta.category) {
	case ZYDIS_CATEGORY_RET:
		return ENDED;
	case ZYDIS_CATEGORY_UNCOND_BR:
	case ZYDIS_CATEGORY_COND_BR:
		r = jump(w, *addr, &insn, ops);
		break;
	case ZYDIS_CATEGORY_SYSCALL:
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_SYSRET:
		return USED;
	default:
		break;
	}
	/* A conditional move may leave it as it was. */
	if (written && insn.meta.category != ZYDIS_CATEGORY_CMOV)
		return ENDED;
	*addr += insn.length;
	return r;
}

static bool walk_has_no_use(struct walk *w)
{
	while (w->done < w->nways) {
		uint64_t addr = w->ways[w->done++];
		enum outcome r;

		do
			r = step(w, &addr);
		while (r == ON);
		if (r == USED)
			return false;
	}
	return true;
}

bool r10_is_unused(struct target *t, uint64_t rip)
{
	struct walk w = {.t = t, .ways = {rip}, .nways = 1};

	if (t->priv->r10_rip != rip) {
		ZydisDecoderInit(&w.decoder, ZYDIS_MACHINE_MODE_LONG_64,
				 ZYDIS_STACK_WIDTH_64);
		t->priv->r10_unused = walk_has_no_use(&w);
		t->priv->r10_rip = rip;
	}
	return t->priv->r10_unused;
}
