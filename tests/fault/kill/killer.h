/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kills doctors at chosen moments and looks at what became of the patient.
 */
#ifndef KILLER_H
#define KILLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "patient/shared.h"

/* ---- run.c: doctors ---- */

/* A stop at the entry or exit of a system call. */
struct moment {
	long nr, arg; /* arg: the first one, ptrace's request */
};

struct run {
	const char *const *argv;
	size_t kill_at; /* the number of a stop, from 1; 0: never */
	bool important; /* only stops of calls that alter the patient count */
	int64_t kill_us; /* or so long after the start; -1: never */
	/* What came out: */
	bool killed;
	int code;     /* exit code, -1 if killed or crashed */
	size_t stops; /* with run_traced(): those that count */
	int64_t us;
	char output[4096];
	struct moment last; /* the last one that counted */
};

/* Follows the doctor from system call to system call. */
void run_traced(struct run *r);

/* Lets it run; kills it at kill_us. */
void run_free(struct run *r);

/* ---- patient.c: what the patient tells, and what can be seen of it ---- */

struct patient {
	pid_t pid;
	struct shared *shared;
	uint8_t original[FUNCTIONS][16];
	size_t fds;	 /* open files, before any doctor came */
	uint64_t mapped; /* bytes, but for stacks that grow */
	char why[1024];	 /* what is wrong */
};

bool patient_start(struct patient *p, const char *program, int threads);
void patient_end(struct patient *p);

/* No thread is traced or stopped. */
bool patient_is_free(struct patient *p);

/*
 * Each thread goes on, finds nothing wrong, and gets results of one level
 * only: that of the code. `ret_mixed` is how often the code seemed to change
 * since patient_mark(), less the one time that it may, in the thread that saw
 * most of it.
 */
bool patient_is_well(struct patient *p, const uint64_t *marked, int *ret_level,
		     uint64_t *ret_mixed);

/* Nothing is left of any doctor: code, memory, open files as at the start. */
bool patient_is_clean(struct patient *p);

/* Waits until each thread has done a round. */
bool patient_settle(struct patient *p);

/* Notes the number of switches of each thread (MAX_THREADS). */
void patient_mark(const struct patient *p, uint64_t *ret_switches);

/* The level by the jumps in memory; -1 if they are of no level. */
int patient_code_level(struct patient *p);

#endif
