// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/safety.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

#define MAX_FRAMES 65536u
#define SHOWN_FRAMES 8u
#define MAX_MOVED 8u /* threads that are let run on at a time */
#define WORDS_AHEAD 65536u /* at most, of stacks that are read while held */
#define WORDS_OF_ONE 2048u

static void add_danger(struct safety *s, const struct danger *d)
{
	VEC_GROW(s->dangers, s->ndangers, s->cap);
	s->dangers[s->ndangers++] = *d;
}

/* The originals that are replaced, with bytes of padding that are written. */
static void add_originals(struct safety *s, const struct state *new)
{
	for (uint32_t i = 0; i < new->header->nhunks; i++) {
		const struct state_hunk *h = &new->hunks[i];
		struct danger d = {
			.lo = h->orig_addr,
			.hi = h->orig_addr + h->orig_len,
			.name = state_hunk_name(new, h),
		};

		if (h->flags & STATE_HUNK_NEW)
			continue;
		if (h->write_len) {
			d.entry = h->orig_addr;
			d.jump = h->write_addr;
			if (h->write_addr + h->write_len > d.hi)
				d.hi = h->write_addr + h->write_len;
		}
		add_danger(s, &d);
	}
}

static void add_patch_text(struct safety *s, const struct state *old)
{
	const struct state_header *h = old->header;

	if (h->part_size[LINK_RX])
		add_danger(s, &(struct danger){
			.lo = h->part_addr[LINK_RX],
			.hi = h->part_addr[LINK_RX] + h->part_size[LINK_RX],
			.name = "patch",
		});
}

/*
 * Of a doctor that was killed a thread may still be about to carry out the
 * switch (self_write.c), for all patches together, by code in one of them.
 */
static void add_interrupted(struct safety *s)
{
	for (size_t i = 0; i < s->plan->states.count; i++) {
		const struct state *o = &s->plan->states.all[i];

		if (o->header->kind == STATE_PATCH &&
		    o->header->state != STATE_APPLIED &&
		    o->header->state != STATE_RETIRED)
			add_patch_text(s, o);
	}
}

static int by_address(const void *a, const void *b)
{
	const struct danger *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Frames of any patch in the process, also of those that stay. */
static struct error *add_unwind_data(struct safety *s)
{
	for (size_t i = 0; i < s->plan->states.count; i++) {
		const struct state_header *h = s->plan->states.all[i].header;
		uint64_t lo = h->part_addr[LINK_RX];

		if (!h->eh_frame_len ||
		    h->eh_frame_len > h->part_size[LINK_R] ||
		    !h->part_size[LINK_RX])
			continue;
		_autofree_ uint8_t *eh = xmalloc(h->eh_frame_len);
		TRY(target_read(s->t, h->eh_frame_addr, eh, h->eh_frame_len));
		TRY(unwinder_add_region(s->uw, lo, lo + h->part_size[LINK_RX],
					h->eh_frame_addr, eh,
					h->eh_frame_len));
	}
	return NULL;
}

struct error *safety_init(struct plan *p, struct safety *ret)
{
	struct safety s = {.t = p->t, .plan = p};

	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].has_new)
			add_originals(&s, &p->changes[i].new);
		if (p->changes[i].old &&
		    p->changes[i].old->header->kind == STATE_PATCH)
			add_patch_text(&s, p->changes[i].old);
	}
	add_interrupted(&s);
	qsort(s.dangers, s.ndangers, sizeof(*s.dangers), by_address);
	struct error *err = unwinder_create(s.t, &s.uw);
	if (!err)
		err = add_unwind_data(&s);
	if (err) {
		safety_deinit(&s);
		return err;
	}
	/* Not cleared: most of it is never touched. */
	s.frames = xmalloc(MAX_FRAMES * sizeof(*s.frames));
	s.trampolines = trampolines_create(&s.t->maps);
	*ret = s;
	return NULL;
}

void safety_deinit(struct safety *s)
{
	trampolines_destroy(s->trampolines);
	unwinder_destroy(s->uw);
	free(s->dangers);
	free(s->frames);
	free(s->stacks);
	free(s->due);
	free(s->words);
	free(s->ranges);
	memset(s, 0, sizeof(*s));
}

