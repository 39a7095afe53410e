// SPDX-License-Identifier: GPL-2.0-or-later
/* The assembler directives that mean something here. Private to src/asm. */
#ifndef ASM_DIRECTIVE_H
#define ASM_DIRECTIVE_H

#include "asm/token.h"

enum directive {
	D_ALIGN,
	D_ASSIGN,
	D_CFI,
	D_COMM,
	D_DATA,
	D_GLOBAL,
	D_HIDDEN,
	D_INTEL,
	D_LCOMM,
	D_LOCAL,
	D_NOTE,
	D_OPAQUE,
	D_POP,
	D_PREVIOUS,
	D_PUSH,
	D_SECTION,
	D_SHORT_SECTION, /* .text, .data, .bss */
	D_SIZE,
	D_TYPE,
	D_WEAK,
};

/* D_OPAQUE for what isn't known. */
enum directive directive_of(struct slice name);

#endif
