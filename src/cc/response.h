// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of words, and response files (@file) as gcc and clang read them. */
#ifndef CC_RESPONSE_H
#define CC_RESPONSE_H

#include <stddef.h>

#include "base/error.h"

/* Words for exec: `v` ends with NULL once something was added. */
struct cc_args {
	char **v;
	size_t n, cap;
};

#define CC_ARGS_INIT ((struct cc_args){0})

void cc_args_add(struct cc_args *a, const char *word);
void cc_args_deinit(struct cc_args *a);

/* Adds the words of `text`, divided at white space (a KPATCH_CC variable). */
void cc_args_split(struct cc_args *a, const char *text);

/*
 * Adds `word`, or if it is @FILE and FILE can be read, the words in FILE: white
 * space divides, '...' and "..." quote, a backslash quotes the next character.
 */
struct error *cc_args_expand(struct cc_args *a, const char *word) MUST_CHECK;

/* The text of a response file with these words. The caller frees it. */
char *cc_args_quoted(char *const *words);

#endif
