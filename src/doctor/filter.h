// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of many processes there is something to do in. Most have nothing, and
 * are found out with their maps and one read of memory; they are not opened,
 * not locked, not attached to.
 */
#ifndef DOCTOR_FILTER_H
#define DOCTOR_FILTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/store.h"

struct filter {
	const struct store *store; /* NULL: look for patches that are applied */
	struct buildid *absent;	   /* those that the store has nothing for */
	size_t n, cap;
};

/* Remembers what isn't in the store: for one run over all processes. */
void filter_init(struct filter *f, const struct store *store);
void filter_deinit(struct filter *f);

/*
 * Whether the process may have an object that the store has a patch for, or
 * memory of a patch. False only if it certainly hasn't: what cannot be read or
 * understood passes, and is for doctor_patch() to report.
 */
bool filter_passes(struct filter *f, pid_t pid);

#endif
