// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/lines.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* The text up to a place in a C source, as far as it matters here. */
struct scanner {
	enum { CODE, COMMENT, RAW_STRING } state;
	bool continued; /* the line ends with a backslash */
	bool directive;
	unsigned int depth; /* of parentheses */
	unsigned int saved[64], nsaved; /* depth at each open #if */
	const char *raw_end; /* of a raw string: )delimiter" */
	size_t raw_len;
	bool has_lines; /* a #line, or # NUMBER */
};

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static bool starts(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

/* Branches of an #if may each have the same opening parenthesis. */
static void scan_directive(struct scanner *s, const char *p, const char *end)
{
	p = skip_blanks(p + 1, end);
	if (p < end && (isdigit((unsigned char)*p) || starts(p, end, "line")))
		s->has_lines = true;
	if (starts(p, end, "if")) {
		if (s->nsaved < sizeof(s->saved) / sizeof(s->saved[0]))
			s->saved[s->nsaved] = s->depth;
		s->nsaved++;
	} else if (starts(p, end, "el") && s->nsaved &&
		   s->nsaved <= sizeof(s->saved) / sizeof(s->saved[0])) {
		s->depth = s->saved[s->nsaved - 1];
	} else if (starts(p, end, "endif") && s->nsaved) {
		s->nsaved--;
	}
}

/* Behind a "..." or '...' that begins at p; strings end with their line. */
static const char *skip_quoted(const char *p, const char *end)
{
	char quote = *p++;

	while (p < end && *p != quote)
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p < end ? p + 1 : end;
}

/* A number may have ' in it (C++14, C23). */
static const char *skip_word(const char *p, const char *end)
{
	bool number = isdigit((unsigned char)*p);

	while (p < end && (isalnum((unsigned char)*p) || *p == '_' ||
			   (number && (*p == '.' || *p == '\''))))
		p++;
	return p;
}

static bool is_raw_prefix(const char *p, const char *end)
{
	static const char *const prefixes[] = {"R", "LR", "uR", "UR", "u8R"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strlen(prefixes[i]) == (size_t)(end - p) &&
		    starts(p, end, prefixes[i]))
			return true;
	return false;
}

/* R"delimiter( ... )delimiter", with p behind the R. */
static const char *begin_raw(struct scanner *s, const char *p, const char *end)
{
	const char *open = memchr(p, '(', (size_t)(end - p));

	if (!open)
		return end;
	s->state = RAW_STRING;
	s->raw_end = p + 1;
	s->raw_len = (size_t)(open - p - 1);
	return open + 1;
}

static const char *skip_raw(struct scanner *s, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p != ')' || (size_t)(end - p) < s->raw_len + 2 ||
		    memcmp(p + 1, s->raw_end, s->raw_len) != 0 ||
		    p[s->raw_len + 1] != '"')
			continue;
		s->state = CODE;
		return p + s->raw_len + 2;
	}
	return end;
}

static const char *skip_comment(struct scanner *s, const char *p,
				const char *end)
{
	for (; p + 1 < end; p++) {
		if (p[0] != '*' || p[1] != '/')
			continue;
		s->state = CODE;
		return p + 2;
	}
	return end;
}

static const char *scan_code(struct scanner *s, const char *p, const char *end)
{
	if (starts(p, end, "/*")) {
		s->state = COMMENT;
		return p + 2;
	}
	if (starts(p, end, "//"))
		return end;
	if (*p == '"' || *p == '\'')
		return skip_quoted(p, end);
	if (isalnum((unsigned char)*p) || *p == '_') {
		const char *behind = skip_word(p, end);

		if (behind < end && *behind == '"' && is_raw_prefix(p, behind))
			return begin_raw(s, behind, end);
		return behind;
	}
	if (*p == '(' && !s->directive)
		s->depth++;
	if (*p == ')' && !s->directive && s->depth)
		s->depth--;
	return p + 1;
}

