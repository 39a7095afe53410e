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

/* ---- options.c ---- */

/* Which stops count. */
enum which {
	ALL_STOPS,
	ALTERING_STOPS, /* of calls that alter the patient */
	WRITING_STOPS,	/* of calls that write to its memory */
};

struct options {
	const char *doctor;
	char program[256], level[LEVELS][256]; /* [1], [2]: files */
	int threads;
	int every;	  /* kill at each so many stops; 1: at all */
	int important;	  /* likewise, at those that alter the patient */
	int random;	  /* kills at random instants, for each verb */
	const char *only; /* a verb */
	size_t at;	  /* only this stop */
	int seconds;	  /* for each verb; 0: as long as it takes */
	time_t until;	  /* 0: as long as it takes */
	enum mode mode;
	enum which which; /* with `at` and `part` */
	int part, parts;  /* of all stops, only each `parts`th, from `part` */
};

/* False if they make no sense. */
bool parse_options(int argc, char **argv, struct options *ret);

void print_usage(void);

/* ---- run.c: doctors ---- */

/* A stop at the entry or exit of a system call. */
struct moment {
	long nr, arg; /* arg: the first one, ptrace's request */
};

struct run {
	const char *const *argv;
	enum which which;
	/*
	 * The doctor gets a seccomp filter by which it isn't stopped at each
	 * call, which is several times faster. Not where it would matter to
	 * it: PTRACE_SECCOMP_GET_FILTER is forbidden then.
	 */
	bool filtered;
	size_t skip;	 /* ALL_STOPS: the first so many altering ones don't count */
	size_t kill_at;	 /* the number of a stop, or NEVER */
	int64_t kill_us; /* or so long after the start; -1: never */
	struct marks *marks; /* if not NULL, filled: without a filter */
	pid_t stop; /* gets SIGSTOP just before the doctor is killed; or 0 */
	/* What came out: */
	bool killed;
	bool touched; /* it has made a call that may alter the patient */
	int code;     /* exit code, -1 if killed or crashed */
	size_t stops; /* with run_traced(): those that count */
	size_t skipped;
	int64_t us;
	unsigned int longest_s; /* it may take */
	char output[16384];
	struct moment last; /* where it was killed */
};

#define NEVER SIZE_MAX

/* The numbers of altering stops among all, and how many of them are writing. */
struct marks {
	size_t n, at[8192];
	size_t writing;
};

/* Follows the doctor from system call to system call. */
void run_traced(struct run *r);

/* Lets it run; kills it at kill_us. */
void run_free(struct run *r);

/* ---- patient.c: what the patient tells, and what can be seen of it ---- */

enum { CODE_LEN = 8 }; /* of the shortest function: the next one follows */

struct patient {
	pid_t pid;
	struct shared *shared;
	uint8_t original[FUNCTIONS][CODE_LEN];
	/* Before any doctor came: open files; mapped bytes, but for stacks. */
	size_t fds;
	uint64_t mapped;
	char why[1024];	 /* what is wrong */
};

bool patient_start(struct patient *p, const char *program, int threads,
		   enum mode mode);
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

/*
 * Each thread goes on and finds nothing wrong; of its functions some are old
 * and some new, each wholly (but those that were never written at once).
 */
bool patient_is_torn(struct patient *p);

/* Nothing is left of any doctor: code, memory, open files as at the start. */
bool patient_is_clean(struct patient *p);

/* Nothing wrong so far. */
bool patient_has_no_errors(struct patient *p);

size_t patient_count_fds(const struct patient *p);
uint64_t patient_count_mapped(const struct patient *p);

/* Waits until each thread has done a round. */
bool patient_settle(struct patient *p);

/* Notes the number of switches of each thread (MAX_THREADS). */
void patient_mark(const struct patient *p, uint64_t *ret_switches);

/* The level by the jumps in memory; -1 if they are of no level. */
int patient_code_level(struct patient *p);

#endif
