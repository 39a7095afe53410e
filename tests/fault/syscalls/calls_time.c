// SPDX-License-Identifier: GPL-2.0-or-later
/* Sleeping, futexes, signals. */
#include "calls.h"

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool set_nothing(struct ctx *c)
{
	(void)c;
	return true;
}

static long do_nanosleep(struct ctx *c)
{
	struct timespec ts = in_ms(c);

	return result(nanosleep(&ts, NULL), 0);
}

static long do_clock_nanosleep(struct ctx *c)
{
	struct timespec ts = in_ms(c);

	return -clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

static long do_clock_nanosleep_abs(struct ctx *c)
{
	struct timespec ts = at_ms(c, CLOCK_MONOTONIC);

	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* ---- futexes ---- */

static long futex(struct ctx *c, int op, const struct timespec *ts)
{
	return result(syscall(SYS_futex, &c->s->word, op, 0, ts, NULL,
			      FUTEX_BITSET_MATCH_ANY),
		      0);
}

static long do_futex(struct ctx *c)
{
	struct timespec ts = in_ms(c);

	return futex(c, FUTEX_WAIT, &ts);
}

static void arm_futex(struct ctx *c)
{
	c->s->word = 0;
}

/* EAGAIN: it has changed just when the wait was to begin again. */
static long do_futex_fed(struct ctx *c)
{
	long r = futex(c, FUTEX_WAIT, NULL);

	return r == -EAGAIN && c->s->word == 1 ? 0 : r;
}

static long do_futex_bitset(struct ctx *c)
{
	struct timespec ts = at_ms(c, CLOCK_MONOTONIC);

	return futex(c, FUTEX_WAIT_BITSET, &ts);
}

static void feed_futex(struct ctx *c)
{
	c->s->word = 1;
	syscall(SYS_futex, &c->s->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static long do_cond_timedwait(struct ctx *c)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec ts = at_ms(c, CLOCK_REALTIME);
	long r;

	pthread_mutex_lock(&mutex);
	r = pthread_cond_timedwait(&cond, &mutex, &ts);
	pthread_mutex_unlock(&mutex);
	return -r;
}

static long do_sem_timedwait(struct ctx *c)
{
	struct timespec ts = at_ms(c, CLOCK_REALTIME);
	sem_t sem;

	sem_init(&sem, 0, 0);
	return result(sem_timedwait(&sem, &ts), 0);
}

/* ---- signals ---- */

static void feed_handled(struct ctx *c)
{
	syscall(SYS_tgkill, c->s->pid, c->s->tid, HANDLED_SIGNAL);
}

static void feed_blocked(struct ctx *c)
{
	syscall(SYS_tgkill, c->s->pid, c->s->tid, BLOCKED_SIGNAL);
}

static long do_pause(struct ctx *c)
{
	(void)c;
	return result(pause(), 0);
}

static long do_sigsuspend(struct ctx *c)
{
	sigset_t mask, old, during;
	long r;

	(void)c;
	sigemptyset(&mask);
	sigaddset(&mask, HANDLED_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &mask, &old);
	during = old;
	sigdelset(&during, HANDLED_SIGNAL);
	r = result(sigsuspend(&during), 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static long await(const struct timespec *ts)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, BLOCKED_SIGNAL);
	return result(sigtimedwait(&set, NULL, ts), BLOCKED_SIGNAL);
}

static long do_sigtimedwait(struct ctx *c)
{
	struct timespec ts = in_ms(c);

	return await(&ts);
}

static long do_sigtimedwait_fed(struct ctx *c)
{
	struct timespec ts = {100, 0};

	(void)c;
	return await(&ts);
}

static long do_sigwaitinfo(struct ctx *c)
{
	(void)c;
	return await(NULL);
}

const struct call calls_time[] = {
	{"nanosleep", set_nothing, do_nanosleep, NULL, NULL, 0, 0},
	{"clock_nanosleep", set_nothing, do_clock_nanosleep, NULL, NULL, 0, 0},
	{"clock_nanosleep_abs", set_nothing, do_clock_nanosleep_abs, NULL, NULL,
	 0, 0},
	{"futex", set_nothing, do_futex, NULL, NULL, -ETIMEDOUT, 0},
	{"futex_fed", set_nothing, do_futex_fed, feed_futex, arm_futex, 0,
	 RESTARTS},
	{"futex_bitset", set_nothing, do_futex_bitset, NULL, NULL, -ETIMEDOUT,
	 0},
	{"cond_timedwait", set_nothing, do_cond_timedwait, NULL, NULL,
	 -ETIMEDOUT, REALTIME | LOOPS},
	{"sem_timedwait", set_nothing, do_sem_timedwait, NULL, NULL, -ETIMEDOUT,
	 REALTIME},
	{"pause", set_nothing, do_pause, feed_handled, NULL, -EINTR, BY_SIGNAL},
	{"sigsuspend", set_nothing, do_sigsuspend, feed_handled, NULL, -EINTR,
	 BY_SIGNAL},
	{"sigtimedwait", set_nothing, do_sigtimedwait, NULL, NULL, -EAGAIN,
	 0},
	{"sigtimedwait_fed", set_nothing, do_sigtimedwait_fed, feed_blocked,
	 NULL, 0, 0},
	{"sigwaitinfo", set_nothing, do_sigwaitinfo, feed_blocked, NULL, 0, 0},
	{0},
};
