// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/commit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/safety.h"
#include "doctor/write.h"

#define STOP_MS 1000u	 /* for the threads of one attempt to stop */
/*
 * Between two attempts threads run at least this many times as long as they
 * were stopped; some more by chance, so as not to fall into step with them.
 */
#define PAUSE_FACTOR 8u
#define SHORTEST_PAUSE_US 1000u
#define LONGEST_PAUSE_US 200000u

#define HOLD_US 20000u
#define MOVE_US 20u

void commit_result_deinit(struct commit_result *r)
{
	free(r->unused);
	free(r->rsp);
	memset(r, 0, sizeof(*r));
}

/* By what the check has read: the threads are on their way again. */
static void note_unused(struct plan *p, struct safety *s,
			struct commit_result *r)
{
	r->nrsp = s->nstacks;
	r->rsp = xcalloc(r->nrsp, sizeof(*r->rsp));
	for (size_t i = 0; i < r->nrsp; i++)
		r->rsp[i] = s->stacks[i].regs.rsp;
	for (size_t i = 0; i < p->states.count; i++) {
		const struct state_header *h = p->states.all[i].header;

		r->unused[i] = h->state == STATE_RETIRED &&
			       !safety_points_into(
				       s, h->part_addr[LINK_R],
				       h->part_addr[LINK_RW] +
					       h->part_size[LINK_RW]);
	}
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/*
 * Threads that call a short function all the time are hardly ever all outside
 * at the same moment. So those inside are let run on for moments, while the
 * others are held: for HOLD_US at most, as one of them may wait for another.
 */
static struct error *check_moving(struct plan *p, struct safety *s)
{
	uint64_t end = now_us() + HOLD_US;
	struct error *err = safety_check(s);

	while (err && err->code == ERR_UNSAFE && now_us() < end) {
		_autofree_ bool *which = safety_may_move(s);

		if (!which)
			break;
		error_free(err);
		TRY(target_let_run(p->t, which, MOVE_US, STOP_MS));
		err = safety_check(s);
	}
	return err;
}

/*
 * Sleeping threads are parked and checked while the others run, which feel
 * only what comes after target_stop(): their own check, and the writes.
 */
static struct error *stop_and_switch(struct plan *p, struct safety *s,
				     struct writes *w)
{
	safety_begin(s);
	TRY(target_park(p->t, STOP_MS));
	TRY(safety_check_parked(s));
	TRY(target_stop(p->t, STOP_MS));
	TRY(check_moving(p, s));
	return error_context(writes_switch(p, w), "pid %d (%s)", p->t->pid,
			     p->t->comm);
}

/* One attempt. What fails with ERR_UNSAFE may be tried again. */
static struct error *attempt(struct plan *p, struct safety *s,
			     struct writes *w)
{
	struct error *err = stop_and_switch(p, s, w);

	target_release(p->t);
	return err;
}

static void pause_us(uint64_t us)
{
	struct timespec ts = {.tv_sec = (time_t)(us / 1000000),
			      .tv_nsec = (long)(us % 1000000) * 1000};

	nanosleep(&ts, NULL);
}

static uint64_t pause_after(uint64_t stopped_us)
{
	uint64_t us = PAUSE_FACTOR * stopped_us;

	if (us < SHORTEST_PAUSE_US)
		us = SHORTEST_PAUSE_US;
	if (us > LONGEST_PAUSE_US)
		us = LONGEST_PAUSE_US;
	return us + (uint64_t)random() % (us / 2);
}

static struct error *attempt_until(struct plan *p, struct safety *s,
				   struct writes *w, unsigned int timeout_ms)
{
	uint64_t end = now_us() + (uint64_t)timeout_ms * 1000;

	for (;;) {
		uint64_t start = now_us();
		struct error *err = attempt(p, s, w);
		uint64_t pause = pause_after(now_us() - start);

		if (!err || err->code != ERR_UNSAFE || now_us() + pause > end)
			return err;
		log_debug("%s", err->message);
		error_free(err);
		pause_us(pause);
		/* Threads may have been started: their stacks are mappings. */
		TRY(target_refresh_maps(p->t));
	}
}

struct error *commit(struct plan *p, unsigned int timeout_ms,
		     struct commit_result *ret)
{
	struct commit_result r = {0};
	struct writes w = {0};
	struct safety s;

	TRY(safety_init(p, &s));
	r.unused = xcalloc(p->states.count, sizeof(*r.unused));
	writes_collect(p, &w);
	struct error *err = attempt_until(p, &s, &w, timeout_ms);
	if (!err) {
		note_unused(p, &s, &r);
		err = writes_verify(p, &w);
	}
	safety_deinit(&s);
	writes_deinit(&w);
	if (err)
		commit_result_deinit(&r);
	else
		*ret = r;
	return err;
}
