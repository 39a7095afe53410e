// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The switch: all threads are stopped, checked, and the jumps written or taken
 * back, for all objects of the plan or for none.
 */
#ifndef DOCTOR_COMMIT_H
#define DOCTOR_COMMIT_H

#include "doctor/plan.h"

#define DEFAULT_PARK_MS 100u
#define DEFAULT_CONTEXT_MS 60000u
#define DEFAULT_CALLBACK_MS 100u

struct commit_result {
	/* Parallel to plan.states: no stack or context points into it. */
	bool *unused;
	uint64_t *rsp;	  /* of the threads at the switch: below is nothing */
	size_t nrsp;
};

void commit_result_deinit(struct commit_result *r);

struct commit_options {
	unsigned int timeout_ms; /* for all tries */
	unsigned int retries;	 /* tries after the first, at most */
	unsigned int park_ms;	 /* that a thread is held in one try, at most */
	unsigned int context_ms; /* for one search of suspended contexts */
	bool skip_contexts;	 /* don't look for them */
	unsigned int callback_ms; /* for callbacks.h's before the switch, and
				     for those after; 0: call none */
};

/*
 * Carries out a prepared plan. Tries until the time is up, holding no thread
 * between tries. On failure the code is as before: ERR_UNSAFE if a thread or
 * a suspended context was in the way all the time, ERR_FAILED if the code has changed meanwhile. The
 * patches that went out are then in state RETIRED.
 */
struct error *commit(struct plan *p, const struct commit_options *options,
		     struct commit_result *ret) MUST_CHECK;

/*
 * After commit(): unmaps the patches that are RETIRED, those that went out just
 * now and earlier ones, if nothing points into them. (retire.c)
 */
void unmap_retired(struct plan *p, const struct commit_result *result,
		unsigned int timeout_ms);

/*
 * Looks for what a killed doctor left: attempts not finished are taken back,
 * memory not used is unmapped. `timeout_ms` for each. (recover.c)
 */
struct error *recover(struct target *t, unsigned int timeout_ms) MUST_CHECK;

#endif
