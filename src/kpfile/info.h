// SPDX-License-Identifier: GPL-2.0-or-later
/* One entry of .kpatch.info; see ARCHITECTURE.md, "The contract". */
#ifndef KPFILE_INFO_H
#define KPFILE_INFO_H

#include <stdint.h>

#define KPATCH_INFO_NEW 1u /* a new function: nothing is replaced */
#define KPATCH_INFO_RANGE                                                      \
	2u /* no thread may be inside, but no jump is written */

/* Bits 32..63 of flags: bytes of padding behind the original function. */
#define KPATCH_INFO_PADDING(flags) ((uint32_t)((flags) >> 32))

struct kpatch_info {
	uint64_t daddr; /* original function */
	uint64_t dlen;
	uint64_t saddr; /* its replacement */
	uint64_t slen;
	uint64_t name; /* in .kpatch.strtab */
	uint64_t flags;
};

_Static_assert(sizeof(struct kpatch_info) == 48, "as in kpatch.5");

#endif
