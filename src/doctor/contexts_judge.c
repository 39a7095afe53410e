// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What contexts_scan() found, judged while all threads are stopped: it is a
 * context, or it's accounted for. Only what is found is read again.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/contexts.h"

#define MAX_CHAIN 256u
#define RED_ZONE 128u
/*
 * struct pthread of glibc 2.11 and later, x86-64: tid. 0 after its exit (the
 * kernel clears it), -1 once it was joined, as INVALID_TD_P() of glibc has it.
 */
#define PTHREAD_TID 0x2d0u

/* ---- what threads account for ---- */

static struct region *region_at(const struct contexts *c, uint64_t addr)
{
	for (size_t i = 0, n = c->nregions; n;) {
		size_t mid = i + n / 2;

		if (c->regions[mid].end <= addr) {
			n -= mid + 1 - i;
			i = mid + 1;
		} else if (c->regions[mid].start > addr) {
			n = mid - i;
		} else {
			return &c->regions[mid];
		}
	}
	return NULL;
}

static void judge_up_to(struct contexts *c, uint64_t addr, uint64_t to)
{
	struct region *r = region_at(c, addr);

	if (r && to > r->judged_to)
		r->judged_to = to;
}

/* The base stack that a thread came back to, from a signal's or another. */
static void judge_base(struct contexts *c, const struct thread *th,
		       uint64_t sp)
{
	const struct map *m = maps_find(&c->t->maps, sp);
	uint64_t tcb = th->regs.fs_base;

	if (m && tcb > sp && tcb < m->end)
		judge_up_to(c, sp, tcb);
	else if (m && th->tid == c->t->pid && !strcmp(m->path, "[stack]"))
		judge_up_to(c, sp, m->end);
}

static void add_segment(struct contexts *c, uint64_t sp,
			const struct frame *frames, size_t n, bool complete)
{
	VEC_GROW(c->roots, c->nroots, c->cap_roots);
	c->roots[c->nroots++] = (struct root){
		.sp = sp, .pair = true, .complete = complete,
		.first = c->nframes, .n = n};
	while (c->nframes + n > c->cap_frames) {
		c->cap_frames = c->cap_frames ? 2 * c->cap_frames : 1024;
		c->frames = xrealloc(c->frames,
				     c->cap_frames * sizeof(*c->frames));
	}
	memcpy(c->frames + c->nframes, frames, n * sizeof(*frames));
	c->nframes += n;
}

/*
 * A thread on another stack than its base: a context like those in memory,
 * but that its stack pointer is known. A signal's frame changes stacks.
 */
static void add_thread_root(struct contexts *c, const struct thread *th)
{
	struct frame *f = c->s->frames;
	size_t n = 0, from = 0;
	uint64_t sp = th->regs.rsp;
	bool complete = unwind_thread(c->s->uw, th, f, MAX_CHAIN, &n, NULL) ==
			UNWIND_COMPLETE;

	for (size_t i = 1; i < n; i++) {
		if (!f[i].is_signal)
			continue;
		add_segment(c, sp, f + from, i - from, complete);
		from = i;
		sp = f[i - 1].cfa;
	}
	add_segment(c, sp, f + from, n - from, complete);
	if (complete)
		judge_base(c, th, sp);
}

/*
 * Whether the thread whose stack this is has exited: by now, as many have done
 * so since the memory was searched, and others may have got their stacks.
 */
static bool has_exited(const struct contexts *c, const struct region *r)
{
	uint64_t self = 0;
	int32_t tid = 1;

	return r->has_hits && r->tcb &&
	       target_read_partial(c->t, r->tcb, &self, 8) == 8 &&
	       self == r->tcb &&
	       target_read_partial(c->t, r->tcb + PTHREAD_TID, &tid, 4) == 4 &&
	       tid <= 0;
}

static void judge_own_stack(struct contexts *c, const struct stack *st)
{
	struct region *r = region_at(c, st->lo);
	uint64_t dead_to = st->lo - RED_ZONE;

	if (!r)
		return;
	judge_up_to(c, st->lo, st->lo + 8 * st->count);
	if (!r->dead_to || dead_to < r->dead_to)
		r->dead_to = dead_to;
}

