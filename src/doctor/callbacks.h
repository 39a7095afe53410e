/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What patches bring for data: functions that the patient calls at the safe
 * point (include/libcare.h, docs/callbacks.md), and variables that go from a
 * patch to the one that replaces it.
 *
 * A patch that comes in has its pre-patch and post-patch functions called, one
 * that goes out its pre-unpatch and post-unpatch functions; of one that is
 * replaced none: the new one knows what it replaces.
 */
#ifndef DOCTOR_CALLBACKS_H
#define DOCTOR_CALLBACKS_H

#include "doctor/plan.h"



struct callback {
	uint64_t function;
	uint64_t stack; /* its top */
	const char *name; /* in the source; within the state's name */
	const char *kind; /* "pre-patch" */
};

struct callbacks {
	struct callback *all; /* in the order in which they are called */
	size_t n, cap, before; /* the first ones before the code is switched */
};

/* Those of a plan: none if its callback_ms is 0. Free: callbacks_deinit(). */
void callbacks_collect(const struct plan *p, struct callbacks *ret);
void callbacks_deinit(struct callbacks *c);

bool callbacks_any(const struct plan *p);

/*
 * Before the switch, with all threads stopped: values of variables that are
 * kept. Nothing uses the new ones yet.
 */
struct error *callbacks_keep(const struct plan *p) MUST_CHECK;

/*
 * After the switch: what they left on their stacks looks like contexts to who
 * searches memory for some.
 */
void callbacks_wipe(const struct plan *p);

#endif
