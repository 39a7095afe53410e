// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

struct session {
	struct error *(*fn)(void *arg);
	void *arg;
	pid_t tid;
};

static void *run(void *arg)
{
	struct session *s = arg;

	s->tid = (pid_t)syscall(SYS_gettid);
	return s->fn(s->arg);
}

/*
 * pthread_join() returns as soon as the thread has no memory any more; what it
 * traced is let go of a little later (kernel/exit.c: exit_mm(), then
 * exit_notify()), and then its id vanishes.
 */
static void await_vanishing(pid_t tid)
{
	while (!syscall(SYS_tgkill, getpid(), tid, 0))
		sleep_us(20);
}

struct error *target_session(struct error *(*fn)(void *arg), void *arg)
{
	struct session s = {fn, arg, 0};
	pthread_t thread;
	sigset_t chld, old;
	void *result;
	int err;

	/* It is told of stops by SIGCHLD (wait.c): don't take it away. */
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &chld, &old);
	err = pthread_create(&thread, NULL, run, &s);
	if (!err)
		pthread_join(thread, &result);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return error_errno(err, "cannot start a thread");
	await_vanishing(s.tid);
	return result;
}
