// SPDX-License-Identifier: GPL-2.0-or-later
/* Differences that a patch can't carry. Private to src/diff. */
#ifndef DIFF_CHECK_H
#define DIFF_CHECK_H

#include "diff/match.h"

/* ERR_FAILED with file, line and name for the first one. */
struct error *check_differences(struct match *m) MUST_CHECK;

#endif
