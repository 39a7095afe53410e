/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the patient tells the harness, in memory that both map, and the
 * functions that get patched.
 */
#ifndef SHARED_H
#define SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SHARED_FD 3 /* where the patient finds the memory */

/* The last ones are in a library. */
enum { MAX_THREADS = 64, FUNCTIONS = 9, OF_PROGRAM = 7, LEVELS = 3 };

struct thread_report {
	_Atomic uint64_t beats;	   /* rounds done */
	_Atomic uint64_t switches; /* times that old became new, or new old */
	_Atomic uint32_t level;	   /* by the results of the last round */
	_Atomic int32_t tid;
	_Atomic uint32_t wants; /* what it waits for: enum want */
	_Atomic uint32_t signals; /* handled */
};

struct shared {
	_Atomic uint32_t nthreads, ready, errors;
	/*
	 * Calls that returned EINTR and may do so after a stop, as by SIGSTOP
	 * (signal(7)), if the doctor is killed before it can repair that.
	 */
	_Atomic uint32_t interrupted;
	char error[200]; /* the first one */
	char interruption[100]; /* the last of `interrupted` */
	uint32_t mode;		      /* enum mode */
	uint64_t function[FUNCTIONS]; /* addresses */
	struct thread_report thread[MAX_THREADS];
};

/*
 * What kind of patient it is. In those that can't carry out the switch
 * themselves a doctor that is killed may leave old and new functions side by
 * side.
 */
enum mode {
	MODE_PLAIN,
	MODE_FILTER, /* a seccomp filter forbids pwrite64 */
	MODE_NO_PROC, /* its root has no /proc */
	MODE_BUSY, /* always in a function that is replaced */
	MODE_SPIN, /* no thread ever sleeps, and signals come all the time */
	MODE_PAGE, /* all functions in one page: written from outside at once */
	MODE_TWO, /* the program and a library are patched together */
	/* It gets SIGSTOP, and goes on only after the next doctor. */
	MODE_STOPPED,
	MODES,
};

static inline bool mode_may_be_torn(uint32_t mode)
{
	return mode == MODE_FILTER || mode == MODE_NO_PROC;
}

/* Where the doctor writes the code itself. */
static inline bool mode_is_written_to(uint32_t mode)
{
	return mode_may_be_torn(mode) || mode == MODE_PAGE;
}

enum want { WANT_NOTHING, WANT_BYTE, WANT_SIGNAL };

/*
 * By function and level: what it adds to eight times its argument. That is the
 * level whose code runs, where 0 is the original.
 */
static const uint8_t levels_of_functions[LEVELS][FUNCTIONS] = {
	{0, 0, 0, 0, 0, 0, 0, 0, 0},
	{1, 1, 1, 0, 1, 0, 1, 1, 1},
	{2, 2, 0, 2, 0, 2, 2, 2, 0},
};

static inline int expected_level(uint32_t mode, int level, int function)
{
	if (function >= OF_PROGRAM && mode != MODE_TWO)
		return 0;
	return levels_of_functions[level][function];
}

/* By enum mode: the patient's argument, and the harness's. */
static const char *const mode_names[MODES] = {
	"plain", "filter", "no-proc", "busy", "spin", "page", "two", "stopped",
};

#endif
