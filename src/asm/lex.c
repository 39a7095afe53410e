// SPDX-License-Identifier: GPL-2.0-or-later
#include "asm/lex.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

size_t lex_line_end(const struct lexer *lx, size_t at)
{
	const char *nl = memchr(lx->text + at, '\n', lx->len - at);

	return nl ? (size_t)(nl - lx->text) + 1 : lx->len;
}

static size_t skip_string(const struct lexer *lx, size_t i)
{
	for (i++; i < lx->len && lx->text[i] != '"' && lx->text[i] != '\n'; i++)
		if (lx->text[i] == '\\' && i + 1 < lx->len)
			i++;
	return i < lx->len ? i + 1 : i;
}

/* Steps over a comment between slash-star and star-slash, counting lines. */
static size_t skip_comment(struct lexer *lx, size_t i)
{
	for (i += 2; i < lx->len; i++) {
		if (lx->text[i] == '\n')
			lx->line++;
		if (lx->text[i] == '*' && i + 1 < lx->len &&
		    lx->text[i + 1] == '/')
			return i + 2;
	}
	return i;
}

static bool comment_at(const struct lexer *lx, size_t i)
{
	return lx->text[i] == '/' && i + 1 < lx->len && lx->text[i + 1] == '*';
}

/* To the first byte of a statement; false at the end. */
static bool skip_blank(struct lexer *lx)
{
	while (lx->at < lx->len) {
		char c = lx->text[lx->at];

		if (c == '\n')
			lx->line++;
		if (c == '#') {
			const char *nl = memchr(lx->text + lx->at, '\n',
						lx->len - lx->at);
			lx->at = nl ? (size_t)(nl - lx->text) : lx->len;
		} else if (comment_at(lx, lx->at)) {
			lx->at = skip_comment(lx, lx->at);
		} else if (c == ';' || isspace((unsigned char)c)) {
			lx->at++;
		} else {
			return true;
		}
	}
	return false;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' ||
	       (c & 0x80);
}

bool lex_next(struct lexer *lx, struct lexeme *ret_lexeme)
{
	if (!skip_blank(lx))
		return false;

	size_t start = lx->at, i = start;
	struct lexeme out = {.line = lx->line};

	while (i < lx->len && is_name(lx->text[i]))
		i++;
	if (i > start && i < lx->len && lx->text[i] == ':') {
		out.is_label = true;
		out.text = (struct slice){lx->text + start, i - start};
		lx->at = i + 1;
		*ret_lexeme = out;
		return true;
	}
	for (i = start; i < lx->len;) {
		char c = lx->text[i];

		if (c == '\n' || c == ';' || c == '#')
			break;
		if (c == '"')
			i = skip_string(lx, i);
		else if (comment_at(lx, i))
			i = skip_comment(lx, i);
		else
			i++;
	}
	out.text = slice_trim((struct slice){lx->text + start, i - start});
	lx->at = i;
	*ret_lexeme = out;
	return true;
}
