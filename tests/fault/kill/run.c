// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "killer.h"

/*
 * One that is stopped at each of its thousands of system calls waits that often
 * for a CPU on a busy machine.
 */
enum { LONGEST_S = 60, LONGEST_TRACED_S = 180 };

static volatile sig_atomic_t doctor_pid;
static volatile sig_atomic_t timed_out;

/* Says what its threads do, to standard error. */
static void describe(pid_t pid)
{
	static const char script[] =
		"cd /proc/$0/task && grep -H . */syscall */wchan */stack >&2";
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	pid_t shell = fork();
	if (!shell) {
		execl("/bin/sh", "sh", "-c", script, text, NULL);
		_exit(127);
	}
	waitpid(shell, NULL, 0);
}

static void on_alarm(int sig)
{
	(void)sig;
	timed_out = 1;
	if (doctor_pid <= 0)
		return;
	describe(doctor_pid);
	kill(doctor_pid, SIGKILL);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/*
 * Two that wait for each other all the time are several times faster on one
 * CPU than on two; any will do.
 */
static void share_cpu(const cpu_set_t *allowed)
{
	int n = CPU_COUNT(allowed), skip = n ? (int)(random() % n) : 0;
	cpu_set_t one;

	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, allowed) && !skip--)
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* What alters the patient, or how it goes on; the first one writes to it. */
static const long altering[] = {
	SYS_pwrite64, SYS_pwritev, SYS_process_vm_writev,
	SYS_kill,     SYS_tkill,   SYS_prlimit64,
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool alters(const struct moment *m)
{
	if (m->nr == SYS_ptrace)
		return m->arg != PTRACE_GETREGS && m->arg != PTRACE_GETREGSET;
	for (size_t i = 0; i < COUNT(altering); i++)
		if (m->nr == altering[i])
			return true;
	return false;
}

static bool is_of_kind(const struct run *r, const struct moment *m)
{
	return r->which == WRITING_STOPS ? m->nr == SYS_pwrite64 : alters(m);
}

/*
 * Stops at those calls only: at the entry, which as all seccomp stops comes
 * behind that of PTRACE_SYSCALL, if that is asked for.
 */
static bool stop_at(const struct run *r)
{
	struct sock_filter code[COUNT(altering) + 8];
	unsigned short n = 0, calls;

	calls = r->which == WRITING_STOPS ? 1 : COUNT(altering);
	code[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned short i = 0; i < calls; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)altering[i],
			(unsigned char)(calls - i + 4), 0);
	code[n++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K,
		r->which == WRITING_STOPS ? UINT32_MAX : SYS_ptrace, 0, 3);
	code[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, args));
	code[n++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, PTRACE_GETREGS, 1, 0);
	code[n++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, PTRACE_GETREGSET, 0, 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
						 SECCOMP_RET_TRACE);
	struct sock_fprog filter = {n, code};

	return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
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
		if (r->filtered && !stop_at(r))
			_exit(126);
	}
	execv(r->argv[0], (char *const *)(uintptr_t)r->argv);
	_exit(127);
}

static int begin(struct run *r, bool traced)
{
	int out = memfd_create("output", MFD_CLOEXEC);

	r->killed = false;
	r->longest_s = traced ? LONGEST_TRACED_S : LONGEST_S;
	r->code = -1;
	r->stops = 0;
	r->skipped = 0;
	r->touched = false;
	r->us = now_us();
	signal(SIGALRM, on_alarm);
	alarm(r->longest_s);
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
	/* The end of it, should it be long. */
	off_t max = sizeof(r->output) - 32, len = lseek(out, 0, SEEK_END);
	ssize_t n = pread(out, r->output, (size_t)max, len > max ? len - max : 0);
	n = n > 0 ? n : 0;
	r->output[n] = '\0';
	close(out);
	if (timed_out) {
		timed_out = 0;
		r->code = -2;
		snprintf(r->output + n, sizeof(r->output) - (size_t)n,
			 "no end after %u s", r->longest_s);
	}
}

/* Whether it runs on from altering call to altering call. */
static bool is_fast(const struct run *r)
{
	return r->filtered &&
	       (r->which != ALL_STOPS || r->skipped < r->skip);
}

/* Of an altering call, when all others are passed by. */
static bool is_last_fast(struct run *r)
{
	if (r->which != ALL_STOPS)
		return ++r->stops == r->kill_at;
	return ++r->skipped == r->skip && r->kill_at == 0;
}

static struct moment moment_of(pid_t tid)
{
	struct user_regs_struct regs = {0};

	ptrace(PTRACE_GETREGS, tid, NULL, &regs);
	return (struct moment){(long)regs.orig_rax, (long)regs.rdi};
}

/* Of any call. */
static bool is_last_slow(struct run *r, pid_t tid)
{
	struct moment m = {0};

	if (r->which != ALL_STOPS || r->marks || !r->touched)
		m = moment_of(tid);
	r->touched |= alters(&m);
	if (r->which != ALL_STOPS && !is_of_kind(r, &m))
		return false;
	r->stops++;
	if (r->marks)
		r->marks->writing += m.nr == SYS_pwrite64;
	if (r->marks && alters(&m) && r->marks->n < COUNT(r->marks->at))
		r->marks->at[r->marks->n++] = r->stops;
	return r->stops == r->kill_at;
}

static void kill_it(const struct run *r, pid_t doctor)
{
	if (r->stop)
		kill(r->stop, SIGSTOP);
	kill(doctor, SIGKILL);
}

/* Goes on with a thread of the doctor that has stopped. */
static void resume(struct run *r, pid_t doctor, pid_t tid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	bool fast = is_fast(r), entry = event == PTRACE_EVENT_SECCOMP;
	bool last = false;

	if (fast && (entry || sig == (SIGTRAP | 0x80))) {
		r->touched = true;
		last = is_last_fast(r);
	} else if (sig == (SIGTRAP | 0x80)) {
		last = is_last_slow(r, tid);
	}
	if (last) {
		r->last = moment_of(tid);
		r->killed = true;
		kill_it(r, doctor);
		return;
	}
	/* A new thread's first stop, exec. */
	if (event || sig == SIGSTOP || sig == SIGTRAP ||
	    sig == (SIGTRAP | 0x80))
		sig = 0;
	ptrace(is_fast(r) && !entry ? PTRACE_CONT : PTRACE_SYSCALL, tid, NULL,
	       (void *)(long)sig);
}

void run_traced(struct run *r)
{
	cpu_set_t allowed;
	sched_getaffinity(0, sizeof(allowed), &allowed);
	share_cpu(&allowed);
	int out = begin(r, true), status = 0;
	pid_t doctor = doctor_pid, tid;

	waitpid(doctor, &status, 0);
	ptrace(PTRACE_SETOPTIONS, doctor, NULL,
	       (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
			PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
			PTRACE_O_EXITKILL));
	ptrace(is_fast(r) ? PTRACE_CONT : PTRACE_SYSCALL, doctor, NULL, NULL);
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
	sched_setaffinity(0, sizeof(allowed), &allowed);
	finish(r, out, status);
}

void run_free(struct run *r)
{
	int out = begin(r, false), status = 0;
	pid_t doctor = doctor_pid;

	if (r->kill_us >= 0) {
		usleep((useconds_t)r->kill_us);
		r->killed = true;
		kill_it(r, doctor);
	}
	while (waitpid(doctor, &status, 0) < 0 && errno == EINTR)
		;
	r->touched = true; /* for all we know */
	if (WIFEXITED(status))
		r->killed = false;
	finish(r, out, status);
}
