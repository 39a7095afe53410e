/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several processes at work on a list of items. What each says is passed on
 * in the order of the list, so that it looks as if one had done it all.
 */
#ifndef BASE_WORKERS_H
#define BASE_WORKERS_H

#include "base/buf.h"

/* In a worker: text for the answer goes to `out`. */
typedef struct error *work_fn(void *arg, size_t i, struct buf *out);

/* In the caller, for each item once, ascending. Consumes `err`. */
typedef void answer_fn(void *arg, size_t i, const char *text,
		       struct error *err);

/*
 * `count` workers at most; with one, or one item, the caller does it itself.
 * Items of a worker that was killed are answered with ERR_FAILED, which says
 * so. Workers end with the caller, by SIGTERM. Nothing fails.
 */
void workers_run(size_t n, unsigned int count, work_fn *work,
		 answer_fn *answer, void *arg);

/* How many pay: the CPUs that we may use, 8 at most. */
unsigned int workers_count(void);

#endif