static void scan_line(struct scanner *s, const char *p, const char *end)
{
	const char *first = skip_blanks(p, end);

	if (s->state == CODE && !s->continued) {
		s->directive = first < end && *first == '#';
		if (s->directive)
			scan_directive(s, first, end);
		else if (p < end && *p == '}')
			s->depth = 0; /* the end of a function */
	}
	s->continued = end > p && end[-1] == '\\';
	while (p < end) {
		if (s->state == COMMENT)
			p = skip_comment(s, p, end);
		else if (s->state == RAW_STRING)
			p = skip_raw(s, p, end);
		else
			p = scan_code(s, p, end);
	}
}

/* May a directive stand behind the line scanned last? */
static bool is_between(const struct scanner *s)
{
	return s->state == CODE && !s->continued && !s->depth;
}

/* From line `from` of the patched source on, lines have moved by `by`. */
struct move {
	unsigned long from;
	long by;
};

struct moves {
	struct move *all;
	size_t n, cap;
};

static void moves_deinit(struct moves *m)
{
	free(m->all);
}

/* "@@ -10,2 +10,5 @@": counts of 1 are left out. */
static bool parse_hunk(const char *line, struct move *ret_move)
{
	unsigned long from, to, nfrom = 1, nto = 1;
	char *p;

	if (strncmp(line, "@@ -", 4) != 0)
		return false;
	from = strtoul(line + 4, &p, 10);
	if (*p == ',')
		nfrom = strtoul(p + 1, &p, 10);
	if (strncmp(p, " +", 2) != 0)
		return false;
	to = strtoul(p + 2, &p, 10);
	if (*p == ',')
		nto = strtoul(p + 1, &p, 10);
	if (strncmp(p, " @@", 3) != 0)
		return false;
	/* Of no lines, the number is that of the line before them. */
	from += nfrom ? nfrom : 1;
	to += nto ? nto : 1;
	*ret_move = (struct move){to, (long)from - (long)to};
	return true;
}

static struct error *parse_diff(const struct buf *diff, struct moves *m)
{
	const char *p = diff->data ? diff->data : "";

	while (*p) {
		const char *end = strchr(p, '\n');
		struct move move;

		if (!strncmp(p, "@@", 2)) {
			if (!parse_hunk(p, &move))
				return error_new(ERR_BADFILE, "%.*s: not a "
						 "hunk of diff -U0",
						 (int)strcspn(p, "\n"), p);
			VEC_GROW(m->all, m->n, m->cap);
			m->all[m->n++] = move;
		}
		p = end ? end + 1 : p + strlen(p);
	}
	return NULL;
}

static void add_lines(const struct buf *source, const struct moves *m,
		      struct scanner *s, struct buf *out)
{
	const char *p = source->data, *all = p + source->len;
	unsigned long line = 1;
	long by = 0;

	for (size_t next = 0; p < all; line++) {
		const char *end = memchr(p, '\n', (size_t)(all - p));
		long wanted = by;

		while (next < m->n && m->all[next].from <= line)
			next++;
		if (next)
			wanted = m->all[next - 1].by;
		if (wanted != by && is_between(s)) {
			buf_addf(out, "#line %ld\n", (long)line + wanted);
			by = wanted;
		}
		scan_line(s, p, end ? end : all);
		end = end ? end + 1 : all;
		buf_add(out, p, (size_t)(end - p));
		p = end;
	}
}

struct error *lines_keep(const struct buf *source, const struct buf *diff,
			 struct buf *ret_text)
{
	_cleanup_(moves_deinit) struct moves m = {0};
	struct scanner s = {0};
	struct buf out = BUF_INIT;

	TRY(parse_diff(diff, &m));
	add_lines(source, &m, &s, &out);
	if (s.has_lines) {
		buf_deinit(&out);
		buf_add(&out, source->data, source->len);
	}
	*ret_text = out;
	return NULL;
}
