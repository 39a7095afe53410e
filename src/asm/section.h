// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections of an assembly file. Private to src/asm. */
#ifndef ASM_SECTION_H
#define ASM_SECTION_H

#include "asm/asm.h"

/* The section, made if it isn't there; `args` are what follows its name. */
struct asm_section *section_intern(struct asm_file *f, struct slice name,
				   struct slice args);

#endif
