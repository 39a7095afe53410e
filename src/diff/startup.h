// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions that run once, when the program or library is loaded: what a patch
 * changes in them has no effect. Private to src/diff.
 */
#ifndef DIFF_STARTUP_H
#define DIFF_STARTUP_H

#include "diff/match.h"

/*
 * ERR_FAILED names the first constructor that changed: a function that
 * .init_array and the like of `m->b` name, or one by which the compiler
 * initialises C++ variables. Those by which gcc registers a file with a
 * sanitizer are from here on taken for unchanged. `allowed`: names of those that may, with ","
 * between; NULL: none.
 */
struct error *startup_check(struct match *m, const char *allowed)
	MUST_CHECK;

#endif
