// SPDX-License-Identifier: GPL-2.0-or-later
/* Running the real compiler. */
#ifndef CC_SPAWN_H
#define CC_SPAWN_H

#include <stdbool.h>

#include "base/error.h"
#include "cc/response.h"

enum { CC_SPAWN_QUIET = 1 }; /* its output goes nowhere */

/*
 * Runs the words and waits. `ret_status` is the exit code, 128 + signal if a
 * signal ended it. Many words (more than the kernel takes, since we expanded
 * response files) are handed over in a response file.
 */
struct error *cc_spawn(const struct cc_args *args, unsigned flags,
		       int *ret_status) MUST_CHECK;

/* Replaces this process; returns only if that fails. */
struct error *cc_become(const struct cc_args *compiler, char **argv) MUST_CHECK;

/*
 * The first line that the words print, without its end, and "" if they print
 * none or can't be run. The caller frees it.
 */
struct error *cc_first_line(const struct cc_args *args, char **ret_line)
	MUST_CHECK;

/* By its name, else by what --version prints. */
struct error *cc_is_clang(const struct cc_args *compiler, bool *ret_clang)
	MUST_CHECK;

#endif
