// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/commit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "doctor/callbacks.h"
#include "doctor/contexts.h"
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

/* A search for contexts may take this part of the time, while it waits. */
#define RESCAN_FACTOR 10u

#define HOLD_US 20000u
#define MOVE_US 20u
#define LONGEST_MOVE_US 1000u
/* Tries of which nobody feels much, before others are held for long. */
#define GRACE_US 1000000u

void commit_result_deinit(struct commit_result *r)
{
	free(r->unused);
	free(r->rsp);
	memset(r, 0, sizeof(*r));
}

/* What is needed for all tries. */
struct work {
	struct plan *p;
	const struct commit_options *options;
	struct safety safety;
	struct contexts contexts;
	struct writes writes;
	uint64_t held_from; /* us: running threads, in this attempt; 0: not */
	uint64_t held_us;
};

/*
 * By what the check has read: the threads are on their way again. Where a
 * context was seen in a patch, or nobody has looked for any, it may be used:
 * the search of unmap_retired() goes on while contexts change places, and
 * could miss one.
 */
static void note_unused(struct work *w, struct commit_result *r)
{
	const struct plan *p = w->p;
	struct safety *s = &w->safety;

	r->nrsp = s->nstacks;
	r->rsp = xcalloc(r->nrsp, sizeof(*r->rsp));
	for (size_t i = 0; i < r->nrsp; i++)
		r->rsp[i] = s->stacks[i].regs.rsp;
	for (size_t i = 0; i < p->states.count; i++) {
		const struct state_header *h = p->states.all[i].header;
		uint64_t lo = h->part_addr[LINK_R];
		uint64_t hi = h->part_addr[LINK_RW] + h->part_size[LINK_RW];

		r->unused[i] = h->state == STATE_RETIRED &&
			       !w->options->skip_contexts &&
			       !contexts_any_in(&w->contexts, lo, hi) &&
			       !safety_points_into(s, lo, hi);
	}
}

/*
 * Threads that call a short function all the time are hardly ever all outside
 * at the same moment. So those inside are let run on for moments, while the
 * others are held: for HOLD_US at most, as one of them may wait for another.
 */
static struct error *check_moving(struct work *w)
{
	uint64_t park_us = (uint64_t)w->options->park_ms * 1000;
	uint64_t end = now_us() + (park_us < HOLD_US ? park_us : HOLD_US);
	struct safety *s = &w->safety;
	struct error *err = safety_check(s);

	while (err && err->code == ERR_UNSAFE && now_us() < end) {
		_autofree_ bool *which = safety_may_move(s);

		if (!which)
			break;
		error_free(err);
		TRY(target_let_run(w->p->t, which, MOVE_US, STOP_MS));
		err = safety_check(s);
	}
	return err;
}

/* Threads in the way that were let go of, and have not moved. */
static size_t count_asleep(const struct target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nthreads; i++)
		n += !t->threads[i].stopped;
	return n;
}

/*
 * Threads that leave the functions are parked, until the last has left or
 * `end` comes: one that is held may have what one inside waits for. So it
 * ends sooner if for a fourth of the time only sleeping ones were inside, and
 * none of them moved.
 */
static struct error *check_leaving(struct work *w, uint64_t end)
{
	struct safety *s = &w->safety;
	struct target *t = w->p->t;
	uint64_t moved_at = now_us(), patience = (end - moved_at) / 4;
	unsigned int us = MOVE_US;
	size_t busy = 0;
	struct error *err = safety_check(s);

	while (err && err->code == ERR_UNSAFE && now_us() < end) {
		_autofree_ bool *which = safety_may_move(s);

		if (!which || now_us() - moved_at > patience)
			break;
		error_free(err);
		TRY(target_let_move(t, which, us, STOP_MS));
		err = safety_check(s);
		if (s->nbusy != busy || count_asleep(t) < busy)
			moved_at = now_us();
		busy = s->nbusy;
		us = count_asleep(t) < busy ? MOVE_US
		     : us < LONGEST_MOVE_US / 2 ? 2 * us : LONGEST_MOVE_US;
	}
	return err;
}

/*
 * Memory that an earlier patch has left may have been about to be unmapped when
 * the doctor before us was killed. With all threads stopped.
 */
static struct error *check_memory(struct work *w)
{
	const struct plan *p = w->p;

	TRY(target_check_unmapping(p->t));
	for (size_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];
		char magic[sizeof(STATE_MAGIC)];

		if (c->reuse)
			TRY(target_read(p->t, c->part_addr[LINK_R], magic,
					sizeof(magic)));
	}
	return NULL;
}

/*
 * For functions that are always on some stack: everybody outside is held, for
 * `park_ms` at most.
 */
static struct error *park_and_switch(struct work *w)
{
	struct target *t = w->p->t;
	uint64_t end = now_us() + (uint64_t)w->options->park_ms * 1000;

	w->safety.all_may_move = true;
	safety_begin(&w->safety);
	w->held_from = now_us();
	TRY(target_stop(t, STOP_MS));
	TRY(check_leaving(w, end));
	TRY(check_memory(w));
	TRY(contexts_check(&w->contexts));
	return error_context(writes_switch(w->p, &w->writes), "pid %d (%s)",
			     t->pid, t->comm);
}

