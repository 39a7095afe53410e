// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses of labels (`&&label`) that may outlive a call of their function: a
 * resumable function keeps the place to go on at in live data.
 */
#ifndef DIFF_LABELS_H
#define DIFF_LABELS_H

#include "diff/match.h"

/*
 * Does the function `fa` of the original put the address of a label of its
 * code into memory, or give it to another function? What it only jumps to, and
 * constant tables of labels, don't count. `ret_line` is where.
 */
bool labels_escape(const struct asm_file *a, const struct func *fa,
		   uint32_t *ret_line);

/* The label of a function's code that the statement names, or NULL. */
const struct asm_sym *labels_named(const struct asm_file *f,
				   const struct asm_stmt *s);

#endif
