// SPDX-License-Identifier: GPL-2.0-or-later
/* What is done to patients that go on. */
#include "driver.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- storms ---- */

static void change(struct run *r, enum verb verb)
{
	expect_nothing(r);
	must_succeed(r, r->b->pid, verb);
	expect_free(r, r->b->pid);
	expect_answer(r, verb == PATCH ? NEW : OLD);
	expect_progress(r, 50);
}

static void change_many_times(struct run *r)
{
	int rounds = r->full ? 100 : 6;

	start_patient(r);
	expect_answer(r, OLD);
	for (int i = 0; i < rounds && !r->failed && !r->b->bad; i++) {
		change(r, PATCH);
		change(r, UNPATCH);
	}
}

static void storm(struct run *r)
{
	change_many_times(r);
	stop_patient(r);
}

/* Each signal that was sent has been handled, with its value. */
static void signals(struct run *r)
{
	change_many_times(r);
	r->b->hold = 1;
	sleep_ms(20);
	if (!strcmp(r->mode, "queue")) {
		await(r, r->b->handled >= r->b->sent);
		sleep_ms(20);
		if (r->b->handled != r->b->sent ||
		    r->b->sum_handled != r->b->sum_sent)
			fail(r, "signals are lost, or too many");
	}
	if (r->b->handled < 1000)
		fail(r, "hardly any signals");
	stop_patient(r);
	if (!strcmp(r->mode, "alarms") && r->b->nested != r->b->sent)
		fail(r, "nested signals are lost");
}

/* Its leader is in the list of threads, dead. */
static void leaderless(struct run *r)
{
	start_patient(r);
	await(r, thread_state(r->b->pid, r->b->pid) == 'Z');
	for (int i = 0; i < (r->full ? 50 : 4) && !r->failed; i++) {
		change(r, PATCH);
		change(r, UNPATCH);
	}
	stop_patient(r);
}

/* ---- children ---- */

static void expect_info(struct run *r, pid_t pid, bool patched)
{
	struct outcome o;

	doctor(r, pid, INFO, &o);
	if (o.code || !strstr(o.out, "threads ") ||
	    !strstr(o.out, ", applied") == patched)
		fail(r, "info of pid %d (%s): exit code %d: %s%s", pid,
		     patched ? "patched" : "unpatched", o.code, o.out, o.err);
}

static pid_t start_child(struct run *r)
{
	r->b->sent = 0;
	r->b->go = 1;
	await(r, r->b->sent);
	return (pid_t)r->b->sent;
}

static void expect_childs_answer(struct run *r, uint64_t value)
{
	uint64_t handled = r->b->handled;

	await(r, r->b->handled > handled + 2);
	if (r->b->sum_handled != value)
		fail(r, "the child's answer is %lu",
		     (unsigned long)r->b->sum_handled);
}

/* Born patched; unpatched alone, and patched again. */
static void children(struct run *r)
{
	start_patient(r);
	change(r, PATCH);
	pid_t child = start_child(r);

	expect_info(r, child, true);
	expect_childs_answer(r, NEW_ANSWER);
	change(r, UNPATCH);
	expect_info(r, child, true);
	expect_childs_answer(r, NEW_ANSWER);
	must_succeed(r, child, UNPATCH);
	expect_info(r, child, false);
	expect_childs_answer(r, OLD_ANSWER);
	must_succeed(r, child, PATCH);
	expect_childs_answer(r, NEW_ANSWER);
	expect_free(r, child);
	expect_info(r, r->b->pid, false);
	stop_patient(r);
}

/* Started while the parent is changed: it can be treated, whatever it got. */
static void children_of_the_moment(struct run *r)
{
	start_patient(r);
	for (int i = 0; i < (r->full ? 200 : 6) && !r->failed; i++) {
		struct outcome o;
		pid_t d = doctor_start(r, r->b->pid, i % 2 ? UNPATCH : PATCH,
				       NULL);

		sleep_ms(random_below(30));
		pid_t child = start_child(r);
		doctor_wait(r, d, &o);
		if (o.code)
			fail(r, "exit code %d: %s", o.code, o.err);
		doctor(r, child, PATCH, &o);
		if (o.code != 0 && o.code != 3)
			fail(r, "patch of the child: exit code %d: %s", o.code,
			     o.err);
		expect_childs_answer(r, NEW_ANSWER);
		must_succeed(r, child, UNPATCH);
		expect_childs_answer(r, OLD_ANSWER);
		expect_info(r, child, false);
		kill(child, SIGKILL);
	}
	stop_patient(r);
}