/*
 * Sleeping threads are parked and checked while the others run, which feel
 * only what comes after target_stop(): their own check, and the writes.
 */
static struct error *stop_and_switch(struct work *w)
{
	struct target *t = w->p->t;

	safety_begin(&w->safety);
	TRY(target_park(t, STOP_MS));
	TRY(safety_check_parked(&w->safety));
	writes_park(w->p, &w->writes);
	w->held_from = now_us();
	TRY(target_stop(t, STOP_MS));
	TRY(check_moving(w));
	TRY(check_memory(w));
	TRY(contexts_check(&w->contexts));
	return error_context(writes_switch(w->p, &w->writes), "pid %d (%s)",
			     t->pid, t->comm);
}

/*
 * A search of the memory is good for some time: where nothing was found at
 * all, programs that suspend contexts in these functions are rare.
 */
static struct error *look_for_contexts(struct work *w)
{
	struct contexts *c = &w->contexts;

	if (w->options->skip_contexts)
		return NULL;
	if (c->scanned_at && !contexts_any(c) &&
	    now_us() - c->scanned_at < RESCAN_FACTOR * c->scan_us)
		return NULL;
	return contexts_scan(c, w->options->context_ms);
}

/* One attempt. What fails with ERR_UNSAFE may be tried again. */
static struct error *attempt(struct work *w, bool park,
			     uint64_t *ret_stopped_us)
{
	struct target *t = w->p->t;
	struct error *err;

	*ret_stopped_us = 0;
	TRY(look_for_contexts(w));
	w->held_from = t->parked_from = 0;
	err = park ? park_and_switch(w) : stop_and_switch(w);
	w->held_us = w->held_from ? now_us() - w->held_from : 0;
	target_release(t);
	if (w->writes.calls_back)
		callbacks_wipe(w->p);
	*ret_stopped_us = t->parked_from ? now_us() - t->parked_from : 0;
	log_info("pid %d (%s): %zu threads parked for %" PRIu64 " us, all "
		 "stopped for %" PRIu64 " us", t->pid, t->comm,
		 w->safety.nstacks, *ret_stopped_us, w->held_us);
	return err;
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

static struct error *attempt_until(struct work *w)
{
	const struct commit_options *o = w->options;
	uint64_t start = now_us(), timeout_us = (uint64_t)o->timeout_ms * 1000;
	uint64_t end = start + timeout_us;
	uint64_t park_at = timeout_us / 4 < GRACE_US ? start + timeout_us / 4
						     : start + GRACE_US;

	for (unsigned int tries = 0;; tries++) {
		uint64_t stopped_us, pause;
		bool park = o->park_ms && tries && now_us() > park_at;
		struct error *err = attempt(w, park, &stopped_us);

		pause = pause_after(stopped_us);
		if (!err || err->code != ERR_UNSAFE || tries >= o->retries ||
		    now_us() + pause > end)
			return err;
		log_debug("%s", err->message);
		error_free(err);
		sleep_us(pause);
		/* Threads may have been started: their stacks are mappings. */
		TRY(target_refresh_maps(w->p->t));
	}
}

/*
 * A context that was suspended between the search and the stop: the code it
 * comes back to is as it was, but for the jump at its beginning.
 */
static void report_missed(struct work *w)
{
	struct contexts *c = &w->contexts;
	struct error *err = NULL;

	if (w->options->skip_contexts || !contexts_any(c))
		return;
	err = contexts_scan(c, w->options->context_ms);
	if (!err)
		err = contexts_check(c);
	if (err)
		log_warn("done, but one call may finish in the code as it was: "
			 "%s", err->message);
	error_free(err);
}

static struct error *work_init(struct plan *p, const struct commit_options *o,
			       struct work *w)
{
	*w = (struct work){.p = p, .options = o};
	TRY(safety_init(p, &w->safety));
	contexts_init(&w->safety, &w->contexts);
	writes_collect(p, &w->writes);
	/* For check_memory(); without, no doctor had anything unmapped. */
	error_free(target_carry_find(p->t));
	return NULL;
}

static void work_deinit(struct work *w)
{
	contexts_deinit(&w->contexts);
	safety_deinit(&w->safety);
	writes_deinit(&w->writes);
}

struct error *commit(struct plan *p, const struct commit_options *options,
		     struct commit_result *ret)
{
	struct commit_result r = {0};
	struct work w;

	TRY(work_init(p, options, &w));
	r.unused = xcalloc(p->states.count, sizeof(*r.unused));
	struct error *err = error_context(writes_ready(p, &w.writes),
					  "pid %d (%s)", p->t->pid, p->t->comm);
	if (!err)
		err = attempt_until(&w);
	if (!err) {
		note_unused(&w, &r);
		err = writes_verify(p, &w.writes);
	}
	if (!err)
		report_missed(&w);
	work_deinit(&w);
	if (err)
		commit_result_deinit(&r);
	else
		*ret = r;
	return err;
}
