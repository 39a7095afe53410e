// SPDX-License-Identifier: GPL-2.0-or-later
/* io_getevents() and io_uring_enter(), as raw system calls. */
#include "calls.h"

#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void feed_byte(struct ctx *c)
{
	if (write(c->fd[1], "x", 1) != 1)
		perror("feeding");
}

static long take_byte(struct ctx *c, long r)
{
	char byte;

	if (r == 0 && read(c->fd[0], &byte, 1) != 1)
		return -1;
	return r;
}

/* ---- io_getevents ---- */

static bool set_aio(struct ctx *c)
{
	aio_context_t *aio = calloc(1, sizeof(*aio));

	c->mem = aio;
	if (!aio || pipe(c->fd))
		return false;
	if (syscall(SYS_io_setup, 4, aio))
		c->why = "the kernel refuses io_setup";
	return true;
}

static long getevents(struct ctx *c, struct timespec *ts, long good)
{
	aio_context_t *aio = c->mem;
	struct io_event event;

	return result(syscall(SYS_io_getevents, *aio, 1, 1, &event, ts), good);
}

static long do_getevents(struct ctx *c)
{
	struct timespec ts = in_ms(c);

	return getevents(c, &ts, 0);
}

static long do_pgetevents(struct ctx *c)
{
	struct timespec ts = in_ms(c);
	aio_context_t *aio = c->mem;
	struct io_event event;

	return result(syscall(SYS_io_pgetevents, *aio, 1, 1, &event, &ts, NULL),
		      0);
}

static long do_getevents_fed(struct ctx *c)
{
	struct iocb cb = {.aio_lio_opcode = IOCB_CMD_POLL,
			  .aio_fildes = (uint32_t)c->fd[0],
			  .aio_buf = POLLIN};
	struct iocb *cbs[] = {&cb};
	aio_context_t *aio = c->mem;

	if (syscall(SYS_io_submit, *aio, 1, cbs) != 1)
		return -errno;
	return take_byte(c, getevents(c, NULL, 1));
}

/* ---- io_uring ---- */

struct ring {
	int fd;
	struct io_uring_sqe *sqes;
	unsigned int *sq_tail, *sq_array, sq_mask;
	unsigned int *cq_head, *cq_tail;
};

static bool map_ring(struct ring *r, const struct io_uring_params *p)
{
	size_t len = p->sq_off.array + p->sq_entries * sizeof(unsigned int);
	size_t cq_len =
		p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	char *ring;

	if (cq_len > len)
		len = cq_len;
	ring = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		    IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, p->sq_entries * sizeof(*r->sqes),
		       PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		       IORING_OFF_SQES);
	if (ring == MAP_FAILED || r->sqes == MAP_FAILED)
		return false;
	r->sq_tail = (void *)(ring + p->sq_off.tail);
	r->sq_array = (void *)(ring + p->sq_off.array);
	r->sq_mask = *(unsigned int *)(void *)(ring + p->sq_off.ring_mask);
	r->cq_head = (void *)(ring + p->cq_off.head);
	r->cq_tail = (void *)(ring + p->cq_off.tail);
	return true;
}

static bool set_ring(struct ctx *c)
{
	struct io_uring_params p = {0};
	struct ring *r = calloc(1, sizeof(*r));

	c->mem = r;
	if (!r || pipe(c->fd))
		return false;
	r->fd = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (r->fd < 0) {
		c->why = "the kernel refuses io_uring_setup";
		return true;
	}
	if (!(p.features & IORING_FEAT_SINGLE_MMAP) ||
	    !(p.features & IORING_FEAT_EXT_ARG))
		c->why = "this io_uring has no time-outs";
	return c->why || map_ring(r, &p);
}

static long enter(struct ring *r, unsigned int flags, void *arg, size_t len)
{
	return syscall(SYS_io_uring_enter, r->fd, 0, 1,
		       IORING_ENTER_GETEVENTS | flags, arg, len);
}

static void submit_poll(struct ctx *c)
{
	struct ring *r = c->mem;
	unsigned int tail = *r->sq_tail, i = tail & r->sq_mask;

	memset(&r->sqes[i], 0, sizeof(r->sqes[i]));
	r->sqes[i].opcode = IORING_OP_POLL_ADD;
	r->sqes[i].fd = c->fd[0];
	r->sqes[i].poll32_events = POLLIN;
	r->sq_array[i] = i;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	syscall(SYS_io_uring_enter, r->fd, 1, 0, 0, NULL, 0);
}

static long do_uring_fed(struct ctx *c)
{
	struct ring *r = c->mem;
	long n;

	submit_poll(c);
	n = result(enter(r, 0, NULL, 0), 0);
	if (n == 0 &&
	    *r->cq_head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE))
		return 3000000; /* says so, and there is no event */
	__atomic_store_n(r->cq_head, *r->cq_tail, __ATOMIC_RELEASE);
	return take_byte(c, n);
}

static long do_uring(struct ctx *c)
{
	struct __kernel_timespec ts = {c->ms / 1000, c->ms % 1000 * 1000000L};
	struct io_uring_getevents_arg arg = {.ts = (uintptr_t)&ts};

	return result(enter(c->mem, IORING_ENTER_EXT_ARG, &arg, sizeof(arg)),
		      0);
}

const struct call calls_aio[] = {
	{"io_getevents", set_aio, do_getevents, NULL, NULL, 0, 0},
	{"io_pgetevents", set_aio, do_pgetevents, NULL, NULL, 0, 0},
	{"io_getevents_fed", set_aio, do_getevents_fed, feed_byte, NULL, 0, ONCE},
	{"io_uring_enter", set_ring, do_uring, NULL, NULL, -ETIME, 0},
	{"io_uring_enter_fed", set_ring, do_uring_fed, feed_byte, NULL, 0, ONCE},
	{0},
};
