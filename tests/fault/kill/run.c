// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "killer.h"

enum { LONGEST_S = 60 };

static volatile sig_atomic_t doctor_pid;
static volatile sig_atomic_t timed_out;

static void on_alarm(int sig)
{
	(void)sig;
	timed_out = 1;
	if (doctor_pid > 0)
		kill(doctor_pid, SIGKILL);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static pid_t start(const struct run *r, int out, bool traced)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	int null = open("/dev/null", O_RDONLY);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (traced) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
	}
	execv(r->argv[0], (char *const *)(uintptr_t)r->argv);
	_exit(127);
}

static int begin(struct run *r, bool traced)
{
	int out = memfd_create("output", MFD_CLOEXEC);

	r->killed = false;
	r->code = -1;
	r->stops = 0;
	r->us = now_us();
	signal(SIGALRM, on_alarm);
	alarm(LONGEST_S);
	doctor_pid = start(r, out, traced);
	return out;
}

static void finish(struct run *r, int out, int status)
{
	alarm(0);
	doctor_pid = 0;
	r->us = now_us() - r->us;
	if (WIFEXITED(status))
		r->code = WEXITSTATUS(status);
	ssize_t n = pread(out, r->output, sizeof(r->output) - 1, 0);
	r->output[n > 0 ? n : 0] = '\0';
	close(out);
	if (timed_out) {
		timed_out = 0;
		r->code = -2;
		snprintf(r->output, sizeof(r->output),
			 "no end after %d s", LONGEST_S);
	}
}

/* What alters the patient, or how it goes on. */
static bool is_important(const struct moment *m)
{
	switch (m->nr) {
	case SYS_pwrite64:
	case SYS_process_vm_writev:
		return true;
	case SYS_ptrace:
		return m->arg != PTRACE_GETREGS && m->arg != PTRACE_GETREGSET;
	}
	return false;
}

/* Whether this stop is one of those that are numbered. */
static bool counts(struct run *r, pid_t tid)
{
	struct user_regs_struct regs = {0};

	ptrace(PTRACE_GETREGS, tid, NULL, &regs);
	struct moment m = {(long)regs.orig_rax, (long)regs.rdi};
	if (r->important && !is_important(&m))
		return false;
	r->last = m;
	r->stops++;
	return true;
}

/* Goes on with a thread of the doctor that has stopped. */
static void resume(struct run *r, pid_t doctor, pid_t tid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80)) {
		if (counts(r, tid) && r->stops == r->kill_at) {
			r->killed = true;
			kill(doctor, SIGKILL);
			return;
		}
		sig = 0;
	} else if (event || sig == SIGSTOP || sig == SIGTRAP) {
		sig = 0; /* a new thread's first stop, exec */
	}
	ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)sig);
}

void run_traced(struct run *r)
{
	int out = begin(r, true), status = 0;
	pid_t doctor = doctor_pid, tid;

	waitpid(doctor, &status, 0);
	ptrace(PTRACE_SETOPTIONS, doctor, NULL,
	       (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
	ptrace(PTRACE_SYSCALL, doctor, NULL, NULL);
	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			break;
		if (WIFSTOPPED(status))
			resume(r, doctor, tid, status);
		else if (tid == doctor)
			break;
		/* Else a thread of it has ended, or the patient: see there. */
	}
	finish(r, out, status);
}

void run_free(struct run *r)
{
	int out = begin(r, false), status = 0;
	pid_t doctor = doctor_pid;

	if (r->kill_us >= 0) {
		usleep((useconds_t)r->kill_us);
		r->killed = true;
		kill(doctor, SIGKILL);
	}
	while (waitpid(doctor, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		r->killed = false;
	finish(r, out, status);
}
