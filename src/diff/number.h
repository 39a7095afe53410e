// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pairs of names that end in a number the compiler chose (`count.3`,
 * `f.isra.0`): found by what the functions do with them. Private to src/diff.
 */
#ifndef DIFF_NUMBER_H
#define DIFF_NUMBER_H

#include "diff/match.h"

/*
 * Pairs what can be paired. ERR_FAILED, naming the variable, if a writable
 * one could be either of several: its value must not be lost.
 */
struct error *number_pairs(struct match *m) MUST_CHECK;

/*
 * During a comparison: may x and y be the same thing though they aren't
 * paired yet? If so they are from now on.
 */
bool number_suppose(struct match *m, struct asm_sym *x, struct asm_sym *y);

#endif