/* ---- those that cannot be treated now ---- */

static void in_vfork(struct run *r)
{
	struct outcome o;
	double start;

	start_patient(r);
	expect_answer(r, OLD);
	start = now();
	doctor_wait(r, doctor_start(r, r->b->pid, PATCH, "1"), &o);
	must_refuse(r, r->b->pid, &o, 5, "vfork");
	if (now() - start > 20)
		fail(r, "refused after %.0f s", now() - start);
	expect_progress(r, 50);
	expect_free(r, r->b->pid);
	/* It ends while a doctor waits for it. */
	expect_nothing(r);
	pid_t d = doctor_start(r, r->b->pid, PATCH, "30");
	sleep_ms(300);
	r->b->go = 1;
	doctor_wait(r, d, &o);
	if (o.code)
		fail(r, "released, but exit code %d: %s", o.code, o.err);
	await(r, r->b->handled == 1);
	expect_answer(r, NEW);
	change(r, UNPATCH);
	stop_patient(r);
}

/* Two processes in one memory: only one of them could be stopped. */
static void shared(struct run *r)
{
	struct outcome o;

	start_patient(r);
	doctor_wait(r, doctor_start(r, r->b->pid, PATCH, "0.5"), &o);
	must_refuse(r, r->b->pid, &o, 5, "shares its memory with");
	doctor_wait(r, doctor_start(r, (pid_t)r->b->sent, PATCH, "0.5"), &o);
	must_refuse(r, (pid_t)r->b->sent, &o, 5, "shares its memory with");
	expect_free(r, r->b->pid);
	expect_answer(r, OLD);
	r->b->go = 1;
	await(r, thread_state((pid_t)r->b->sent, (pid_t)r->b->sent) == 0);
	change(r, PATCH);
	change(r, UNPATCH);
	stop_patient(r);
}

/* ---- other tracers ---- */

static bool is_traced(pid_t pid)
{
	char path[64], line[256];
	int tracer = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "TracerPid:\t%d", &tracer);
	if (f)
		fclose(f);
	return tracer != 0;
}

static pid_t start_tracer(const char *const *args)
{
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		freopen("/dev/null", "r", stdin);
		freopen("/tmp/threads-tracer", "w", stdout);
		dup2(1, 2);
		execvp(args[0], (char **)args);
		_exit(127);
	}
	return pid;
}

static void under_tracer(struct run *r, const char *const *args)
{
	struct outcome o;
	char who[64];

	pid_t tracer = start_tracer(args);
	await(r, is_traced(r->b->pid));
	doctor(r, r->b->pid, PATCH, &o);
	snprintf(who, sizeof(who), "process %d (%s) traces it", tracer,
		 args[0]);
	must_refuse(r, r->b->pid, &o, 4, who);
	if (!is_traced(r->b->pid))
		fail(r, "the tracer has lost it");
	kill(tracer, SIGTERM);
	await_end(r, tracer);
	unlink("/tmp/threads-tracer");
	await(r, !is_traced(r->b->pid));
	change(r, PATCH);
	change(r, UNPATCH);
}

static void debuggers(struct run *r)
{
	char pid[16];
	const char *const strace[] = {"strace", "-f", "-qq", "-o", "/dev/null",
				      "-p", pid, NULL};
	const char *const gdb[] = {"gdb", "-nx", "-q", "-p", pid, "-ex",
				   "shell sleep 30", NULL};

	start_patient(r);
	snprintf(pid, sizeof(pid), "%d", r->b->pid);
	under_tracer(r, strace);
	under_tracer(r, gdb);
	stop_patient(r);
}

/* ---- several doctors ---- */

static void doctors(struct run *r, int n)
{
	pid_t pids[8];
	struct outcome o;

	for (int i = 0; i < n; i++)
		pids[i] = doctor_start(r, r->b->pid,
				       random_below(2) ? PATCH : UNPATCH, NULL);
	for (int i = 0; i < n; i++) {
		doctor_wait(r, pids[i], &o);
		must_be_clean(r, r->b->pid, &o);
		if (o.code != 0 && o.code != 3)
			fail(r, "one of %d doctors: exit code %d: %s", n,
			     o.code, o.err);
	}
	expect_free(r, r->b->pid);
	doctor(r, r->b->pid, PATCH, &o);
	if (o.code != 0 && o.code != 3)
		fail(r, "patch after %d doctors: exit code %d: %s", n, o.code,
		     o.err);
	expect_answer(r, NEW);
	expect_info(r, r->b->pid, true);
	change(r, UNPATCH);
	expect_nothing(r);
}

