// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Some of the assembly that clang prints is another instruction when it's read
 * again, and bytes that differ from the shipped ones are refused (invariant
 * B2). For `shll $1, %eax` clang assembles c1 e0 01 directly (code that is not
 * optimised has it), but d1 e0 from the text: a symbol in place of the number
 * keeps the form, as what it is, the assembler knows only at the end. For
 * `cmpq $symbol, %rax` (programs with fixed addresses) it's 48 3d, but 48 81 f8
 * from the text, so that gets the bytes.
 */
#ifndef CC_SHIFTS_H
#define CC_SHIFTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * True if there are such instructions: then `out` gets the text with others in
 * their places. Inline assembly (#APP to #NO_APP) is left as it is: clang reads it
 * as text in either case.
 */
bool shifts_keep_form(const char *text, size_t len, struct buf *out);

#endif
