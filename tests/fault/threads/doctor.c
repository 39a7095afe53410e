// SPDX-License-Identifier: GPL-2.0-or-later
#include "driver.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DOCTOR_SECONDS = 60 };

static const char *const verbs[] = {"patch", "unpatch", "info"};

static void output_path(pid_t doctor, const char *which, char path[64])
{
	snprintf(path, 64, "/tmp/threads-doctor.%d.%s", doctor, which);
}

static void redirect(int fd, const char *which)
{
	char path[64];

	output_path(getpid(), which, path);
	dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), fd);
}

static void become_doctor(pid_t pid, enum verb verb, const char *wait)
{
	char program[512], patches[512], number[16];
	const char *args[10] = {"kpatch_user", verbs[verb], "-p", number};
	int n = 4;

	snprintf(program, sizeof(program), "%s/../../../src/kpatch_user", top);
	snprintf(patches, sizeof(patches), "%s/build/patchroot", top);
	snprintf(number, sizeof(number), "%d", pid);
	if (wait) {
		args[n++] = "--timeout";
		args[n++] = wait;
	}
	if (verb == PATCH)
		args[n++] = patches;
	redirect(1, "out");
	redirect(2, "err");
	execv(program, (char **)args);
	_exit(127);
}

pid_t doctor_start(struct run *r, pid_t pid, enum verb verb, const char *wait)
{
	fflush(stdout);
	pid_t doctor = fork();

	if (doctor == 0)
		become_doctor(pid, verb, wait);
	if (doctor < 0)
		fail(r, "fork");
	return doctor;
}

static void take_output(pid_t doctor, const char *which, char *text,
			size_t size)
{
	char path[64];
	size_t n;
	FILE *f;

	output_path(doctor, which, path);
	f = fopen(path, "r");
	n = f ? fread(text, 1, size - 1, f) : 0;
	text[n] = '\0';
	if (f)
		fclose(f);
	unlink(path);
}

/* Where its threads and the patient's are: for whoever reads the log. */
static void show_hang(struct run *r, pid_t doctor_pid)
{
	char command[512];

	fflush(stdout);
	snprintf(command, sizeof(command),
		 "for t in /proc/%d/task/* /proc/%d/task/*; do echo $t; "
		 "grep -E '^(State|TracerPid|SigBlk|SigPnd|ShdPnd)' $t/status; "
		 "cat $t/syscall $t/stack; done 2>&1 | sed 's/^/   | /'; "
		 "gdb -p %d -batch -ex 'thread apply all bt' 2>/dev/null | "
		 "grep '^[#T]' | sed 's/^/   | /'",
		 doctor_pid, r->b->pid, doctor_pid);
	if (system(command))
		printf("   (no gdb)\n");
}

void doctor_wait(struct run *r, pid_t doctor_pid, struct outcome *ret)
{
	double until = now() + DOCTOR_SECONDS;
	int status;

	ret->code = -2;
	while (waitpid(doctor_pid, &status, WNOHANG) != doctor_pid) {
		if (ret->code == -2 && now() > until) {
			show_hang(r, doctor_pid);
			fail(r, "the doctor hangs");
			kill(doctor_pid, SIGKILL);
			ret->code = -1;
		}
		usleep(200);
	}
	if (ret->code != -1)
		ret->code = WIFEXITED(status) ? WEXITSTATUS(status)
					      : 128 + WTERMSIG(status);
	take_output(doctor_pid, "out", ret->out, sizeof(ret->out));
	take_output(doctor_pid, "err", ret->err, sizeof(ret->err));
	if (getenv("THREADS_SHOW"))
		printf("   doctor: code %d: %s%s\n", ret->code, ret->out,
		       ret->err);
}

void doctor(struct run *r, pid_t pid, enum verb verb, struct outcome *ret)
{
	doctor_wait(r, doctor_start(r, pid, verb, NULL), ret);
}

void must_succeed(struct run *r, pid_t pid, enum verb verb)
{
	struct outcome o;

	if (r->failed)
		return;
	doctor(r, pid, verb, &o);
	if (o.code)
		fail(r, "%s of pid %d: exit code %d: %s", verbs[verb], pid,
		     o.code, o.err);
	/* What handlers left on a stack may look like a suspended context. */
	else if (o.err[0] && !strstr(o.err, "one call may finish"))
		fail(r, "%s of pid %d succeeds, but says: %s", verbs[verb],
		     pid, o.err);
}

/* One line, that of an error, with "pid N" in it. */
static const char *what_is_unclean(pid_t pid, const struct outcome *o)
{
	static const char *const ours[] = {"Success", "(null)", "Sanitizer",
					   "assert", "No child process",
					   "Interrupted system call"};
	char name[32];

	if (o->code < 1 || o->code > 6 || o->code == 2)
		return "the exit code";
	if (strncmp(o->err, "kpatch_user: ", 13) || !strchr(o->err, '\n') ||
	    strchr(o->err, '\n')[1])
		return "not one line";
	snprintf(name, sizeof(name), "pid %d", pid);
	if (!strstr(o->err, name))
		return "does not name the process";
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
		if (strstr(o->err, ours[i]))
			return ours[i];
	}
	return NULL;
}

void must_be_clean(struct run *r, pid_t pid, const struct outcome *o)
{
	const char *why = o->code ? what_is_unclean(pid, o) : NULL;

	if (why)
		fail(r, "not a clean refusal (%s): exit code %d: %s", why,
		     o->code, o->err);
}

void must_refuse(struct run *r, pid_t pid, const struct outcome *o, int code,
		 const char *what)
{
	must_be_clean(r, pid, o);
	if (o->code != code || !strstr(o->err, what))
		fail(r, "exit code %d instead of %d and \"%s\": %s", o->code,
		     code, what, o->err);
}
