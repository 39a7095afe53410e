/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do the types of a source still describe the objects that are alive when the
 * patch comes? By the debug information of two objects of the same source: a
 * struct whose members moved would be read in another way than it was written.
 */
#ifndef CC_TYPES_H
#define CC_TYPES_H

#include <stdint.h>

#include "base/error.h"
#include "base/strmap.h"

/* Types of a source, those of functions and closures too; begin zeroed. */
struct types {
	struct type **all;
	size_t n, cap;
	struct strmap by_name;
	/* Closures that other types are made of: offsets of their DIEs. */
	uint64_t *kept;
	size_t nkept, cap_kept;
};

/* Leaves `types` empty if the object has no debug information. */
void types_read(const char *object, struct types *types);
void types_deinit(struct types *types);

/*
 * ERR_FAILED names the first type of `b` (the patched source) that is in `a`
 * with another layout: file, line, member. What is new may have any. In the
 * same place a member may have another name. `allowed`: names of types that
 * are not looked at, with "," between; NULL: none.
 */
struct error *types_compare(const struct types *a, const struct types *b,
			    const char *allowed) MUST_CHECK;

#endif
