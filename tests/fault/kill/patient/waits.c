// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that block for some milliseconds: each must return what it
 * would have returned had nobody stopped the thread, and not too early. How
 * much too late is not judged.
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"

enum {
	WAIT_MS = 6,
	WAIT_NS = WAIT_MS * 1000000,
	TICK_NS = 3900000, /* with HZ=250; the longest is of 10 ms */
};

static const struct timespec wait_ts = {0, WAIT_MS * 1000000};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* One of those calls that the kernel doesn't restart after a stop. */
static bool is_interrupted(struct self *s, const char *call, long result)
{
	if (result != -1 || errno != EINTR)
		return false;
	snprintf(s->shared->interruption, sizeof(s->shared->interruption),
		 "thread %u: %s", s->index, call);
	atomic_fetch_add(&s->shared->interrupted, 1);
	s->interrupted = true;
	return true;
}

/*
 * Of a doctor that is killed when the patient is just being stopped the next
 * one may meet a thread amidst what the first one gave it: then any call may
 * (2 of 1,100 did).
 */
static void expect(struct self *s, const char *call, long result, long wanted,
		   int error)
{
	if (s->shared->mode == MODE_STOPPED && error != EINTR &&
	    is_interrupted(s, call, result))
		return;
	if (result != wanted)
		wrong(s, "%s returned %ld (%s)", call, result,
		      result < 0 ? strerror(errno) : "");
	else if (result < 0 && errno != error)
		wrong(s, "%s failed with %s", call, strerror(errno));
}

static void wait_nanosleep(struct self *s)
{
	expect(s, "nanosleep", nanosleep(&wait_ts, NULL), 0, 0);
}

static void wait_absolute(struct self *s)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += wait_ts.tv_nsec;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_nsec -= 1000000000;
		ts.tv_sec++;
	}
	expect(s, "clock_nanosleep",
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0,
	       0);
}

static void wait_poll(struct self *s)
{
	struct pollfd p = {.fd = s->pipe[0], .events = POLLIN};

	expect(s, "poll", poll(&p, 1, WAIT_MS), 0, 0);
}

static void wait_epoll(struct self *s)
{
	struct epoll_event e;

	long n = epoll_wait(s->epoll, &e, 1, WAIT_MS);
	if (!is_interrupted(s, "epoll_wait", n))
		expect(s, "epoll_wait", n, 0, 0);
}

static void wait_futex(struct self *s)
{
	expect(s, "futex",
	       syscall(SYS_futex, &s->futex, FUTEX_WAIT_PRIVATE, 0, &wait_ts,
		       NULL, 0),
	       -1, ETIMEDOUT);
}

static void wait_sigtimedwait(struct self *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1); /* blocked, and never sent */
	long n = sigtimedwait(&set, NULL, &wait_ts);
	if (!is_interrupted(s, "sigtimedwait", n))
		expect(s, "sigtimedwait", n, -1, EAGAIN);
}

static void wait_receive(struct self *s)
{
	char byte;

	long n = recv(s->socket[0], &byte, 1, 0);
	if (!is_interrupted(s, "recv", n))
		expect(s, "recv", n, -1, EAGAIN);
}

/* A byte that thread 0 writes. */
static void wait_read(struct self *s)
{
	char byte = 0;

	atomic_store(&s->report->wants, WANT_BYTE);
	expect(s, "read", read(s->pipe[0], &byte, 1), 1, 0);
	if (byte != (char)s->index)
		wrong(s, "read gave %d", byte);
}

/* A signal that thread 0 sends; it is blocked but for the time of the call. */
static void wait_signal(struct self *s)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	sigdelset(&mask, SIGRTMIN);
	uint32_t before = atomic_load(&s->report->signals);
	atomic_store(&s->report->wants, WANT_SIGNAL);
	expect(s, "sigsuspend", sigsuspend(&mask), -1, EINTR);
	uint32_t after = atomic_load(&s->report->signals);
	if (after != before + 1)
		wrong(s, "%u signals instead of 1", after - before);
}

/*
 * The time-out of a receive is in jiffies, which jump when a virtual machine
 * was held: without any doctor 889 of some 7 million such waits were too short,
 * down to 0.3 ms, by the fine clock; by that of the ticks none was.
 */
void check_wait(struct self *s, unsigned int which)
{
	static const struct {
		void (*fn)(struct self *s);
		clockid_t clock;
		uint64_t least_ns;
	} waits[WAITS] = {
		{wait_nanosleep, CLOCK_MONOTONIC, WAIT_NS},
		{wait_read, CLOCK_MONOTONIC, 0},
		{wait_epoll, CLOCK_MONOTONIC, WAIT_NS},
		{wait_futex, CLOCK_MONOTONIC, WAIT_NS},
		{wait_signal, CLOCK_MONOTONIC, 0},
		{wait_poll, CLOCK_MONOTONIC, WAIT_NS},
		{wait_receive, CLOCK_MONOTONIC_COARSE, TICK_NS},
		{wait_sigtimedwait, CLOCK_MONOTONIC, WAIT_NS},
		{wait_absolute, CLOCK_MONOTONIC, WAIT_NS},
	};
	uint64_t start = now_ns(waits[which].clock);

	s->interrupted = false;
	waits[which].fn(s);
	uint64_t took = now_ns(waits[which].clock) - start;
	if (!s->interrupted && took < waits[which].least_ns)
		wrong(s, "wait %u was over after %llu ns", which,
		      (unsigned long long)took);
}

void prepare_waits(struct self *s)
{
	struct timeval tv = {0, WAIT_MS * 1000};

	s->epoll = epoll_create1(0);
	if (pipe(s->pipe) || s->epoll < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM, 0, s->socket) ||
	    setsockopt(s->socket[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		wrong(s, "cannot open a pipe, socket or epoll");
}
