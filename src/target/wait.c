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
#include <unistd.h>

enum { SPIN_ROUNDS = 120 /* some 50 us */ };

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

/*
 * The kernel tells a tracer of stops by SIGCHLD (do_notify_parent_cldstop()):
 * blocked, it can be waited for with a time-out, which waitid() cannot have.
 */
struct watch {
	sigset_t chld, old;
	bool taken; /* we have eaten one that may have been meant for others */
};

static void watch_begin(struct watch *w)
{
	sigemptyset(&w->chld);
	sigaddset(&w->chld, SIGCHLD);
	w->taken = false;
	pthread_sigmask(SIG_BLOCK, &w->chld, &w->old);
}

static void watch_end(struct watch *w)
{
	if (w->taken)
		kill(getpid(), SIGCHLD);
	pthread_sigmask(SIG_SETMASK, &w->old, NULL);
}

/*
 * Sleeping costs a wake-up of some 60 us, about what a stop takes: so look
 * again for that long. Then sleep, a millisecond at most: the signal may have
 * gone to another thread. (Not sched_yield(): on a busy machine it gives away
 * a whole time slice, each time.)
 */
static void back_off(struct watch *w, bool look_on)
{
	static const struct timespec ts = {0, 1000000};

	if (!look_on && sigtimedwait(&w->chld, NULL, &ts) > 0)
		w->taken = true;
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

/*
 * Until the tracer has waited for an exec without WNOWAIT no request finds the
 * tracee, not even PTRACE_DETACH: ptrace_freeze_traced() of the kernel asks
 * looks_like_a_spurious_pid(), as the thread may be another than it was.
 */
static void take_stop(pid_t tid)
{
	siginfo_t si;

	waitid(P_PID, (id_t)tid, &si, WSTOPPED | WNOHANG | __WALL);
}

static enum stop_kind wait_watched(struct watch *w, pid_t pid, pid_t tid,
				   int cpu, uint64_t deadline, int *ret_signal)
{
	unsigned int spin_rounds = cpu == sched_getcpu() ? 1 : SPIN_ROUNDS;

	for (unsigned int round = 0;; round++) {
		siginfo_t si = {0};
		int r = waitid(P_PID, (id_t)tid, &si,
			       WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL);

		if (r < 0 && errno != EINTR)
			return STOP_GONE;
		if (r == 0 && si.si_pid && si.si_code == CLD_TRAPPED) {
			enum stop_kind kind =
				classify(si.si_status, ret_signal);

			if (kind == STOP_EXEC)
				take_stop(tid);
			return kind;
		}
		if ((r == 0 && si.si_pid && si.si_code != CLD_STOPPED) ||
		    (round >= SPIN_ROUNDS && is_dead(pid, tid))) {
			reap(tid);
			return STOP_GONE;
		}
		if (round >= SPIN_ROUNDS && now_us() >= deadline)
			return STOP_NONE;
		back_off(w, round < spin_rounds);
	}
}

enum stop_kind thread_wait(pid_t pid, pid_t tid, int cpu, uint64_t deadline,
			   int *ret_signal)
{
	struct watch w;
	enum stop_kind kind;

	watch_begin(&w);
	kind = wait_watched(&w, pid, tid, cpu, deadline, ret_signal);
	watch_end(&w);
	return kind;
}

enum stop_kind thread_wait_event(pid_t pid, pid_t tid, int cpu,
				 uint64_t deadline)
{
	for (;;) {
		int signal = 0;
		enum stop_kind kind =
			thread_wait(pid, tid, cpu, deadline, &signal);

		if (kind != STOP_SIGNAL && kind != STOP_SYSCALL &&
		    kind != STOP_OTHER)
			return kind;
		/*
		 * Any stop takes back a trap that was asked for before
		 * (ptrace_stop() of the kernel: "any trap clears pending STOP
		 * trap"), so ask again; if it wasn't taken back, that is one.
		 */
		ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
		if (ptrace(PTRACE_CONT, tid, NULL, (void *)(long)signal) &&
		    errno == ESRCH && is_dead(pid, tid))
			return STOP_GONE;
	}
}
