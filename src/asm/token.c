// SPDX-License-Identifier: GPL-2.0-or-later
#include "asm/token.h"

#include <ctype.h>
#include <string.h>

bool slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool slice_is(struct slice a, const char *text)
{
	return a.n == strlen(text) && memcmp(a.p, text, a.n) == 0;
}

bool slice_starts(struct slice a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

bool slice_ends(struct slice a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.n >= n && memcmp(a.p + a.n - n, suffix, n) == 0;
}

struct slice slice_trim(struct slice s)
{
	while (s.n && isspace((unsigned char)s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Length of the string literal at the start of `s`, quotes included. */
static size_t string_length(struct slice s)
{
	size_t i = 1;

	while (i < s.n && s.p[i] != '"')
		i += s.p[i] == '\\' ? 2 : 1;
	return i < s.n ? i + 1 : s.n;
}

struct slice slice_next_operand(struct slice *rest)
{
	size_t i = 0;

	if (!rest->n)
		return *rest;
	while (i < rest->n && rest->p[i] != ',') {
		if (rest->p[i] == '"') {
			struct slice tail = {rest->p + i, rest->n - i};
			i += string_length(tail);
		} else {
			i++;
		}
	}

	struct slice operand = slice_trim((struct slice){rest->p, i});
	size_t skip = i < rest->n ? i + 1 : i;
	rest->p += skip;
	rest->n -= skip;
	return operand;
}

static inline bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$' ||
	       (c & 0x80);
}

static size_t word_length(struct slice s, size_t from)
{
	while (from < s.n && is_word(s.p[from]))
		from++;
	return from;
}

/* `{%k1}{z}`, `{rn-sae}`; and C comments in inline assembly. */
static size_t bracket_length(struct slice s)
{
	if (s.p[0] == '{') {
		const char *end = memchr(s.p, '}', s.n);
		return end ? (size_t)(end - s.p) + 1 : s.n;
	}
	for (size_t i = 2; i + 1 < s.n; i++)
		if (s.p[i] == '*' && s.p[i + 1] == '/')
			return i + 2;
	return s.n;
}

bool token_next(struct slice *rest, struct token *ret_token)
{
	struct slice s = *rest;
	struct token t = {.is_symbol = false};
	size_t n = 1;

	if (s.n == 0)
		return false;

	char c = s.p[0];
	if (c == '"') {
		n = string_length(s);
	} else if (c == '%' || c == '@' || isdigit((unsigned char)c)) {
		n = word_length(s, 1);
	} else if (c == '{' || (c == '/' && s.n > 1 && s.p[1] == '*')) {
		n = bracket_length(s);
	} else if (c != '$' && is_word(c)) {
		n = word_length(s, 1);
		t.is_symbol = !(n == 1 && c == '.');
	}
	t.text = (struct slice){s.p, n};
	rest->p += n;
	rest->n -= n;
	*ret_token = t;
	return true;
}
