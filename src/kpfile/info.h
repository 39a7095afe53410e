// SPDX-License-Identifier: GPL-2.0-or-later
/* One entry of .kpatch.info; see ARCHITECTURE.md, "The contract". */
#ifndef KPFILE_INFO_H
#define KPFILE_INFO_H

#include <stdbool.h>
#include <stdint.h>

#define KPATCH_INFO_NEW 1u /* a new function: nothing is replaced */
#define KPATCH_INFO_RANGE                                                      \
	2u /* no thread may be inside, but no jump is written */

/*
 * With NEW: functions that the patient calls at the safe point, before and
 * after the code is switched (libcare.h). The first and third may refuse.
 */
#define KPATCH_INFO_PRE_PATCH 4u
#define KPATCH_INFO_POST_PATCH 8u
#define KPATCH_INFO_PRE_UNPATCH 16u
#define KPATCH_INFO_POST_UNPATCH 32u
#define KPATCH_INFO_CALLS 60u /* these four */
/*
 * With NEW, and nothing else: a variable. Where a patch replaces one that has
 * the same, of that name and size, it takes its value over.
 */
#define KPATCH_INFO_KEEP 64u

/* Are these (bits 0..31) of an entry? */
static inline bool kpatch_info_flags_valid(uint32_t flags)
{
	uint32_t rest = flags & ~KPATCH_INFO_NEW;

	if (rest == flags)
		return flags == 0 || flags == KPATCH_INFO_RANGE;
	return rest == KPATCH_INFO_KEEP || !(rest & ~KPATCH_INFO_CALLS);
}

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
