// SPDX-License-Identifier: GPL-2.0-or-later
/* What a debugger needs to know of a patch in a process. */
#ifndef DOCTOR_SYMFILE_H
#define DOCTOR_SYMFILE_H

#include "doctor/state.h"

/*
 * An ELF file with the patch's functions and its call-frame information, at
 * the addresses that they have in the process. Fails as target_read() does.
 */
struct error *symfile_make(struct target *t, const struct state *s,
			   struct buf *ret_elf) MUST_CHECK;

#endif
