// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The assembly that clang prints for `shll $1, %eax` is another instruction
 * when it's read again: c1 e0 01 is what clang assembles directly (code that is
 * not optimised has it), d1 e0 what its assembler makes of the text. Bytes that
 * differ from the shipped ones are refused (invariant B2). A symbol in place of
 * the number keeps the form: what it is, the assembler knows only at the end.
 */
#ifndef CC_SHIFTS_H
#define CC_SHIFTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * True if there are such instructions: then `out` gets the text with the symbol
 * in them. Inline assembly (#APP to #NO_APP) is left as it is: clang reads it
 * as text in either case.
 */
bool shifts_keep_form(const char *text, size_t len, struct buf *out);

#endif
