// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps line numbers of a patched C or C++ source as they were: behind each
 * place where a patch has added or removed lines comes a `#line`. Otherwise
 * __LINE__ (in asserts and logs) changes in all functions below, and all of
 * them would be replaced.
 */
#ifndef CC_LINES_H
#define CC_LINES_H

#include "base/buf.h"
#include "base/error.h"

/*
 * `diff` is what `diff -U0 ORIGINAL PATCHED` prints, `source` the patched
 * text. `ret_text` gets it with #line directives, each at the first line
 * behind the change that is no continuation of a line, comment, string or
 * argument list. A source that has such directives of its own stays as it is.
 * Lines that the patch adds get the numbers that follow from those before.
 * ERR_BADFILE if `diff` isn't a unified diff of this source.
 */
struct error *lines_keep(const struct buf *source, const struct buf *diff,
			 struct buf *ret_text) MUST_CHECK;

#endif
