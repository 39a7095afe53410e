// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A doctor was killed half-way: the states in the patient say how far it was.
 * All are taken back: each hunk's place holds its undo bytes or its jump. Of
 * PREPARED memory no jump leads to the new functions, but a thread may be about
 * to carry out the code of the switch (self_write.c), which is in there, too.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "doctor/commit.h"
#include "doctor/frames.h"
#include "doctor/mapping.h"
#include "doctor/prepare.h"

/*
 * Whether another unfinished patch has written there: in an upgrade, old and
 * new one share places, and each is taken back in its turn.
 */
static bool is_of_other(const struct plan *p, const struct state *s,
			uint64_t addr, const uint8_t *code, uint32_t len)
{
	for (size_t i = 0; i < p->states.count; i++) {
		const struct state *o = &p->states.all[i];

		for (uint32_t k = 0; o != s && k < o->header->nhunks; k++) {
			const struct state_hunk *h = &o->hunks[k];

			if (h->write_addr == addr && h->write_len == len &&
			    !memcmp(code, h->intended, len))
				return true;
		}
	}
	return false;
}

/* Makes a half-written patch look wholly applied, so that it can go out. */
static struct error *settle(struct target *t, const struct plan *p,
			    struct state *s)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		struct state_hunk *h = &s->hunks[i];
		uint8_t code[STATE_MAX_WRITE];

		if (!h->write_len)
			continue;
		TRY(target_read(t, h->write_addr, code, h->write_len));
		if (!memcmp(code, h->intended, h->write_len))
			continue;
		/* Not written: in this copy, nothing is to be undone. */
		if (!memcmp(code, h->undo, h->write_len) ||
		    is_of_other(p, s, h->write_addr, code, h->write_len))
			h->write_len = 0;
		else
			return error_new(ERR_FAILED,
					 "an attempt to patch was interrupted, "
					 "and %s is neither as before nor as "
					 "intended; restart the process",
					 state_hunk_name(s, h));
	}
	return NULL;
}

/* For a thread that carries out the switch of a doctor that is dead. */
#define LOOK_MS 1500u

/*
 * If there are suspended contexts they go on in its memory, which stays for
 * them. Looking for some first, it need not stay where there are none.
 */
static struct error *commit_back(struct plan *p, unsigned int timeout_ms,
				 struct commit_result *ret)
{
	struct commit_options options = {
		.timeout_ms = timeout_ms < LOOK_MS ? timeout_ms : LOOK_MS,
		.retries = UINT_MAX, .park_ms = DEFAULT_PARK_MS,
		.context_ms = LOOK_MS};
	struct error *err = commit(p, &options, ret);

	if (!err || err->code != ERR_UNSAFE)
		return err;
	error_free(err);
	options.timeout_ms = timeout_ms;
	options.skip_contexts = true;
	return commit(p, &options, ret);
}

static struct error *take_back(struct target *t, struct plan *p,
			       struct state *s, unsigned int timeout_ms)
{
	static const struct object unknown = {.path = (char *)"the process"};
	struct commit_result result;

	const struct object *obj = objects_at(&p->objs, s->hunks[0].orig_addr);
	struct change c = {.obj = obj ? obj : &unknown, .old = s};
	bool used = s->header->state != STATE_PREPARED;
	TRY(settle(t, p, s));
	p->changes = &c;
	p->nchanges = 1;
	struct error *err = commit_back(p, timeout_ms, &result);
	if (!err) {
		if (used)
			unmap_retired(p, &result, timeout_ms);
		else
			err = state_unmap(t, s, timeout_ms);
		commit_result_deinit(&result);
	}
	p->changes = NULL;
	p->nchanges = 0;
	return err;
}

static struct error *recover_one(struct target *t, struct plan *p,
				 struct state *s, unsigned int timeout_ms)
{
	switch (s->header->state) {
	case STATE_PREPARED:
		log_info("pid %d (%s): memory of an attempt that was "
			 "interrupted is taken away", t->pid, t->comm);
		return take_back(t, p, s, timeout_ms);
	case STATE_APPLYING:
	case STATE_REVERTING:
		log_warn("pid %d (%s): an attempt that was interrupted (%s) is "
			 "taken back", t->pid, t->comm,
			 patch_state_name(s->header->state));
		return take_back(t, p, s, timeout_ms);
	default:
		return take_back(t, p, s, timeout_ms);
	}
}

static struct state *find_unfinished(struct plan *p)
{
	for (size_t i = 0; i < p->states.count; i++) {
		uint32_t state = p->states.all[i].header->state;

		if (state != STATE_APPLIED && state != STATE_RETIRED)
			return &p->states.all[i];
	}
	/* An upgrade that was taken back: nothing uses it any more. */
	return frames_unneeded(p);
}

/* One at a time, as each changes what is mapped. */
struct error *recover(struct target *t, unsigned int timeout_ms)
{
	struct error *err = clear_leftovers(t, timeout_ms);
	bool more = true;

	while (!err && more) {
		struct plan p = {.t = t};

		states_find(t, &p.states);
		struct state *s = find_unfinished(&p);
		more = s != NULL;
		if (more)
			err = objects_discover(t, &p.objs);
		if (!err && more)
			err = recover_one(t, &p, s, timeout_ms);
		if (!err && more)
			err = target_refresh_maps(t);
		plan_deinit(&p);
	}
	return err;
}
