// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a patch's author says in the source by libcare.h: names in sections
 * .libcare.KIND, which go into no patch. Private to src/diff.
 */
#ifndef DIFF_MARKERS_H
#define DIFF_MARKERS_H

#include "diff/match.h"

/*
 * Sets `marks` of the symbols that m->b marks, and carries out MARK_IGNORE and
 * MARK_FORCE for functions: they are taken for equal, or for changed. A name
 * means its numbered and cloned forms as well (`count.3`, `f.part.0`).
 * ERR_FAILED names a mark that means no symbol of the file, or can't be met.
 */
struct error *markers_apply(struct match *m) MUST_CHECK;

/* What they mean in the flags of .kpatch.info: KPATCH_INFO_CALLS or a part. */
unsigned int markers_calls(const struct asm_sym *s);

#endif
