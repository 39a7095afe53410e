// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patients for tests of what is done to processes: a function of the test
 * program that runs in a child process, with a page shared with the test.
 */
#ifndef TESTS_UNIT_PATIENT_H
#define TESTS_UNIT_PATIENT_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "target/target.h"

/* What patient and test share. */
struct shared {
	volatile int ready;           /* the patient sets it once set up */
	volatile int quit;            /* the test asks the patient to end */
	volatile uint64_t count, bad; /* what was done, what was wrong */
	volatile uint64_t eintr, handled;
	int living; /* short-lived threads, at a time */
	volatile int64_t result[8];
	volatile int fd;
};

struct patient {
	pid_t pid;
	struct shared *s;
};

static inline uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static inline void sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* Waits until `cond` holds, 20 seconds at most; then fails the test. */
#define wait_until(cond)                                                       \
	do {                                                                   \
		uint64_t until_ = now_ms() + 20000;                            \
		while (!(cond)) {                                              \
			if (now_ms() > until_)                                 \
				fail_msg("in vain: %s", #cond);                \
			sleep_ms(1);                                           \
		}                                                              \
	} while (0)

static inline void must(struct error *err)
{
	if (err)
		fail_msg("%s", err->message);
}

static inline char thread_state(pid_t pid, pid_t tid)
{
	char path[64], text[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return n ? strrchr(text, ')')[2] : 0;
}

static inline char patient_state(pid_t pid)
{
	return thread_state(pid, pid);
}

/* The text behind "FIELD:\t" in /proc/PID/status. */
static inline uint64_t patient_status(pid_t pid, const char *field, int base)
{
	char path[64], line[512];
	uint64_t v = UINT64_MAX;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, strlen(field)) &&
		    line[strlen(field)] == ':')
			v = strtoull(line + strlen(field) + 1, NULL, base);
	if (f)
		fclose(f);
	return v;
}

/* Runs `fn` in a child, and waits until it has set `ready`. */
static inline struct patient patient_start(void (*fn)(struct shared *, long),
					   long arg)
{
	struct patient p;

	p.s = mmap(NULL, sizeof(*p.s), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p.s, MAP_FAILED);
	fflush(NULL);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (!p.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(p.s, arg);
		_exit(0);
	}
	wait_until(p.s->ready);
	return p;
}

static inline void patient_end(struct patient *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, __WALL);
	munmap(p->s, sizeof(*p->s));
}

/* The patient has gone on by itself: nobody traces or holds it. */
static inline void assert_free(pid_t pid)
{
	assert_int_equal(patient_status(pid, "TracerPid", 10), 0);
	wait_until(patient_state(pid) != 't');
}

#endif
