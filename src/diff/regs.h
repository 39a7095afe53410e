// SPDX-License-Identifier: GPL-2.0-or-later
/* The general registers by their names of 64 and 32 bits. */
#ifndef DIFF_REGS_H
#define DIFF_REGS_H

#include "asm/token.h"

enum reg {
	REG_NONE = -1, /* none of them: %rsp, %xmm0, memory … */
	REG_RAX,
	REG_RBX,
	REG_RCX,
	REG_RDX,
	REG_RSI,
	REG_RDI,
	REG_RBP,
	REG_R8,
	REG_R9,
	REG_R10,
	REG_R11,
	REG_R12,
	REG_R13,
	REG_R14,
	REG_R15,
};

/* `operand` is trimmed. */
enum reg reg_of(struct slice operand);

/* "%rax" and so on; NULL for REG_NONE. */
const char *reg_name64(enum reg reg);

#endif
