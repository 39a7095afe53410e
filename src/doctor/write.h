/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the code of a stopped process is switched: all jumps of a plan come or
 * go, and the states in the patient with them.
 */
#ifndef DOCTOR_WRITE_H
#define DOCTOR_WRITE_H

#include "doctor/plan.h"
#include "doctor/snapshot.h"

/* One place in the code, and what it gets. */
struct write {
	uint64_t addr;
	uint32_t len;
	const uint8_t *before, *after;
	uint64_t source; /* where `after` is in the patient */
	bool data;	 /* a word that no thread executes */
	const char *name;
};

struct writes {
	struct write *all; /* in the order in which they are done */
	size_t n, cap, done;
	size_t code, ncode; /* of them, those that are code: all[code] on */
	struct snapshot expected; /* code and words as they are to be found */
	bool calls_back; /* callbacks.h: it has to be `self` */
	struct self_write *self; /* self_write.h; NULL: the doctor writes */
};

/* Lists what a plan writes; begin with `*w` zeroed. */
void writes_collect(const struct plan *p, struct writes *w);

/* With some threads parked, or none: what is better done before all stop. */
void writes_park(struct plan *p, struct writes *w);
void writes_deinit(struct writes *w);

/*
 * While the process runs: compares the code with what the plan was made for,
 * so that in the stop it only has to be the same still.
 */
struct error *writes_ready(struct plan *p, struct writes *w) MUST_CHECK;

/*
 * With all threads stopped: checks that the code is as writes_ready() found it
 * (or else what the plan was made for), then writes. On failure the code is as before, or recover() finds by the
 * states in the patient what is to be taken back.
 */
struct error *writes_switch(struct plan *p, struct writes *w) MUST_CHECK;

/* Whether what was written is there: a report, not a repair. */
struct error *writes_verify(struct plan *p, const struct writes *w) MUST_CHECK;

#endif