static void many_doctors(struct run *r)
{
	start_patient(r);
	for (int i = 0; i < (r->full ? 50 : 3) && !r->failed; i++) {
		doctors(r, 2);
		doctors(r, 8);
	}
	stop_patient(r);
}

/* ---- stops that are not ours ---- */

static void stopped(struct run *r)
{
	pid_t pid;

	start_patient(r);
	pid = r->b->pid;
	for (int i = 0; i < (r->full ? 50 : 4) && !r->failed; i++) {
		uint64_t rounds;

		expect_nothing(r);
		kill(pid, SIGSTOP);
		await(r, thread_state(pid, pid) == 'T');
		sleep_ms(5);
		rounds = r->b->rounds;
		must_succeed(r, pid, i % 2 ? UNPATCH : PATCH);
		sleep_ms(5);
		if (thread_state(pid, pid) != 'T' || r->b->rounds != rounds)
			fail(r, "it runs, though stopped by SIGSTOP");
		kill(pid, SIGCONT);
		expect_answer(r, i % 2 ? OLD : NEW);
	}
	stop_patient(r);
}

/* The parent has been told of `n` stops and continuations, each way. */
static bool parent_knows(struct run *r, uint64_t stops, uint64_t conts)
{
	return r->b->sent == stops && r->b->handled == stops &&
	       r->b->nested == conts && r->b->execs == conts;
}

static void job_control(struct run *r)
{
	uint64_t stops = 0;
	pid_t pid;

	start_patient(r);
	pid = r->b->pid;
	for (int i = 0; i < (r->full ? 50 : 4) && !r->failed; i++) {
		change(r, PATCH);
		kill(-pid, SIGSTOP);
		stops++;
		await(r, parent_knows(r, stops, stops - 1));
		expect_nothing(r);
		must_succeed(r, pid, UNPATCH);
		sleep_ms(5);
		if (!parent_knows(r, stops, stops - 1))
			fail(r, "the parent was told of another stop");
		kill(-pid, SIGCONT);
		await(r, parent_knows(r, stops, stops));
		expect_answer(r, OLD);
	}
	stop_patient(r);
	if (!parent_knows(r, stops, stops))
		fail(r, "stops or continuations were made up");
}

static void orphan(struct run *r)
{
	pid_t pid;

	start_patient(r);
	pid = r->b->pid;
	for (int i = 0; i < 4 && !r->failed; i++)
		change(r, i % 2 ? UNPATCH : PATCH);
	if (r->b->handled)
		fail(r, "told of its parent's death, though that lives");
	r->b->go = 1;
	await_end(r, r->started);
	await(r, r->b->handled == 1);
	change(r, PATCH);
	change(r, UNPATCH);
	if (r->b->handled != 1)
		fail(r, "told of its parent's death again");
	r->b->quit = 1;
	if (await_end(r, pid) != 0) /* ours by now: we are the subreaper */
		fail(r, "the orphan does not end well");
}

const struct test_case cases[] = {
	{"creators", "creators", storm, false},
	{"chains", "chains", storm, false},
	{"crowd", "crowd", storm, true},
	{"odd-clones", "odd_clones", storm, false},
	{"zombie-leader", "dead_leader", leaderless, false},
	{"forks", "forks", storm, false},
	{"vforks", "vforks", storm, false},
	{"spawns", "spawns", storm, false},
	{"children", "children_stay", children, false},
	{"children-of-the-moment", "children_stay", children_of_the_moment,
	 false},
	{"alarms", "alarms", signals, false},
	{"queued-signals", "queue", signals, false},
	{"longjmp-from-handlers", "jumps", signals, false},
	{"vfork-waits", "vfork_waits", in_vfork, false},
	{"shared-memory", "shared_memory", shared, false},
	{"debuggers", "plain", debuggers, false},
	{"doctors-at-once", "creators", many_doctors, false},
	{"stopped", "plain", stopped, false},
	{"job-control", "job", job_control, false},
	{"parent-dies", "parent_dies", orphan, false},
	{0},
};