static void judge_threads(struct contexts *c)
{
	c->nroots = c->nmemory_roots;
	c->nframes = c->nmemory_frames;
	for (size_t i = 0; i < c->nregions; i++) {
		struct region *r = &c->regions[i];

		r->judged_to = r->dead_to = has_exited(c, r) ? r->tcb : 0;
	}
	for (size_t i = 0; i < c->s->nstacks; i++) {
		const struct stack *st = &c->s->stacks[i];

		if (st->own)
			judge_own_stack(c, st);
		else
			add_thread_root(c, &c->t->threads[i]);
	}
}

/* ---- chains ---- */

/* The return address that led to frame i + 1 is below frame i's CFA. */
static bool has_slot(const struct contexts *c, const struct root *r,
		     uint64_t addr)
{
	if (addr == r->slot)
		return true;
	for (size_t i = 0; i + 1 < r->n; i++) {
		if (c->frames[r->first + i].cfa == addr + 8)
			return true;
	}
	return false;
}

static uint64_t top_of(const struct contexts *c, const struct root *r)
{
	uint64_t top = r->sp;

	for (size_t i = 0; i < r->n; i++) {
		if (c->frames[r->first + i].cfa > top)
			top = c->frames[r->first + i].cfa;
	}
	return top;
}

/* Whether both come to the same frame, so are on the same stack. */
static bool joins(const struct contexts *c, const struct root *r,
		  const struct frame *frames, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; frames[i].cfa && k < r->n; k++) {
			if (c->frames[r->first + k].cfa == frames[i].cfa)
				return true;
		}
	}
	return false;
}

/* Whether `addr` is below where a stack is suspended, or between its frames. */
static bool is_left_over(const struct contexts *c, const struct root *r,
			 uint64_t addr, const struct frame *frames, size_t n)
{
	if (!r->complete)
		return false;
	if (addr >= r->sp)
		return r->pair && addr < top_of(c, r);
	/* A pointer into a stack from the same stack proves nothing. */
	if (!r->pair && region_at(c, r->at) == region_at(c, r->sp))
		return false;
	return joins(c, r, frames, n);
}

/* ---- hits ---- */

static void describe_memory(const struct contexts *c, uint64_t addr,
			    struct buf *out)
{
	const struct map *m = maps_find(&c->t->maps, addr);

	buf_addf(out, "at %#" PRIx64 " in %s", addr,
		 m && m->path[0] ? m->path : "anonymous memory");
}

static struct error *busy(const struct contexts *c, const struct hit *h,
			  const struct frame *frames, size_t n, bool sure)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;

	safety_describe(c->s, h->value - !h->pair, &text);
	safety_describe_callers(c->s, frames, 1, n, &text);
	buf_add_str(&text, sure ? " (found " : " (or so says a word ");
	describe_memory(c, h->addr, &text);
	buf_add_str(&text, sure ? ")" : ", which may be left over: see "
					"--skip-contexts)");
	return error_new(ERR_UNSAFE, "pid %d (%s): a suspended context is in "
			 "%s; try again", c->t->pid, c->t->comm, text.data);
}

/*
 * Whether this can't be where a function's callee returns to, as then a
 * return address, or nothing, would be where the function has its own. (For
 * that no register may be needed: it isn't known what they were.)
 */
static bool is_no_slot(const struct contexts *c, const struct hit *h)
{
	const struct saved_context from = {
		.pc = h->value, .sp = h->addr + 8, .is_return = true};
	struct frame *f = c->s->frames;
	const struct map *m;
	uint64_t ret = 0;
	size_t n = 0;

	unwind_saved(c->s->uw, &from, f, 2, &n, NULL);
	if (n != 1 || !f[0].cfa ||
	    target_read_partial(c->t, f[0].cfa - 8, &ret, 8) != 8 || !ret)
		return false;
	m = maps_find(&c->t->maps, ret);
	return !m || !(m->prot & MAP_X);
}

/*
 * Stack pointers that were stored on the stack itself: below where it is
 * suspended they are left over as well. (A page further down, too: by then it
 * may be another's memory.)
 */
static bool is_left_over_pointer(const struct contexts *c,
				 const struct root *r, uint64_t addr,
				 const struct frame *frames, size_t n)
{
	if (r->pair || region_at(c, r->at) != region_at(c, r->sp))
		return false;
	if (r->n <= 1)
		return true;
	for (size_t i = 0; i < c->nroots; i++) {
		const struct root *top = &c->roots[i];

		if (top->pair && top->complete && r->at < top->sp &&
		    addr < top->sp && r->at + 4096 > addr &&
		    joins(c, top, frames, n))
			return true;
	}
	return false;
}

