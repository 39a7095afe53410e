/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to all processes, several at a time. */
#ifndef DOCTOR_ALL_H
#define DOCTOR_ALL_H

#include "doctor/doctor.h"
#include "doctor/filter.h"

/* To one of them; what is said about it goes to `out`. */
typedef struct error *one_fn(void *arg, pid_t pid,
			     struct census *census, struct buf *out);

/* What came of it for one of them: `err` NULL, or a failure. */
typedef void tell_fn(const char *text, const struct error *err);

struct all_tally {
	size_t done, nothing, failed; /* processes */
	enum error_code worst; /* of the failures: that which says most */
};

/*
 * To all but ourselves and init that pass `filter` (NULL: to all). Of each,
 * in their order, `tell` learns what came of it, but for those with nothing to
 * do. Processes that end meanwhile count for nothing.
 */
struct error *doctor_for_all(struct filter *filter, one_fn *one, void *arg,
			     tell_fn *tell,
			     struct all_tally *ret_tally) MUST_CHECK;

#endif
