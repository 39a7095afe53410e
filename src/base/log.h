// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a program says of its work on stderr, beside its one error line.
 * `log_level` is the program's option (-v raises it), set once by a main.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

enum log_level {
	LOG_WARN = 0,
	LOG_INFO = 1,  /* -v: each step */
	LOG_DEBUG = 2, /* -v -v: details */
};

extern enum log_level log_level;

void log_at(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/* The last thing a main does: prints "PROGRAM: MESSAGE", frees, exit code. */
int report(const char *program, struct error *err);

/* The same with C++ names as in the source: for programs that build. */
int report_plain(const char *program, struct error *err);

#endif
