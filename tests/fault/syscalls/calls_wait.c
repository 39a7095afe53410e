// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for one of several: poll, select, epoll. */
#include "calls.h"

#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool set_pipe(struct ctx *c)
{
	return pipe(c->fd) == 0;
}

static void feed_byte(struct ctx *c)
{
	if (write(c->fd[1], "x", 1) != 1)
		perror("feeding");
}

/* What a fed wait returns, and the byte taken away. */
static long one(struct ctx *c, long r)
{
	char byte;

	if (r == 1 && read(c->fd[0], &byte, 1) != 1)
		return -1;
	return result(r, 1);
}

static long do_poll(struct ctx *c)
{
	struct pollfd p = {c->fd[0], POLLIN, 0};

	return result(poll(&p, 1, c->ms), 0);
}

static long do_poll_fed(struct ctx *c)
{
	struct pollfd p = {c->fd[0], POLLIN, 0};

	return one(c, poll(&p, 1, -1));
}

static long do_poll_long(struct ctx *c)
{
	struct pollfd p = {c->fd[0], POLLIN, 0};

	return one(c, poll(&p, 1, 100000));
}

static long do_ppoll(struct ctx *c)
{
	struct pollfd p = {c->fd[0], POLLIN, 0};
	struct timespec ts = in_ms(c);

	return result(ppoll(&p, 1, &ts, NULL), 0);
}

static long do_select(struct ctx *c)
{
	struct timeval tv = {c->ms / 1000, c->ms % 1000 * 1000};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(c->fd[0], &set);
	return result(select(c->fd[0] + 1, &set, NULL, NULL, &tv), 0);
}

/* The kernel cannot write what remains of it, and gives up. */
static long do_select_const(struct ctx *c)
{
	static const struct timeval tv = {100, 0};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(c->fd[0], &set);
	return one(c, syscall(SYS_select, c->fd[0] + 1, &set, NULL, NULL, &tv));
}

static long do_ppoll_const(struct ctx *c)
{
	static const struct timespec ts = {100, 0};
	struct pollfd p = {c->fd[0], POLLIN, 0};

	return one(c, syscall(SYS_ppoll, &p, 1, &ts, NULL, 8));
}

/* The same, but it is the time-out that ends it. */
static bool set_const(struct ctx *c)
{
	struct timespec *ts = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ts == MAP_FAILED)
		return false;
	ts[0] = in_ms(c);
	ts[1] = (struct timespec){c->ms / 1000, c->ms % 1000 * 1000};
	c->mem = ts;
	return set_pipe(c) && !mprotect(ts, 4096, PROT_READ);
}

static long do_select_const_timed(struct ctx *c)
{
	struct timespec *ts = c->mem;

	return result(syscall(SYS_select, 0, NULL, NULL, NULL, &ts[1]), 0);
}

static long do_pselect_const_timed(struct ctx *c)
{
	return result(syscall(SYS_pselect6, 0, NULL, NULL, NULL, c->mem, NULL),
		      0);
}

static long do_ppoll_const_timed(struct ctx *c)
{
	struct pollfd p = {c->fd[0], POLLIN, 0};

	return result(syscall(SYS_ppoll, &p, 1, c->mem, NULL, 8), 0);
}

static long do_pselect(struct ctx *c)
{
	struct timespec ts = in_ms(c);
	fd_set set;

	FD_ZERO(&set);
	FD_SET(c->fd[0], &set);
	return result(pselect(c->fd[0] + 1, &set, NULL, NULL, &ts, NULL), 0);
}

static long do_pselect_fed(struct ctx *c)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(c->fd[0], &set);
	return one(c, pselect(c->fd[0] + 1, &set, NULL, NULL, NULL, NULL));
}

/* ---- epoll ---- */

static bool set_epoll(struct ctx *c)
{
	struct epoll_event e = {.events = EPOLLIN};

	c->id = epoll_create1(0);
	return set_pipe(c) && !epoll_ctl(c->id, EPOLL_CTL_ADD, c->fd[0], &e);
}

static long do_epoll(struct ctx *c)
{
	struct epoll_event e;

	return result(epoll_wait(c->id, &e, 1, c->ms), 0);
}