/* The last danger that begins at or below `addr`, NULL if there is none. */
static const struct danger *danger_below(const struct safety *s, uint64_t addr)
{
	size_t lo = 0, hi = s->ndangers;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (s->dangers[mid].lo <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &s->dangers[lo - 1] : NULL;
}

static const struct danger *danger_of_pc(const struct safety *s, uint64_t pc)
{
	const struct danger *d = danger_below(s, pc);

	if (!d || pc >= d->hi || (d->entry && (pc == d->entry || pc == d->jump)))
		return NULL;
	return d;
}

/*
 * A return address is behind its call: so it may be the end of a function
 * that ends with a call that doesn't return, but not its beginning.
 */
static const struct danger *danger_of_return(const struct safety *s,
					     uint64_t addr)
{
	const struct danger *d = danger_below(s, addr - 1);

	return d && addr > d->lo && addr <= d->hi ? d : NULL;
}

static bool is_suspect(const struct safety *s, size_t index)
{
	const struct stack *st = &s->stacks[index];

	if (!st->own || st->signal || danger_of_pc(s, st->regs.rip))
		return true;
	for (size_t i = 0; i < st->count; i++) {
		uint64_t w = s->words[st->first + i];

		if (danger_of_return(s, w) || danger_of_pc(s, w))
			return true;
	}
	return false;
}

void safety_describe(const struct safety *s, uint64_t addr, struct buf *out)
{
	const struct danger *d = danger_below(s, addr);
	const struct object *obj = objects_at(&s->plan->objs, addr);

	for (size_t i = 0; i < s->plan->states.count; i++) {
		const struct state *st = &s->plan->states.all[i];

		for (uint32_t k = 0; k < st->header->nhunks; k++) {
			const struct state_hunk *h = &st->hunks[k];

			if (addr - h->new_addr >= h->new_len)
				continue;
			buf_addf(out, "the patched %s (+%#" PRIx64 ")",
				 state_hunk_name(st, h), addr - h->new_addr);
			return;
		}
	}
	if (d && addr < d->hi)
		buf_addf(out, "%s (+%#" PRIx64 ")", d->name, addr - d->lo);
	else if (obj)
		buf_addf(out, "%s+%#" PRIx64, object_name(obj),
			 addr - obj->load_bias);
	else
		buf_addf(out, "%#" PRIx64, addr);
}

void safety_describe_callers(const struct safety *s, const struct frame *frames,
			     size_t from, size_t n, struct buf *out)
{
	for (size_t i = from; i < n && i < from + SHOWN_FRAMES; i++) {
		buf_add_str(out, i == from ? ", called from " : ", ");
		safety_describe(s, frames[i].pc - !frames[i].is_signal, out);
	}
	if (n > from + SHOWN_FRAMES)
		buf_add_str(out, ", ...");
}

static struct error *busy(const struct safety *s, const struct thread *th,
			  size_t frame, size_t n)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	const struct frame *f = &s->frames[frame];

	safety_describe(s, f->pc - (frame && !f->is_signal), &text);
	safety_describe_callers(s, s->frames, frame + 1, n, &text);
	return error_new(ERR_UNSAFE, "pid %d (%s): thread %d is in %s; try "
			 "again", s->t->pid, s->t->comm, th->tid, text.data);
}

static struct error *unknown(const struct safety *s, const struct thread *th,
			     size_t n, const char *why)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;

	safety_describe(s, n ? s->frames[0].pc : th->regs.rip, &text);
	if (n)
		safety_describe_callers(s, s->frames, 1, n, &text);
	return error_new(ERR_UNSAFE,
			 "pid %d (%s): cannot tell what thread %d will return "
			 "to (%s), it is in %s; try again",
			 s->t->pid, s->t->comm, th->tid, why ? why : "?",
			 text.data);
}

static struct error *unwind_suspect(struct safety *s, const struct thread *th)
{
	size_t n = 0;
	const char *why = NULL;
	enum unwind_end end = unwind_thread(s->uw, th, s->frames, MAX_FRAMES,
					    &n, &why);

	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &s->frames[i];

		if (i == 0 || f->is_signal ? danger_of_pc(s, f->pc) != NULL
					   : danger_of_return(s, f->pc) != NULL)
			return busy(s, th, i, n);
	}
	return end == UNWIND_COMPLETE ? NULL : unknown(s, th, n, why);
}

static void make_room(struct safety *s, size_t threads)
{
	if (threads <= s->stacks_cap)
		return;
	s->stacks_cap = threads + threads / 2 + 16;
	s->stacks = xrealloc(s->stacks, s->stacks_cap * sizeof(*s->stacks));
	s->ranges = xrealloc(s->ranges, s->stacks_cap * sizeof(*s->ranges));
	s->due = xrealloc(s->due, s->stacks_cap * sizeof(*s->due));
}

void safety_begin(struct safety *s)
{
	make_room(s, 1);
	s->nstacks = 0;
	s->nwords = 0;
}

/*
 * For the stacks of those that run. Touched now, and not when they wait; but no
 * more than that, as untouched memory costs more than all the rest.
 */
