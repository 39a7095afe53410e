// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/regs.h"

static const char *const names[][2] = {
	[REG_RAX] = {"%rax", "%eax"},  [REG_RBX] = {"%rbx", "%ebx"},
	[REG_RCX] = {"%rcx", "%ecx"},  [REG_RDX] = {"%rdx", "%edx"},
	[REG_RSI] = {"%rsi", "%esi"},  [REG_RDI] = {"%rdi", "%edi"},
	[REG_RBP] = {"%rbp", "%ebp"},  [REG_R8] = {"%r8", "%r8d"},
	[REG_R9] = {"%r9", "%r9d"},    [REG_R10] = {"%r10", "%r10d"},
	[REG_R11] = {"%r11", "%r11d"}, [REG_R12] = {"%r12", "%r12d"},
	[REG_R13] = {"%r13", "%r13d"}, [REG_R14] = {"%r14", "%r14d"},
	[REG_R15] = {"%r15", "%r15d"},
};

enum reg reg_of(struct slice operand)
{
	for (int i = 0; i <= REG_R15; i++)
		if (slice_is(operand, names[i][0]) ||
		    slice_is(operand, names[i][1]))
			return (enum reg)i;
	return REG_NONE;
}

const char *reg_name64(enum reg reg)
{
	return reg == REG_NONE ? NULL : names[reg][0];
}
