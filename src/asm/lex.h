// SPDX-License-Identifier: GPL-2.0-or-later
/* Text → statements. Private to src/asm. */
#ifndef ASM_LEX_H
#define ASM_LEX_H

#include <stdint.h>

#include "asm/token.h"

struct lexer {
	const char *text;
	size_t len;
	size_t at;
	uint32_t line; /* of the next statement, from 1 */
};

struct lexeme {
	struct slice text; /* trimmed, not empty */
	bool is_label;     /* text is without ':' */
	uint32_t line;
};

/* The next label or statement; false at the end of the text. */
bool lex_next(struct lexer *lx, struct lexeme *ret_lexeme);

/* Offset just behind the line that holds `at`. */
size_t lex_line_end(const struct lexer *lx, size_t at);

#endif