static void make_room_ahead(struct safety *s)
{
	size_t more = 0;

	for (size_t i = 0; i < s->nstacks; i++)
		more += s->stacks[i].clear ? 0 : WORDS_OF_ONE;
	if (more > WORDS_AHEAD)
		more = WORDS_AHEAD;
	if (s->nwords + more > s->words_cap) {
		s->words_cap = s->nwords + more;
		s->words = xrealloc(s->words,
				    s->words_cap * sizeof(*s->words));
	}
	if (more)
		memset(s->words + s->nwords, 0, more * sizeof(*s->words));
}

/*
 * Brings the list into line with t->threads: that has the same order, without
 * those that are gone, with new ones at its end (target.h).
 */
static void match_threads(struct safety *s)
{
	const struct target *t = s->t;
	size_t old = 0;

	make_room(s, t->nthreads);
	for (size_t i = 0; i < t->nthreads; i++) {
		while (old < s->nstacks && s->stacks[old].tid != t->threads[i].tid)
			old++;
		if (old == s->nstacks)
			s->stacks[i] = (struct stack){.tid = t->threads[i].tid};
		else if (i != old)
			s->stacks[i] = s->stacks[old];
		old += old < s->nstacks;
	}
	s->nstacks = t->nthreads;
}

/* Lists what is to be checked, and takes back the room of its old words. */
static void list_due(struct safety *s, bool only_sleeping)
{
	s->ndue = s->nwords = 0;
	for (size_t i = 0; i < s->nstacks; i++) {
		const struct thread *th = &s->t->threads[i];
		const struct stack *st = &s->stacks[i];

		if (!st->clear && (!only_sleeping ||
				   (th->stopped && th->was_blocked)))
			s->due[s->ndue++] = i;
		else if (st->first + st->count > s->nwords)
			s->nwords = st->first + st->count;
	}
}

static struct error *check_one(struct safety *s, size_t i, size_t *suspects)
{
	const struct thread *th = &s->t->threads[i];

	if (!th->stopped) {
		/* It was in the way, and sleeps on. */
		struct error *err = unwind_suspect(s, th);

		return err ? err : unknown(s, th, 0, "it isn't stopped");
	}
	if (!is_suspect(s, i))
		return NULL;
	++*suspects;
	return unwind_suspect(s, th);
}

static bool may_be_more(const struct safety *s)
{
	return s->all_may_move || s->nbusy <= MAX_MOVED;
}

static struct error *check(struct safety *s, bool only_sleeping)
{
	struct error *first = NULL;
	size_t suspects = 0;

	match_threads(s);
	list_due(s, only_sleeping);
	stacks_read(s);
	s->nbusy = 0;
	for (size_t k = 0; k < s->ndue && may_be_more(s); k++) {
		struct stack *st = &s->stacks[s->due[k]];
		struct error *err = check_one(s, s->due[k], &suspects);

		st->clear = !err;
		st->busy = err != NULL;
		s->nbusy += st->busy;
		if (first)
			error_free(err);
		else
			first = err;
	}
	log_debug("%zu threads, %zu unwound, %zu in the way", s->ndue,
		  suspects, s->nbusy);
	return first;
}

struct error *safety_check_parked(struct safety *s)
{
	struct error *err = check(s, true);

	make_room_ahead(s);
	return err;
}

struct error *safety_check(struct safety *s)
{
	return check(s, false);
}

bool *safety_may_move(const struct safety *s)
{
	bool *which;

	if (s->nbusy == 0 || !may_be_more(s))
		return NULL;
	for (size_t k = 0; k < s->ndue && !s->all_may_move; k++) {
		if (s->stacks[s->due[k]].busy &&
		    s->t->threads[s->due[k]].was_blocked)
			return NULL;
	}
	which = xcalloc(s->nstacks, sizeof(*which));
	for (size_t k = 0; k < s->ndue; k++)
		which[s->due[k]] = s->stacks[s->due[k]].busy;
	return which;
}

bool safety_points_into(struct safety *s, uint64_t lo, uint64_t hi)
{
	for (size_t i = 0; i < s->nstacks; i++) {
		const struct stack *st = &s->stacks[i];
		const unsigned long long *regs = (const void *)&st->regs;

		if (!st->own)
			return true;
		for (size_t k = 0; k < sizeof(st->regs) / 8; k++) {
			if (regs[k] >= lo && regs[k] < hi)
				return true;
		}
		for (size_t k = 0; k < st->count; k++) {
			uint64_t w = s->words[st->first + k];

			if (w >= lo && w < hi)
				return true;
		}
	}
	return false;
}