static long do_epoll_fed(struct ctx *c)
{
	struct epoll_event e;

	return one(c, epoll_wait(c->id, &e, 1, -1));
}

static long do_epoll_long(struct ctx *c)
{
	struct epoll_event e;

	return one(c, epoll_wait(c->id, &e, 1, 100000));
}

static long do_epoll_pwait(struct ctx *c)
{
	struct epoll_event e;
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	return result(epoll_pwait(c->id, &e, 1, c->ms, &mask), 0);
}

/*
 * The time-out stays in its register from call to call, as a compiler may
 * well do it: it must not have changed after a call.
 */
static long do_epoll_kept(struct ctx *c)
{
	struct epoll_event e;
	long r, nr = SYS_epoll_wait, later;

	__asm__ volatile("movq %[ms], %%r10\n\t"
			 "syscall\n\t"
			 "movq %%r10, %[later]"
			 : "=a"(r), [later] "=r"(later)
			 : "a"(nr), "D"((long)c->id), "S"(&e), "d"(1L),
			   [ms] "r"((long)c->ms)
			 : "rcx", "r11", "r10", "memory");
	if (later != c->ms)
		return 2000000 + later;
	return r;
}

static bool set_epoll2(struct ctx *c)
{
	struct timespec ts = {0, 0};
	struct epoll_event e;

	if (!set_epoll(c))
		return false;
	if (syscall(SYS_epoll_pwait2, c->id, &e, 1, &ts, NULL, 8))
		c->why = "the kernel has no epoll_pwait2";
	return true;
}

static long do_epoll_pwait2(struct ctx *c)
{
	struct timespec ts = in_ms(c);
	struct epoll_event e;

	return result(syscall(SYS_epoll_pwait2, c->id, &e, 1, &ts, NULL, 8), 0);
}

static long do_epoll_pwait2_fed(struct ctx *c)
{
	struct timespec ts = {100, 0};
	struct epoll_event e;

	return one(c, syscall(SYS_epoll_pwait2, c->id, &e, 1, &ts, NULL, 8));
}

const struct call calls_wait[] = {
	{"poll", set_pipe, do_poll, NULL, NULL, 0, 0},
	{"poll_fed", set_pipe, do_poll_fed, feed_byte, NULL, 0, 0},
	{"poll_long", set_pipe, do_poll_long, feed_byte, NULL, 0, 0},
	{"ppoll", set_pipe, do_ppoll, NULL, NULL, 0, 0},
	{"ppoll_const", set_pipe, do_ppoll_const, feed_byte, NULL, 0, 0},
	{"select", set_pipe, do_select, NULL, NULL, 0, 0},
	{"select_const", set_pipe, do_select_const, feed_byte, NULL, 0, 0},
	{"select_const_timed", set_const, do_select_const_timed, NULL, NULL, 0,
	 0},
	{"pselect_const_timed", set_const, do_pselect_const_timed, NULL, NULL,
	 0, 0},
	{"ppoll_const_timed", set_const, do_ppoll_const_timed, NULL, NULL, 0,
	 0},
	{"pselect", set_pipe, do_pselect, NULL, NULL, 0, 0},
	{"pselect_fed", set_pipe, do_pselect_fed, feed_byte, NULL, 0, 0},
	{"epoll_wait", set_epoll, do_epoll, NULL, NULL, 0, 0},
	{"epoll_wait_fed", set_epoll, do_epoll_fed, feed_byte, NULL, 0, 0},
	{"epoll_wait_long", set_epoll, do_epoll_long, feed_byte, NULL, 0, 0},
	{"epoll_wait_kept", set_epoll, do_epoll_kept, NULL, NULL, 0, ANEW},
	{"epoll_pwait", set_epoll, do_epoll_pwait, NULL, NULL, 0, 0},
	{"epoll_pwait2", set_epoll2, do_epoll_pwait2, NULL, NULL, 0, 0},
	{"epoll_pwait2_fed", set_epoll2, do_epoll_pwait2_fed, feed_byte, NULL,
	 0, 0},
	{0},
};
