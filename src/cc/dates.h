// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * __DATE__ and __TIME__ are those of the original build in the patched one,
 * too: otherwise what prints them would differ, though nobody changed it.
 */
#ifndef CC_DATES_H
#define CC_DATES_H

#include "cc/response.h"

#include <time.h>

/* As the compiler writes them; "" if there is none. */
struct dates {
	char date[12]; /* "Nov  3 2026" */
	char time[9];  /* "05:31:07" */
};

/*
 * Looks for them in `text`, the original's assembly, which was written at
 * `written`: a date of that day or the day before, and a time of the hour
 * before. (Local time, as in the compiler.)
 */
struct dates dates_find(const char *text, size_t len, time_t written);

/* The same of a file; nothing found if it can't be read. */
struct dates dates_of_file(const char *path);

/* The present. */
struct dates dates_now(void);

/* Options for gcc or clang that define the macros so. */
void dates_add(const struct dates *d, struct cc_args *args);

#endif
