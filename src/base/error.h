// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Errors are values: a function that can fail returns `struct error *`, NULL
 * for success. An error carries a code (which is the program's exit code) and
 * one line of text to which callers add context on its way up. On failure a
 * function leaves its `ret_` parameters untouched.
 *
 * Libraries neither print nor exit; only the mains in src/kpatch_*.c do.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

/* Exit codes of every program of the project (see docs/man). */
enum error_code {
	ERR_OK = 0,
	ERR_FAILED = 1,    /* failed; the patient is as before */
	ERR_USAGE = 2,     /* wrong command line */
	ERR_NOTHING = 3,   /* nothing to do, no matching patch */
	ERR_PRIVILEGE = 4, /* not allowed */
	ERR_UNSAFE = 5,    /* not safe now, try again */
	ERR_BADFILE = 6,   /* malformed or foreign input file */
};

struct error {
	enum error_code code;
	char *message; /* one line, no newline, never NULL; of control
			  characters in the parameters there's a '?' left */
};

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define MUST_CHECK __attribute__((warn_unused_result))

/* A new error. Never returns NULL: without memory it returns a static one. */
struct error *error_new(enum error_code code, const char *fmt, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/*
 * A new error about a failed system call: "TEXT: strerror(err)". The code is
 * ERR_PRIVILEGE for EPERM and EACCES, else ERR_FAILED.
 */
struct error *error_errno(int err, const char *fmt, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/* Puts "CONTEXT: " before the message. Consumes `cause` (NULL stays NULL). */
struct error *error_context(struct error *cause, const char *fmt, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;

/*
 * The text of a message: one line, whatever names it repeats. Those of files,
 * processes and symbols come from outside, and a terminal obeys control
 * characters. NULL without memory; the caller frees it.
 */
char *error_format(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));

/* Out of memory, static; error_free() accepts it. */
extern struct error error_oom;

void error_free(struct error *err);

/* For `_cleanup_(error_freep)`. */
void error_freep(struct error **err);

/* Returns from the calling function if `expr` yields an error. */
#define TRY(expr)                                                              \
	do {                                                                   \
		struct error *try_err_ = (expr);                               \
		if (try_err_)                                                  \
			return try_err_;                                       \
	} while (0)

#endif
