// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The assembly parser and the comparison: an input is two files with a line
 * "====" between them. Two equal files must give the original's bytes.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "asm/asm.h"
#include "base/cleanup.h"
#include "diff/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const char *p, size_t np, const char *q, size_t nq)
{
	_cleanup_(asm_freep) struct asm_file *a = NULL, *b = NULL;
	_cleanup_(error_freep) struct error *err = NULL;
	const struct gensrc_options options = {0};
	struct gensrc_result result;

	if ((err = asm_parse("a.s", p, np, &a)) ||
	    (err = asm_parse("b.s", q, nq, &b)) ||
	    (err = gensrc(a, b, &options, &result)))
		return;
	if (np == nq && memcmp(p, q, np) == 0)
		assert(result.text.len == np &&
		       memcmp(result.text.data, p, np) == 0);
	buf_deinit(&result.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *cut = memmem(text, size, "\n====\n", 6);

	if (!cut) {
		compare(text, size, text, size);
	} else {
		size_t np = (size_t)(cut - text) + 1;
		compare(text, np, cut + 6, size - np - 5);
	}
	return 0;
}
