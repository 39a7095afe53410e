// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparison of statements by what they refer to. Private to src/diff. */
#ifndef DIFF_COMPARE_H
#define DIFF_COMPARE_H

#include "diff/match.h"

/* Both parts of the functions: instructions and what they refer to. */
bool compare_funcs(struct match *m, struct func *fa, struct func *fb);

/*
 * The same definition: section, alignment, bytes and referents; for .comm
 * size and alignment. `fa`, `fb`: whose code labels may occur, or NULL.
 */
bool compare_data(struct match *m, struct asm_atom *da, struct asm_atom *db);
bool compare_definitions(struct match *m, const struct asm_sym *x,
			 const struct asm_sym *y);

/* The same section, but for the symbol's name that -fdata-sections appends. */
bool compare_sections(const struct asm_atom *da, const struct asm_atom *db);

/* Forgets remembered results: after pairs were made. */
void compare_forget(struct asm_file *b);

/* Makes, or takes back, a pair of symbols and of the functions they name. */
void match_pair(struct asm_sym *x, struct asm_sym *y);
void match_unpair(struct asm_sym *y);

#endif
