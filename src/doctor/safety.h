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

/* What is known of a stopped thread. */
struct stack {
	pid_t tid;
	struct user_regs_struct regs;
	uint64_t lo;   /* rsp */
	size_t first, count; /* words, in safety.words */
	bool own;      /* known to be the thread's base stack, and read */
	bool signal;   /* a return to a signal trampoline is on it */
	bool clear;    /* checked, and not in the way: stays so while stopped */
	bool busy;     /* in the way at the last check */
};

struct safety {
	struct target *t;
	const struct plan *plan;
	struct danger *dangers; /* ascending, without overlaps */
	size_t ndangers, cap;
	struct unwinder *uw;
	struct frame *frames;
	/* In the order of t->threads at the last check. */
	struct stack *stacks;
	size_t nstacks, stacks_cap;
	size_t *due; /* of stacks: those that the check at hand is of */
	size_t ndue;
	uint64_t *words;
	size_t nwords, words_cap;
	struct iorange *ranges; /* room for one for each stack */
	struct trampolines *trampolines;
	size_t nbusy;
	/*
	 * Set by who is ready to hold others until all have left: then
	 * safety_check() looks at all threads, and safety_may_move() names any
	 * number, sleeping ones too.
	 */
	bool all_may_move;
};

/* Made while the process runs; `p` and its target must outlive it. */
struct error *safety_init(struct plan *p, struct safety *ret) MUST_CHECK;
void safety_deinit(struct safety *s);

/* Forgets earlier checks: before a new stop. Makes room for its threads. */
void safety_begin(struct safety *s);

/*
 * After target_park(): checks the threads that sleep in a system call. NULL if
 * they are clear; they needn't be looked at again during this stop. ERR_UNSAFE
 * names one that isn't, the function and a backtrace.
 */
struct error *safety_check_parked(struct safety *s) MUST_CHECK;

/*
 * After target_stop() and target_let_run(): likewise, of all threads that
 * weren't found clear yet.
 */
struct error *safety_check(struct safety *s) MUST_CHECK;

/*
 * After a check that failed: whether all threads in the way are running, and
 * few, so that letting them run on may help. What it returns is parallel to
 * t->threads, for target_let_run(); the caller frees. NULL: it won't help.
 */
bool *safety_may_move(const struct safety *s);

/* Of stacks.c: reads the stacks in s->due; marks signal trampolines. */
void stacks_read(struct safety *s);
struct trampolines *trampolines_create(const struct maps *m);
void trampolines_destroy(struct trampolines *tr);

/*
 * Whether at the last check a register or stack word of a thread pointed into
 * [lo, hi); the process may run again. True if that couldn't be read.
 */
bool safety_points_into(struct safety *s, uint64_t lo, uint64_t hi);

/* "name (+0x1a)" of a place in code: of a patch, a replaced function, ... */
void safety_describe(const struct safety *s, uint64_t addr, struct buf *out);

/* ", called from ..." for frames[from..n). */
void safety_describe_callers(const struct safety *s, const struct frame *frames,
			     size_t from, size_t n, struct buf *out);

#endif
