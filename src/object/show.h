// SPDX-License-Identifier: GPL-2.0-or-later
/* What `kpatch_user show FILE` prints. */
#ifndef OBJECT_SHOW_H
#define OBJECT_SHOW_H

#include <stdio.h>

#include "base/error.h"
#include "kpfile/kpfile.h"

/*
 * Prints labels, functions, data, imports and relocations of a patch. What
 * comes from the file is printed without control characters. ERR_BADFILE if
 * its object is malformed; the labels are printed by then.
 */
struct error *kpfile_show(const struct kpfile *kp, FILE *out) MUST_CHECK;

#endif
