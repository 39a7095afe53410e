// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/callbacks.h"
#include "doctor/self_write.h"

#define PAGE 4096u

static void add_writes(struct writes *w, const struct state *s, bool undo,
		       bool data)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];

		if (!h->write_len || !(h->flags & STATE_HUNK_DATA) == data)
			continue;
		VEC_GROW(w->all, w->n, w->cap);
		w->all[w->n++] = (struct write){
			.addr = h->write_addr,
			.len = h->write_len,
			.before = undo ? h->intended : h->undo,
			.after = undo ? h->undo : h->intended,
			.source = s->header->part_addr[LINK_R] +
				  (uint64_t)((undo ? h->undo : h->intended) -
					     s->bytes),
			.data = data,
			.name = state_hunk_name(s, h),
		};
	}
}

static void add_new(const struct plan *p, struct writes *w, bool data)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].has_new)
			add_writes(w, &p->changes[i].new, false, data);
	}
}

static void add_old(const struct plan *p, struct writes *w, bool data)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].old)
			add_writes(w, p->changes[i].old, true, data);
	}
}

/*
 * All old jumps go before the first new one comes: they share places. While
 * there is a jump, exceptions find the way through what it leads to: should
 * we die between two writes, threads run on.
 */
void writes_collect(const struct plan *p, struct writes *w)
{
	add_new(p, w, true);
	w->code = w->n;
	add_old(p, w, false);
	add_new(p, w, false);
	w->ncode = w->n - w->code;
	add_old(p, w, true);
}

static void add_expected(struct snapshot *all, const struct state *s)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];

		if (!(h->flags & STATE_HUNK_NEW))
			snapshot_add(all, h->orig_addr, h->orig_len);
		if (h->write_len)
			snapshot_add(all, h->write_addr, h->write_len);
	}
}

static struct error *verify_code(struct plan *p)
{
	for (size_t i = 0; i < p->nchanges; i++)
		TRY(error_context(change_verify_code(p->t, &p->changes[i]),
				  "patch for %s", p->changes[i].obj->path));
	return NULL;
}

/* From the first byte of code that is written to the end of the last. */
static void code_range(const struct writes *w, uint64_t *ret_lo,
		       uint64_t *ret_hi)
{
	*ret_lo = UINT64_MAX;
	*ret_hi = 0;
	for (size_t i = w->code; i < w->code + w->ncode; i++) {
		const struct write *x = &w->all[i];

		if (x->addr < *ret_lo)
			*ret_lo = x->addr;
		if (x->addr + x->len > *ret_hi)
			*ret_hi = x->addr + x->len;
	}
}

/*
 * The first write to a page of a file copies it, which is slow: so each gets
 * its own byte written while the patient runs. Not to data, which may change.
 */
static void touch_code(struct target *t, const struct writes *w)
{
	uint64_t last = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct write *x = &w->all[i];
		const struct map *m = maps_find(&t->maps, x->addr);

		for (uint64_t at = x->addr;; at = x->addr + x->len - 1) {
			uint8_t byte;

			if (m && m->prot & MAP_X && at / PAGE != last &&
			    target_read_partial(t, at, &byte, 1) == 1)
				error_free(target_write(t, at, &byte, 1));
			last = at / PAGE;
			if (at == x->addr + x->len - 1)
				break;
		}
	}
}

/*
 * The kernel looks for a SIGKILL before each page of a write to
 * /proc/PID/mem (__get_user_pages()), not within one: so what is in one page
 * is written wholly or not at all, whatever becomes of us.
 */
static bool is_in_one_page(const struct writes *w)
{
	uint64_t lo, hi;

	code_range(w, &lo, &hi);
	return lo / PAGE == (hi - 1) / PAGE;
}

static struct error *no_callbacks(const struct plan *p)
{
	return error_new(ERR_UNSAFE, "no thread of it can call the patch's "
			 "callbacks (%s); --no-callbacks does without them, if "
			 "the patch can",
			 p->why_not_itself ? p->why_not_itself : "none is fit");
}

struct error *writes_ready(struct plan *p, struct writes *w)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].old)
			add_expected(&w->expected, p->changes[i].old);
		if (p->changes[i].has_new)
			add_expected(&w->expected, &p->changes[i].new);
	}
	TRY(snapshot_take(&w->expected, p->t));
	TRY(verify_code(p));
	touch_code(p->t, w);
	w->calls_back = callbacks_any(p);
	if (!is_in_one_page(w) || w->calls_back)
		w->self = self_write_new(p, w);
	return w->calls_back && !w->self ? no_callbacks(p) : NULL;
}

void writes_park(struct plan *p, struct writes *w)
{
	if (w->self)
		self_write_ready(p, w->self, false);
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

/* Writes from w->done to before `end`, in order. */
static struct error *write_each(struct target *t, struct writes *w, size_t end)
{
	for (; w->done < end; w->done++) {
		const struct write *x = &w->all[w->done];

		TRY(error_context(target_write(t, x->addr, x->after, x->len),
				  "%s", x->name));
	}
	return NULL;
}

/* All code in one write, with what is between. */
static struct error *write_page(struct target *t, struct writes *w)
{
	uint64_t lo, hi;
	uint8_t bytes[PAGE];

	code_range(w, &lo, &hi);
	TRY(target_read(t, lo, bytes, hi - lo));
	for (size_t i = w->code; i < w->code + w->ncode; i++) {
		const struct write *x = &w->all[i];

		memcpy(bytes + (x->addr - lo), x->after, x->len);
	}
	TRY(target_write(t, lo, bytes, hi - lo));
	w->done = w->code + w->ncode;
	return NULL;
}

static struct error *do_writes(struct plan *p, struct writes *w)
{
	TRY(set_states(p, STATE_REVERTING, STATE_APPLYING));
	w->done = 0;
	TRY(write_each(p->t, w, w->code));
	if (w->ncode && is_in_one_page(w))
		TRY(write_page(p->t, w));
	TRY(write_each(p->t, w, w->n));
	return set_states(p, STATE_RETIRED, STATE_APPLIED);
}

struct error *writes_switch(struct plan *p, struct writes *w)
{
	/* If something has changed there, a closer look says whether it may. */
	if (!snapshot_is_current(&w->expected, p->t))
		TRY(verify_code(p));
	struct error *err = callbacks_keep(p);
	bool done = false;

	if (err)
		return err;
	if (w->self && self_write_ready(p, w->self, true))
		err = self_write_run(p, w->self, &done);
	/* Nothing to take back: it may be tried again. */
	if (err && err->code == ERR_UNSAFE && !w->calls_back)
		return err;
	if (!err && !done && w->calls_back)
		return no_callbacks(p);
	if (err)
		w->done = w->n; /* perhaps: what wasn't isn't harmed */
	else if (!done)
		err = do_writes(p, w);
	if (err)
		roll_back(p, w);
	return err;
}

struct error *writes_verify(struct plan *p, const struct writes *w)
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

void writes_deinit(struct writes *w)
{
	snapshot_deinit(&w->expected);
	free(w->all);
	self_write_free(w->self);
	memset(w, 0, sizeof(*w));
}
