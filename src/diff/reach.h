// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Data of other objects may be out of reach of a patch's 32-bit displacement.
 * Private to src/diff.
 */
#ifndef DIFF_REACH_H
#define DIFF_REACH_H

#include "diff/bind.h"

/*
 * If the instruction refers directly to a symbol that may be out of reach,
 * and loads a general register, which is dead before: appends the same
 * through a slot. Touches no other register, no flag and no memory
 * (invariant B4). `*ret_done` tells whether it did.
 */
struct error *reach_rewrite(struct binder *bd, const struct asm_stmt *s,
			    struct buf *out, bool *ret_done) MUST_CHECK;

/* Marks the symbols that the original's functions refer to directly. */
void reach_scan(struct asm_file *a);

#endif
