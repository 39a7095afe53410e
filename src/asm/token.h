// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operands of a statement in GNU assembler's AT&T syntax, as a row of tokens.
 * All that matters here is which parts are symbols: registers, numbers,
 * `@modifiers`, strings and punctuation are text.
 */
#ifndef ASM_TOKEN_H
#define ASM_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
	const char *p;
	size_t n;
};

#define SLICE(text) ((struct slice){(text), sizeof(text) - 1})

bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *text);
bool slice_starts(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);
struct slice slice_trim(struct slice s);

/* Cuts off and returns what stands before the first `,` outside of strings. */
struct slice slice_next_operand(struct slice *rest);

struct token {
	struct slice text;
	bool is_symbol;
};

/* The next token of `rest`, which shrinks; false at the end. */
bool token_next(struct slice *rest, struct token *ret_token);

#endif
