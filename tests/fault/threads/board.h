// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What patient and driver share: a page mapped from descriptor BOARD_FD, which
 * survives exec and fork.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>
#include <sys/types.h>

enum { BOARD_FD = 100 };

/* The low bits of `epoch`: what answer() must be. */
enum epoch_kind { EITHER, OLD, NEW };
enum { OLD_ANSWER = 86, NEW_ANSWER = 1086, EPOCH_STEP = 4 };

struct board {
	/* The patient's. */
	volatile int ready;
	volatile pid_t pid;       /* whom to patch */
	volatile uint64_t rounds; /* work done */
	volatile uint64_t checked; /* calls of answer() whose value was known */
	volatile uint64_t bad;
	char complaint[256]; /* the first */
	volatile uint64_t sent, handled, nested;
	volatile uint64_t sum_sent, sum_handled;
	volatile uint64_t execs;

	/* The driver's. */
	volatile uint32_t epoch; /* EPOCH_STEP * generation + enum epoch_kind */
	volatile int quit;       /* end with exit code 0 */
	volatile int go;         /* do it (what: by mode), once */
	volatile int hold;       /* don't begin anything new (senders, execs) */
	volatile uint32_t delay_us; /* how long after `go` */
};

#endif
