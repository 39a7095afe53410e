// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a function, or a variable, the same in two builds, wherever it is and
 * what it refers to is? Private to src/object.
 */
#ifndef OBJECT_SAME_H
#define OBJECT_SAME_H

#include "object/side.h"

/*
 * False: `ret_at` is the first offset that differs, and `why` says how. The
 * instructions must be the same, and what they refer to.
 */
bool same_function(const struct side *a, const struct side_symbol *x,
		   const struct side *b, const struct side_symbol *y,
		   uint64_t *ret_at, struct buf *why);

/* Likewise: bytes, and what words that hold addresses refer to. */
bool same_variable(const struct side *a, const struct side_symbol *x,
		   const struct side *b, const struct side_symbol *y,
		   uint64_t *ret_at, struct buf *why);

#endif
