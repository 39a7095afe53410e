// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/commit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/safety.h"

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

/* One place in the code, and what it gets. */
struct write {
	uint64_t addr;
	uint32_t len;
	const uint8_t *before, *after;
	const char *name;
};

struct writes {
	struct write *all; /* in the order in which they are done */
	size_t n, cap, done;
};

static void add_writes(struct writes *w, const struct state *s, bool undo)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];

		if (!h->write_len)
			continue;
		VEC_GROW(w->all, w->n, w->cap);
		w->all[w->n++] = (struct write){
			.addr = h->write_addr,
			.len = h->write_len,
			.before = undo ? h->intended : h->undo,
			.after = undo ? h->undo : h->intended,
			.name = state_hunk_name(s, h),
		};
	}
}

/* All old jumps go before the first new one comes: they share places. */
static void collect_writes(const struct plan *p, struct writes *w)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].old)
			add_writes(w, p->changes[i].old, true);
	}
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].has_new)
			add_writes(w, &p->changes[i].new, false);
	}
}

static struct error *set_states(struct plan *p, enum patch_state old,
				enum patch_state new)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		struct change *c = &p->changes[i];

		if (c->old)
			TRY(state_set(p->t, c->old, old));
		if (c->has_new)
			TRY(state_set(p->t, &c->new, new));
	}
	return NULL;
}

static void roll_back(struct plan *p, struct writes *w)
{
	struct error *err = NULL;

	while (!err && w->done) {
		const struct write *x = &w->all[w->done - 1];

		err = target_write(p->t, x->addr, x->before, x->len);
		w->done -= !err;
	}
	if (!err)
		err = set_states(p, STATE_APPLIED, STATE_PREPARED);
	/* Left to recover(), by the states in the patient. */
	if (err)
		log_warn("cannot take back an unfinished attempt: %s",
			 err->message);
	error_free(err);
}

static struct error *do_writes(struct plan *p, struct writes *w)
{
	TRY(set_states(p, STATE_REVERTING, STATE_APPLYING));
	for (w->done = 0; w->done < w->n; w->done++) {
		const struct write *x = &w->all[w->done];

		TRY(error_context(target_write(p->t, x->addr, x->after,
					       x->len),
				  "%s", x->name));
	}
	return set_states(p, STATE_RETIRED, STATE_APPLIED);
}

/* With all threads stopped. */
static struct error *switch_code(struct plan *p, struct writes *w)
{
	for (size_t i = 0; i < p->nchanges; i++)
		TRY(error_context(change_verify_code(p->t, &p->changes[i]),
				  "patch for %s", p->changes[i].obj->path));
	struct error *err = do_writes(p, w);
	if (err)
		roll_back(p, w);
	return err;
}

void commit_result_deinit(struct commit_result *r)
{
	free(r->unused);
	free(r->rsp);
	memset(r, 0, sizeof(*r));
}

static void note_unused(struct plan *p, struct safety *s,
			struct commit_result *r)
{
	r->nrsp = p->t->nthreads;
	r->rsp = xcalloc(r->nrsp, sizeof(*r->rsp));
	for (size_t i = 0; i < r->nrsp; i++)
		r->rsp[i] = p->t->threads[i].regs.rsp;
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

	while (err && err->code == ERR_UNSAFE && safety_may_move(s) &&
	       now_us() < end) {
		error_free(err);
		TRY(target_let_run(p->t, s->busy, MOVE_US, STOP_MS));
		err = safety_check(s);
	}
	return err;
}

/* One attempt. What fails with ERR_UNSAFE may be tried again. */
static struct error *attempt(struct plan *p, struct safety *s,
			     struct writes *w, struct commit_result *r)
{
	TRY(target_stop(p->t, STOP_MS));
	struct error *err = check_moving(p, s);
	if (!err)
		err = error_context(switch_code(p, w), "pid %d (%s)", p->t->pid,
				    p->t->comm);
	if (!err)
		note_unused(p, s, r);
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
				   struct writes *w, unsigned int timeout_ms,
				   struct commit_result *r)
{
	uint64_t end = now_us() + (uint64_t)timeout_ms * 1000;

	for (;;) {
		uint64_t start = now_us();
		struct error *err = attempt(p, s, w, r);
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

/* What is there now, read from memory: a report, not a repair. */
static struct error *verify_written(struct plan *p, const struct writes *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct write *x = &w->all[i];
		const uint8_t *expected = x->after;
		uint8_t code[STATE_MAX_WRITE];

		for (size_t k = i + 1; k < w->n; k++) {
			if (w->all[k].addr == x->addr)
				expected = w->all[k].after;
		}
		TRY(target_read(p->t, x->addr, code, x->len));
		if (memcmp(code, expected, x->len))
			return error_new(ERR_FAILED,
					 "%s: the code read back is not what "
					 "was written", x->name);
	}
	return NULL;
}

struct error *commit(struct plan *p, unsigned int timeout_ms,
		     struct commit_result *ret)
{
	struct commit_result r = {0};
	struct writes w = {0};
	struct safety s;

	TRY(safety_init(p, &s));
	r.unused = xcalloc(p->states.count, sizeof(*r.unused));
	collect_writes(p, &w);
	struct error *err = attempt_until(p, &s, &w, timeout_ms, &r);
	if (!err)
		err = verify_written(p, &w);
	safety_deinit(&s);
	free(w.all);
	if (err)
		commit_result_deinit(&r);
	else
		*ret = r;
	return err;
}
