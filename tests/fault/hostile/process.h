// SPDX-License-Identifier: GPL-2.0-or-later
/* The patient, and runs of the doctor. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "shared.h"

struct patient {
	pid_t pid;
	struct shared *shared;
};

/* Exits if it doesn't start. It dies with us. */
void patient_start(const char *exe, struct patient *ret);

/* What must be the same before and after a file that was refused. */
struct snapshot {
	char *maps;	/* all of /proc/PID/maps: so of VmSize as well */
	unsigned int fds, threads;
	uint64_t code;	/* a hash of all executable memory, or of its own */
};

/* `all`: with the code of libc and ld.so. */
void snapshot_take(const struct patient *p, bool all, struct snapshot *ret);
void snapshot_deinit(struct snapshot *s);

/* NULL if they are equal; else a text, static, that says what isn't. */
const char *snapshot_compare(const struct snapshot *a,
			     const struct snapshot *b);

/* NULL if it lives, goes on, and finds nothing wrong; else what is. */
const char *patient_check(struct patient *p);

/* NULL if its replaced functions answer like this; else what they do. */
const char *patient_ask(struct patient *p, const int32_t want[2]);

struct run {
	int code;	/* exit code; -1: killed by a signal */
	int signal;	/* -1: killed by us, having taken too long */
	long ms;
	char text[4096]; /* of stdout and stderr, its begin */
};

/* Runs a program, args[0], to its end or for at most a minute. */
void run_program(char *const args[], struct run *ret);

#endif
