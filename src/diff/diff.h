// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two assembly files, of the original and of the patched source, → one: the
 * original, untouched, plus what changed in .kpatch.* sections (see
 * ARCHITECTURE.md, "The contract between the stages").
 *
 * In all of src/diff `a` is the original and `b` the patched file.
 */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H

#include "asm/asm.h"
#include "base/buf.h"
#include "base/error.h"

struct gensrc_options {
	bool force_gotpcrel; /* every undefined symbol through a slot */
	const char *allowed_init; /* constructors that may change, with ","
				     between; NULL: none */
};

struct gensrc_result {
	struct buf text;
	size_t changed;	  /* functions replaced */
	size_t added;	  /* new functions */
	size_t variables; /* new variables and copied constants */
};

/*
 * Compares and writes. Two equal files yield the original's text. Fails with
 * ERR_FAILED ("FILE:LINE: reason") if the patch can't carry a difference,
 * ERR_BADFILE if the assembly isn't understood. Sets the `pair` and `func`
 * fields of both files: call it once for a pair.
 */
struct error *gensrc(struct asm_file *a, struct asm_file *b,
		     const struct gensrc_options *options,
		     struct gensrc_result *ret_result) MUST_CHECK;

#endif