/* Unwinds from a return address on a stack. */
static void unwind_from_slot(const struct contexts *c, const struct hit *h,
			     size_t *ret_n)
{
	struct saved_context from = {
		.pc = h->value, .sp = h->addr + 8, .is_return = true};

	/* Where the callee keeps a frame pointer, it's next to it. */
	target_read_partial(c->t, h->addr - 8, &from.rbp, 8);
	from.has_rbp = from.rbp > h->addr &&
		       region_at(c, from.rbp) == region_at(c, h->addr);
	unwind_saved(c->s->uw, &from, c->s->frames, MAX_CHAIN, ret_n, NULL);
}

/*
 * Whether it's a return address after all, with a pushed pointer next to it:
 * as one, it leads to a frame of a stack that is suspended further up.
 */
static bool is_slot_left_over(const struct contexts *c, const struct hit *h)
{
	size_t n = 0;

	unwind_from_slot(c, h, &n);
	for (size_t i = 0; i < c->nroots && !c->too_many; i++) {
		if (h->addr < c->roots[i].sp &&
		    is_left_over(c, &c->roots[i], h->addr, c->s->frames, n))
			return true;
	}
	return false;
}

static struct error *judge_pair(const struct contexts *c, const struct hit *h)
{
	const struct saved_context from = {
		.pc = h->value, .sp = h->sp, .rbp = h->rbp, .has_rbp = true};
	struct frame *f = c->s->frames;
	size_t n = 0;

	if (!h->mangled && is_slot_left_over(c, h))
		return NULL;
	unwind_saved(c->s->uw, &from, f, MAX_CHAIN, &n, NULL);
	for (size_t i = c->nmemory_roots; i < c->nroots; i++) {
		if (is_left_over(c, &c->roots[i], h->sp, f, n))
			return NULL;
	}
	return busy(c, h, f, n, true);
}

static struct error *judge_plain(const struct contexts *c, const struct hit *h)
{
	const struct frame *f = c->s->frames;
	bool no_slot = is_no_slot(c, h);
	size_t n = 0;

	unwind_from_slot(c, h, &n);
	for (size_t i = 0; i < c->nroots; i++) {
		const struct root *r = &c->roots[i];

		if (has_slot(c, r, h->addr) &&
		    !is_left_over_pointer(c, r, h->addr, f, n))
			return busy(c, h, f, n, true);
	}
	if (!c->too_many && no_slot)
		return NULL;
	for (size_t i = 0; i < c->nroots && !c->too_many; i++) {
		if (is_left_over(c, &c->roots[i], h->addr, f, n))
			return NULL;
	}
	return busy(c, h, f, n, false);
}

static struct error *judge(const struct contexts *c, const struct hit *h)
{
	uint64_t at = h->pair ? h->sp : h->addr, raw = 0;
	const struct region *r = region_at(c, at);
	const struct region *holder = region_at(c, h->addr);

	if ((r && at < r->judged_to) || (holder && h->addr < holder->dead_to))
		return NULL;
	target_read_partial(c->t, h->addr, &raw, 8);
	if (raw != h->raw)
		return NULL;
	return h->pair ? judge_pair(c, h) : judge_plain(c, h);
}

/* What wasn't kept of a thread's stack that is suspended itself. */
static struct error *check_complete(const struct contexts *c)
{
	bool unknown = c->too_many && !c->npointers;

	for (size_t i = 0; i < c->nregions; i++)
		unknown |= c->regions[i].overflow && !c->regions[i].judged_to;
	if (!unknown)
		return NULL;
	return error_new(ERR_UNSAFE, "pid %d (%s): too many words in its "
			 "memory are addresses inside replaced functions to "
			 "tell which are of suspended contexts; try again, or "
			 "if the program has none, --skip-contexts",
			 c->t->pid, c->t->comm);
}

struct error *contexts_check(struct contexts *c)
{
	if (!c->nhits)
		return NULL;
	judge_threads(c);
	for (size_t i = 0; i < c->nhits; i++)
		TRY(judge(c, &c->hits[i]));
	return check_complete(c);
}
