// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocking system calls whose end is known. */
#ifndef CALLS_H
#define CALLS_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* What the caller and its feeder, a process of its own, share. */
struct shared {
	int64_t fed_ns; /* when the feeder was about to end the wait; 0: not */
	pid_t pid, tid; /* of the caller */
	uint32_t word;  /* for futexes */
};

/* One call's objects; for use by its functions as they like. */
struct ctx {
	int ms; /* how long the call is to wait */
	int fd[3];
	int id;
	void *mem;
	struct shared *s;
	const char *why; /* set by setup: why the call cannot be tried here */
};

enum {
	/* Its time-out begins anew with each stop (docs/safety.md). */
	ANEW = 1,
	/* SA_RESTART restarts it. */
	RESTARTS = 2,
	/* In it a handler's signal is what's waited for. */
	BY_SIGNAL = 4,
	/* Not to be called again after an interruption. */
	ONCE = 8,
	/* Its time-out is by a clock that may be slewed. */
	REALTIME = 16,
	/* Never returns EINTR, whatever happens. */
	LOOPS = 32,
	/* It takes seconds to notice what ends it. */
	SLOW = 64,
	/*
	 * Its time-out is in jiffies, which jump when a virtual machine was
	 * held: some such waits are too short by a few ms without any doctor.
	 */
	JIFFIES = 128,
};

/*
 * A round: the feeder does `arm`, the caller does `call`, `ms` later the
 * feeder does `feed`, which ends it. Without `feed` it ends by its own
 * time-out, after `ms` and no earlier.
 */
struct call {
	const char *name;
	bool (*setup)(struct ctx *c); /* before anything else; once */
	long (*call)(struct ctx *c);  /* 0, -errno, or something odd */
	void (*feed)(struct ctx *c);
	void (*arm)(struct ctx *c);
	long want;
	int flags;
};

extern const struct call calls_io[], calls_wait[], calls_time[], calls_ipc[],
	calls_aio[];

/* A signal that is blocked everywhere, and one that has a handler. */
#define BLOCKED_SIGNAL (SIGRTMIN + 1)
#define HANDLED_SIGNAL (SIGRTMIN + 2)

/* 0 if r is what was to be returned, else -errno or what was returned. */
static inline long result(long r, long good)
{
	if (r == good)
		return 0;
	return r == -1 ? -errno : 1000000 + r;
}

static inline struct timespec in_ms(const struct ctx *c)
{
	return (struct timespec){c->ms / 1000, c->ms % 1000 * 1000000L};
}

static inline struct timespec at_ms(const struct ctx *c, clockid_t clock)
{
	struct timespec ts;
	int64_t ns;

	clock_gettime(clock, &ts);
	ns = ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec +
	     c->ms * INT64_C(1000000);
	return (struct timespec){ns / 1000000000, ns % 1000000000};
}

#endif
