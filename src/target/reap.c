// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tracees that have died.
 *
 * An execve() ends all other threads and waits until each is gone, and one
 * that is traced is gone only when its tracer has taken note of its end
 * (de_thread() and wait_task_zombie() of the kernel). All that time it holds
 * cred_guard_mutex, which PTRACE_SEIZE of any thread of that process waits for.
 * So a tracer that doesn't take note of the dead it has, and seizes another,
 * hangs for ever, the process with it.
 */
#include "target/priv.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKED_NS = 20000000 };

/*
 * True if it is no tracee any more. waitid() without WNOWAIT would take the
 * stop of one that lives, too: "Traditionally we see ptrace'd stopped tasks
 * regardless of options" (wait_task_stopped() of the kernel).
 */
static bool take_note(pid_t tid)
{
	const int how = WEXITED | WNOHANG | __WALL;
	siginfo_t si = {0};

	if (waitid(P_PID, (id_t)tid, &si, how | WNOWAIT))
		return errno == ECHILD;
	return si.si_pid == tid && si.si_code != CLD_TRAPPED &&
	       si.si_code != CLD_STOPPED &&
	       !waitid(P_PID, (id_t)tid, &si, how);
}

/* Async-signal-safe. */
void reap_dead(struct target *t)
{
	struct tids *dying = &t->priv->dying;
	size_t n = 0;

	for (size_t i = 0; i < dying->count; i++) {
		if (!take_note(dying->all[i]))
			dying->all[n++] = dying->all[i];
	}
	dying->count = n;
	for (size_t i = 0; i < t->nthreads; i++) {
		struct thread_priv *p = t->threads[i].priv;
		pid_t tid = t->threads[i].tid;

		/* The thread that does execve() takes the leader's place. */
		if (!p->gone && take_note(tid) && tid != t->pid)
			p->gone = p->free = true;
	}
}

void reap_later(struct target *t, pid_t tid)
{
	struct tids *dying = &t->priv->dying;

	if (take_note(tid))
		return;
	VEC_GROW(dying->all, dying->count, dying->cap);
	dying->all[dying->count++] = tid;
}

/*
 * In the thread that traces, which may be blocked in PTRACE_SEIZE: only then
 * the lists aren't being changed. The kernel begins the call again afterwards
 * (mutex_lock_interruptible(), -ERESTARTNOINTR).
 */
static void on_timer(int signal, siginfo_t *si, void *context)
{
	struct target *t = si->si_value.sival_ptr;

	int err = errno;

	(void)signal;
	(void)context;
	if (si->si_code == SI_TIMER && t && t->priv->seizing)
		reap_dead(t);
	errno = err;
}

bool seize_watch_begin(struct seize_watch *w, struct target *t)
{
	const struct sigaction action = {.sa_sigaction = on_timer,
					 .sa_flags = SA_SIGINFO | SA_RESTART};
	const struct itimerspec every = {{0, BLOCKED_NS}, {0, BLOCKED_NS}};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
				 .sigev_signo = SIGURG,
				 .sigev_value = {.sival_ptr = t}};
	sigset_t urg;

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	w->on = !sigaction(SIGURG, &action, NULL) &&
		!timer_create(CLOCK_MONOTONIC, &event, &w->timer);
	if (!w->on)
		return false;
	sigemptyset(&urg);
	sigaddset(&urg, SIGURG);
	pthread_sigmask(SIG_UNBLOCK, &urg, &w->old);
	timer_settime(w->timer, 0, &every, NULL);
	return true;
}

/* A signal that is pending comes at the latest when timer_delete() returns. */
void seize_watch_end(struct seize_watch *w)
{
	if (!w->on)
		return;
	timer_delete(w->timer);
	pthread_sigmask(SIG_SETMASK, &w->old, NULL);
	w->on = false;
}

bool seize_thread(struct target *t, pid_t tid)
{
	long err;

	t->priv->seizing = 1;
	err = ptrace(PTRACE_SEIZE, tid, NULL, (void *)seize_options());
	t->priv->seizing = 0;
	return !err;
}
