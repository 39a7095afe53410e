// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts patients and doctors, and judges both. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>

#include "board.h"

/* One case: a patient and what is done to it. */
struct run {
	const char *name, *mode;
	bool full;
	struct board *b;
	pid_t started; /* our child; b->pid is whom to patch */
	bool failed;
};

struct outcome {
	int code; /* the doctor's exit code; -1: it had to be killed */
	char out[4096], err[2048];
};

extern const char *top; /* the folder of this test */

/* ---- driver.c ---- */

/* Notes what was wrong, and prints it. */
void fail(struct run *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

double now(void);
void sleep_ms(long ms);
long random_below(long n);

/* Waits up to 20 seconds for `cond`, else the case has failed. */
#define await(r, cond)                                                         \
	do {                                                                   \
		double until_ = now() + 20;                                    \
		while (!(cond) && !(r)->failed) {                              \
			fail_if_dead(r);                                       \
			if (now() > until_)                                    \
				fail(r, "in vain: %s", #cond);                 \
			sleep_ms(1);                                           \
		}                                                              \
	} while (0)

/* The patient that we have started has ended, though it shouldn't have. */
void fail_if_dead(struct run *r);

/* Starts the patient, and waits until it is ready. */
void start_patient(struct run *r);

/* What answer() must be from now on; waits until the patient has seen it. */
void expect_answer(struct run *r, enum epoch_kind kind);

/* For the time of a change. */
void expect_nothing(struct run *r);

/* It goes on: at least `n` rounds more. */
void expect_progress(struct run *r, unsigned int n);

/* No thread is traced or stopped; `stopped`: each is, by SIGSTOP. */
void expect_free(struct run *r, pid_t pid);
char thread_state(pid_t pid, pid_t tid);

/* Tells the patient to quit; it must end with exit code 0, with no complaint. */
void stop_patient(struct run *r);

/* The end of the patient: as waitpid() has it, -1 if it doesn't come. */
int await_end(struct run *r, pid_t pid);

/* ---- doctor.c ---- */

enum verb { PATCH, UNPATCH, INFO };

pid_t doctor_start(struct run *r, pid_t pid, enum verb verb, const char *wait);
void doctor_wait(struct run *r, pid_t doctor, struct outcome *ret);
void doctor(struct run *r, pid_t pid, enum verb verb, struct outcome *ret);

/* It has succeeded. */
void must_succeed(struct run *r, pid_t pid, enum verb verb);

/*
 * Refused with this code, and one line that names the process and has `what`
 * in it.
 */
void must_refuse(struct run *r, pid_t pid, const struct outcome *o, int code,
		 const char *what);

/*
 * Success, or a clean refusal: a documented code, one line that names the
 * process, and nothing in it that is only for us.
 */
void must_be_clean(struct run *r, pid_t pid, const struct outcome *o);

/* ---- cases.c, ends.c ---- */

struct test_case {
	const char *name, *mode;
	void (*run)(struct run *r);
	bool long_one; /* only with --full */
};

extern const struct test_case cases[], end_cases[];

#endif
