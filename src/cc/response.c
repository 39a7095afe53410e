// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/response.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#define MAX_DEPTH 50 /* a response file that names itself must end */

void cc_args_add(struct cc_args *a, const char *word)
{
	if (a->n + 1 >= a->cap) {
		a->cap = a->cap ? a->cap * 2 : 32;
		a->v = xrealloc(a->v, a->cap * sizeof(*a->v));
	}
	a->v[a->n++] = xstrdup(word);
	a->v[a->n] = NULL;
}

void cc_args_deinit(struct cc_args *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	free(a->v);
	*a = CC_ARGS_INIT;
}

void cc_args_split(struct cc_args *a, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " \t\n");

		if (len) {
			_autofree_ char *word = xstrndup(text, len);

			cc_args_add(a, word);
		}
		text += len;
		text += strspn(text, " \t\n");
	}
}

/* Reads one word at `p` into `word`; returns what follows it. */
static const char *quoted_word(const char *p, struct buf *word)
{
	char quote = 0;

	for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
		if (*p == '\\' && p[1])
			buf_add(word, ++p, 1);
		else if (*p == quote)
			quote = 0;
		else if (!quote && (*p == '\'' || *p == '"'))
			quote = *p;
		else
			buf_add(word, p, 1);
	}
	return p;
}

static struct error *expand(struct cc_args *a, const char *word, int depth)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;

	if (word[0] != '@') {
		cc_args_add(a, word);
		return NULL;
	}
	if (depth == MAX_DEPTH)
		return error_new(ERR_BADFILE, "%s: response files are nested "
				 "too deep", word + 1);
	struct error *err = file_read(word + 1, 0, &text);
	if (err) {
		/* as gcc: "@foo" is then a file's name */
		error_free(err);
		cc_args_add(a, word);
		return NULL;
	}
	const char *p = text.data ? text.data : "";
	while (*(p += strspn(p, " \t\n\r\f\v"))) {
		_cleanup_(buf_deinit) struct buf one = BUF_INIT;

		p = quoted_word(p, &one);
		TRY(expand(a, one.data ? one.data : "", depth + 1));
	}
	return NULL;
}

struct error *cc_args_expand(struct cc_args *a, const char *word)
{
	return expand(a, word, 0);
}

char *cc_args_quoted(char *const *words)
{
	struct buf text = BUF_INIT;

	buf_add_str(&text, "");
	for (; *words; words++) {
		buf_add_str(&text, "\"");
		for (const char *p = *words; *p; p++) {
			if (*p == '"' || *p == '\\')
				buf_add_str(&text, "\\");
			buf_add(&text, p, 1);
		}
		buf_add_str(&text, "\"\n");
	}
	return text.data ? text.data : xstrdup("");
}
