// SPDX-License-Identifier: GPL-2.0-or-later
/* Patients that end, or start a program, while they are treated. */
#include "driver.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DOCTOR_US = 40000 /* about what a doctor takes here */ };

/* ---- exec ---- */

static bool is_code(int code, const char *codes)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", code);
	return code >= 0 && code < 10 && strchr(codes, text[0]);
}

/* It is treated as soon as it lets off: a program just started has no patch. */
static void treat_when_calm(struct run *r)
{
	struct outcome o;

	r->b->hold = 1;
	sleep_ms(80);
	doctor(r, r->b->pid, PATCH, &o);
	if (!is_code(o.code, "03"))
		fail(r, "a retry: exit code %d: %s", o.code, o.err);
	expect_answer(r, NEW);
	expect_nothing(r);
	must_succeed(r, r->b->pid, UNPATCH);
	expect_answer(r, OLD);
	expect_nothing(r);
	r->b->hold = 0;
}

static void exec_storm(struct run *r)
{
	uint64_t execs;
	int refused = 0;

	start_patient(r);
	execs = r->b->execs;
	for (int i = 0; i < (r->full ? 500 : 30) && !r->failed; i++) {
		struct outcome o;

		doctor(r, r->b->pid, i % 2 ? UNPATCH : PATCH, &o);
		must_be_clean(r, r->b->pid, &o);
		if (!is_code(o.code, "0135"))
			fail(r, "exit code %d: %s", o.code, o.err);
		if (o.code == 1 && !strstr(o.err, "another program"))
			fail(r, "not the reason: %s", o.err);
		refused += o.code == 1;
		expect_progress(r, 20);
		expect_free(r, r->b->pid);
		if (i % 10 == 9)
			treat_when_calm(r);
	}
	if (r->b->execs < execs + 3)
		fail(r, "hardly any exec");
	stop_patient(r);
	printf("   %s: %d refused, %lu times exec\n", r->name, refused,
	       (unsigned long)r->b->execs);
}

/* Once, into a program that we have no patch for. */
static void exec_once(struct run *r)
{
	struct outcome o;

	start_patient(r);
	pid_t pid = r->b->pid;
	r->b->delay_us = (uint32_t)random_below(DOCTOR_US);
	pid_t d = doctor_start(r, pid, PATCH, NULL);
	r->b->go = 1;
	doctor_wait(r, d, &o);
	must_be_clean(r, pid, &o);
	if (o.code == 1 && !strstr(o.err, "another program"))
		fail(r, "not the reason: %s", o.err);
	if (!is_code(o.code, "013"))
		fail(r, "exit code %d: %s", o.code, o.err);
	await(r, r->b->execs == 1);
	sleep_ms(2);
	expect_free(r, pid);
	doctor(r, pid, PATCH, &o);
	must_be_clean(r, pid, &o);
	if (o.code != 3)
		fail(r, "patch of the other program: exit code %d: %s", o.code,
		     o.err);
	kill(pid, SIGTERM);
	if (await_end(r, pid) != SIGTERM)
		fail(r, "the other program does not end by SIGTERM");
}

static void exec_others(struct run *r)
{
	for (int i = 0; i < (r->full ? 200 : 10) && !r->failed; i++)
		exec_once(r);
}

/* ---- ends ---- */

static void end_once(struct run *r, int status)
{
	struct outcome o;

	start_patient(r);
	pid_t pid = r->b->pid;
	bool unpatch = random_below(2);
	if (unpatch)
		must_succeed(r, pid, PATCH);
	r->b->delay_us = (uint32_t)random_below(DOCTOR_US);
	pid_t d = doctor_start(r, pid, unpatch ? UNPATCH : PATCH, NULL);
	r->b->go = 1;
	doctor_wait(r, d, &o);
	must_be_clean(r, pid, &o);
	if (!is_code(o.code, "01"))
		fail(r, "exit code %d: %s", o.code, o.err);
	if (o.code == 1 && !strstr(o.err, "has exited") &&
	    !strstr(o.err, "no such process") && !strstr(o.err, "is a zombie"))
		fail(r, "not the reason: %s", o.err);
	int got = await_end(r, pid);
	if (got != -1 && got != status)
		fail(r, "the patient ends with %#x instead of %#x", got,
		     status);
}

static void end_many_times(struct run *r, int status)
{
	for (int i = 0; i < (r->full ? 400 : 12) && !r->failed; i++)
		end_once(r, status);
}

static void exit_cases(struct run *r)
{
	end_many_times(r, 7 << 8);
}

static void abort_cases(struct run *r)
{
	end_many_times(r, SIGABRT);
}

static void kill_cases(struct run *r)
{
	end_many_times(r, SIGKILL);
}

const struct test_case end_cases[] = {
	{"exec-by-main", "exec_main", exec_storm, false},
	{"exec-by-thread", "exec_thread", exec_storm, false},
	{"exec-of-another", "exec_other", exec_others, false},
	{"exit", "exits", exit_cases, false},
	{"abort", "aborts", abort_cases, false},
	{"sigkill", "killed", kill_cases, false},
	{0},
};
