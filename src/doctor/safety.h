// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a stopped process can be switched: no thread executes, or will
 * return into, what is replaced. Unknown is unsafe.
 */
#ifndef DOCTOR_SAFETY_H
#define DOCTOR_SAFETY_H

#include "doctor/plan.h"
#include "unwind/unwind.h"

/* Code that no thread may be in. */
struct danger {
	uint64_t lo, hi;
	const char *name;
	/*
	 * The entry of a replaced function, and where its jump is written: a
	 * thread that is about to execute these has not begun the function.
	 */
	uint64_t entry, jump; /* 0: none */
};

struct stack {
	uint64_t lo;   /* rsp */
	size_t first, count; /* words, in safety.words */
	bool own;      /* known to be the thread's base stack, and read */
	bool signal;   /* a return to a signal trampoline is on it */
};

struct safety {
	struct target *t;
	const struct plan *plan;
	struct danger *dangers; /* ascending, without overlaps */
	size_t ndangers, cap;
	struct unwinder *uw;
	struct frame *frames;
	struct stack *stacks; /* parallel to t->threads, from the last check */
	size_t nstacks;
	uint64_t *words;
	size_t words_cap;
	struct trampolines *trampolines;
	bool *busy; /* parallel to t->threads, from the last check */
	size_t nbusy;
};

/* Made while the process runs; `p` and its target must outlive it. */
struct error *safety_init(struct plan *p, struct safety *ret) MUST_CHECK;
void safety_deinit(struct safety *s);

/*
 * NULL if all stopped threads are clear. ERR_UNSAFE names one that isn't, the
 * function and a backtrace.
 */
struct error *safety_check(struct safety *s) MUST_CHECK;

/*
 * After a check that failed: whether all threads in the way are running, and
 * few, so that letting them run on (safety.busy) may help.
 */
bool safety_may_move(const struct safety *s);

/* Of stacks.c: reads all stacks; marks those with signal trampolines. */
void stacks_read(struct safety *s);
struct trampolines *trampolines_create(const struct maps *m);
void trampolines_destroy(struct trampolines *tr);

/*
 * After safety_check(): whether a register or stack word of a stopped thread points into
 * [lo, hi). True if that can't be read.
 */
bool safety_points_into(struct safety *s, uint64_t lo, uint64_t hi);

#endif
