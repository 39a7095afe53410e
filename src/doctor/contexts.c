// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/contexts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "doctor/dynamic.h"

#define MAX_HITS 65536u
#define MAX_PLAIN 256u /* kept of one thread's stack */
#define MAX_POINTERS 8192u
#define MAX_CHAIN 256u
#define ZONE_BELOW ((uint64_t)1 << 20)
#define ZONE_ABOVE ((uint64_t)64 << 10)
#define TOP_WORDS 16u /* a switch saves no more before its return address */

/* ---- what is looked for ---- */

static void add_danger(struct contexts *c, uint64_t lo, uint64_t len,
		       const char *name)
{
	if (!len)
		return;
	VEC_GROW(c->dangers, c->ndangers, c->cap_dangers);
	c->dangers[c->ndangers++] =
		(struct danger){.lo = lo, .hi = lo + len, .name = name};
}

static void add_dangers(struct contexts *c, const struct state *s, bool old)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];

		if (h->flags & STATE_HUNK_KEEP)
			continue;
		if (old)
			add_danger(c, h->new_addr, h->new_len,
				   state_hunk_name(s, h));
		else if (!(h->flags & STATE_HUNK_NEW))
			add_danger(c, h->orig_addr, h->orig_len,
				   state_hunk_name(s, h));
	}
}

static int by_address(const void *a, const void *b)
{
	const struct danger *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

void contexts_init(struct safety *s, struct contexts *ret)
{
	struct contexts c = {.s = s, .t = s->t};
	const struct plan *p = s->plan;

	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].has_new)
			add_dangers(&c, &p->changes[i].new, false);
		if (p->changes[i].old)
			add_dangers(&c, p->changes[i].old, true);
	}
	if (c.ndangers)
		qsort(c.dangers, c.ndangers, sizeof(*c.dangers), by_address);
	c.has_guard = word_pointer_guard(c.t, &c.guard);
	*ret = c;
}

void contexts_deinit(struct contexts *c)
{
	free(c->dangers);
	free(c->regions);
	free(c->hits);
	free(c->pointers);
	free(c->roots);
	free(c->frames);
	memset(c, 0, sizeof(*c));
}

/*
 * Strictly inside: pointers to a function's entry are no contexts. The end
 * may be where a call that doesn't return would return to, but is the next
 * function's entry as well: so it must be behind a call.
 */
static bool is_dangerous(const struct contexts *c, uint64_t v)
{
	size_t lo = 0, hi = c->ndangers;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->dangers[mid].lo < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || v > c->dangers[lo - 1].hi)
		return false;
	return v < c->dangers[lo - 1].hi || unwinder_follows_call(c->s->uw, v);
}

static bool is_code(const struct contexts *c, uint64_t addr)
{
	const struct map *m = maps_find(&c->t->maps, addr);

	return m && m->prot & MAP_X;
}

static bool is_writable(const struct contexts *c, uint64_t addr)
{
	const struct map *m = maps_find(&c->t->maps, addr);

	return m && m->prot & MAP_W;
}

/* ---- regions ---- */

static struct region *find_region(const struct contexts *c, uint64_t addr)
{
	size_t lo = 0, hi = c->nregions;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c->regions[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->nregions && c->regions[lo].start <= addr
		       ? &c->regions[lo] : NULL;
}

/* The region of a mapping that holds `addr`, made if there is none. */
static struct region *region_of(struct contexts *c, uint64_t addr)
{
	const struct map *m = maps_find(&c->t->maps, addr);
	struct region *r = find_region(c, addr);
	size_t i = 0;

	if (r || !m)
		return r;
	VEC_GROW(c->regions, c->nregions, c->cap_regions);
	for (i = c->nregions++; i && c->regions[i - 1].start > m->start; i--)
		c->regions[i] = c->regions[i - 1];
	c->regions[i] = (struct region){.start = m->start, .end = m->end};
	return &c->regions[i];
}

static bool has_guard_page(const struct contexts *c, const struct map *m)
{
	const struct map *below = maps_find(&c->t->maps, m->start - 1);

	return below && !(below->prot & (MAP_R | MAP_W));
}

/*
 * The TCB on top of a thread's stack: its first and third words are its own
 * address (tcbhead_t), it is aligned, and the stack below it has a guard.
 */
static void note_tcb(struct contexts *c, const struct found_word *w)
{
	struct region *r;

	if (w->addr % 64 || w->map->inode || !has_guard_page(c, w->map))
		return;
	/* The lowest of several: below that is one thread's stack only. */
	r = region_of(c, w->addr);
	if (!r->tcb)
		r->tcb = w->addr;
}

static bool is_first_stack(const struct map *m)
{
	return !strcmp(m->path, "[stack]");
}

/* ---- the first pass: words that are addresses inside ---- */

static bool unwind(const struct contexts *c, const struct saved_context *from,
		   size_t *ret_n)
{
	return unwind_saved(c->s->uw, from, c->s->frames, MAX_CHAIN, ret_n,
			    NULL) == UNWIND_COMPLETE;
}

/* rbp is six words before the PC in ucontext_t, and in jmp_buf (mangled). */
static uint64_t saved_rbp(const struct contexts *c, uint64_t pc_at,
			  bool mangled)
{
	uint64_t rbp = 0;

	if (target_read_partial(c->t, pc_at - 48, &rbp, 8) != 8)
		return 0;
	return mangled ? word_demangle(rbp, c->guard) : rbp;
}

/*
 * Whether a word and the one before it are a PC and its stack pointer. Two
 * mangled words that both make sense are no accident; of plain ones many look
 * like it (a pushed register before a return address), so these must unwind.
 */
static bool is_pair(const struct contexts *c, const struct found_word *w,
		    uint64_t rbp, bool *ret_weak)
{
	const struct saved_context from = {
		.pc = w->value, .sp = w->before, .rbp = rbp, .has_rbp = true};
	size_t n;

	*ret_weak = false;
	if (w->before % 8 || !is_writable(c, w->before))
		return false;
	if (w->mangled)
		return true;
	if (!unwind(c, &from, &n))
		return false;
	*ret_weak = n == 1;
	/* At a call the stack is aligned (psABI, 3.2.2). */
	return n > 1 || c->s->frames[0].cfa % 16 == 0;
}

/*
 * A thrown C++ object, mostly freed long ago, has the landing pad of its
 * handler in front of it: catchTemp of __cxa_exception, two words before the
 * exception class (Itanium C++ ABI, exception handling, 2.2.1).
 */
static bool is_landing_pad(const struct contexts *c, uint64_t addr)
{
	uint64_t class = 0;

	target_read_partial(c->t, addr + 16, &class, 8);
	class &= ~(uint64_t)1; /* a dependent exception */
	return class == 0x474e5543432b2b00 || /* "GNUCC++" */
	       class == 0x434c4e47432b2b00;   /* "CLNGC++" */
}

static bool is_end(const struct contexts *c, uint64_t v)
{
	for (size_t i = 0; i < c->ndangers; i++) {
		if (c->dangers[i].hi == v)
			return true;
	}
	return false;
}

/*
 * The end of a function that ends with a call, such as that of
 * __stack_chk_fail(), is most often the entry of the next one. That is what
 * it is where ld.so has put it.
 */
static bool is_next_entry(const struct contexts *c, const struct found_word *w)
{
	const struct object *obj = objects_at(&c->s->plan->objs, w->addr);
	struct dynamic d;

	if (!obj || !is_end(c, w->value))
		return false;
	_autofree_ struct dynamic_common *common = xcalloc(1, sizeof(*common));
	common->left = DYNAMIC_BUDGET;
	dynamic_read(c->t, obj, common, &d);
	bool is = dynamic_is_slot(&d, w->addr);
	dynamic_deinit(&d);
	return is;
}

static void note_hit(void *arg, const struct found_word *w)
{
	struct contexts *c = arg;

	if (w->self && !w->mangled)
		note_tcb(c, w);
	if (!is_dangerous(c, w->value) ||
	    (!w->mangled && is_landing_pad(c, w->addr)))
		return;
	uint64_t rbp = saved_rbp(c, w->addr, w->mangled);
	bool weak, pair = is_pair(c, w, rbp, &weak);
	/* A file's data has tables of labels; no stack is in there. */
	if (!pair && (w->mangled || (w->map->inode && !w->map->shared &&
				     !unwinder_follows_call(c->s->uw,
							    w->value))))
		return;
	if (!pair && is_next_entry(c, w))
		return;
	if (c->nhits == MAX_HITS) {
		c->too_many = true;
		return;
	}
	struct region *r = region_of(c, w->addr);
	r->has_hits = true;
	if (!pair && ++r->nplain > MAX_PLAIN) {
		r->overflow = true;
		return;
	}
	if (pair)
		region_of(c, w->before)->has_hits = true;
	VEC_GROW(c->hits, c->nhits, c->cap_hits);
	c->hits[c->nhits++] = (struct hit){
		.addr = w->addr, .raw = w->raw, .value = w->value,
		.sp = pair ? w->before : 0, .rbp = rbp,
		.pair = pair, .mangled = w->mangled, .weak = weak,
	};
}

/* Where a hit's stack is. */
static uint64_t location(const struct hit *h)
{
	return h->pair ? h->sp : h->addr;
}

static bool is_on_thread_stack(const struct contexts *c, uint64_t addr)
{
	const struct region *r = find_region(c, addr);
	const struct map *m = maps_find(&c->t->maps, addr);

	return (m && is_first_stack(m)) || (r && r->tcb && addr < r->tcb);
}

/* Known when the whole mapping was seen: the TCB is on top of the stack. */
static void mark_thread_stacks(struct contexts *c)
{
	for (size_t i = 0; i < c->nhits; i++) {
		struct hit *h = &c->hits[i];

		/* A pointer to zeroes, pushed before a return address. */
		if (h->weak && is_on_thread_stack(c, h->addr))
			h->pair = false;
		h->on_thread_stack = is_on_thread_stack(c, location(h));
	}
}

bool contexts_any_in(const struct contexts *c, uint64_t lo, uint64_t hi)
{
	for (size_t i = 0; i < c->nhits; i++) {
		const struct hit *h = &c->hits[i];

		if (!h->on_thread_stack && h->value - lo < hi - lo)
			return true;
	}
	return false;
}

bool contexts_any(const struct contexts *c)
{
	return contexts_any_in(c, 0, UINT64_MAX);
}

/* ---- the second pass: from where might these stacks be resumed? ---- */

static void note_pointer(void *arg, const struct found_word *w)
{
	struct contexts *c = arg;

	if (w->value % 8)
		return;
	if (c->npointers == MAX_POINTERS) {
		c->too_many = true;
		return;
	}
	VEC_GROW(c->pointers, c->npointers, c->cap_pointers);
	c->pointers[c->npointers++] = (struct pointer){
		.at = w->addr, .value = w->value,
		/* Marks the mangled: these are no plain words. */
		.after = is_code(c, w->after) ? w->after : 0,
	};
	if (w->mangled && !c->pointers[c->npointers - 1].after)
		c->npointers--;
}

static void add_root(struct contexts *c, const struct saved_context *from,
		     uint64_t at, bool pair)
{
	struct root r = {.at = at, .sp = from->sp, .pair = pair,
			 .slot = from->is_return ? from->sp - 8 : 0,
			 .first = c->nframes};

	r.complete = unwind(c, from, &r.n);
	while (c->nframes + r.n > c->cap_frames) {
		c->cap_frames = c->cap_frames ? 2 * c->cap_frames : 1024;
		c->frames = xrealloc(c->frames,
				     c->cap_frames * sizeof(*c->frames));
	}
	memcpy(c->frames + c->nframes, c->s->frames, r.n * sizeof(*c->frames));
	c->nframes += r.n;
	VEC_GROW(c->roots, c->nroots, c->cap_roots);
	c->roots[c->nroots++] = r;
}

/* A stack pointer alone: registers are above it, then a return address. */
static void add_top_root(struct contexts *c, const struct pointer *p)
{
	uint64_t words[TOP_WORDS];
	size_t n = target_read_partial(c->t, p->value, words, sizeof(words));

	for (size_t i = 0; i < n / 8; i++) {
		struct saved_context from = {
			.pc = words[i], .sp = p->value + 8 * (i + 1),
			.rbp = i ? words[i - 1] : 0,
			.has_rbp = i && is_writable(c, words[i - 1]),
			.is_return = true,
		};

		if (!is_code(c, words[i]) ||
		    !unwinder_follows_call(c->s->uw, words[i]))
			continue;
		add_root(c, &from, p->at, false);
		c->roots[c->nroots - 1].sp = p->value;
		return;
	}
}

static void add_memory_root(struct contexts *c, const struct pointer *p)
{
	if (!p->after) {
		add_top_root(c, p);
		return;
	}
	uint64_t raw = 0;
	target_read_partial(c->t, p->at, &raw, 8);
	struct saved_context from = {
		.pc = p->after, .sp = p->value, .has_rbp = true,
		.rbp = saved_rbp(c, p->at + 8, raw != p->value),
	};
	add_root(c, &from, p->at, true);
	if (!c->roots[c->nroots - 1].complete)
		add_top_root(c, p);
}

static bool make_zone(const struct contexts *c, uint64_t at,
		      struct word_range *ret)
{
	const struct map *m = maps_find(&c->t->maps, at);

	if (!m || is_on_thread_stack(c, at))
		return false;
	uint64_t lo = at - m->start > ZONE_BELOW ? at - ZONE_BELOW : m->start;
	uint64_t hi = m->end - at > ZONE_ABOVE ? at + ZONE_ABOVE : m->end;
	*ret = (struct word_range){lo, hi - lo};
	return true;
}

/* What looks like a pair may be a return address after all: so both places. */
static size_t make_zones(const struct contexts *c, struct word_range *zones)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nhits; i++) {
		const struct hit *h = &c->hits[i];

		n += make_zone(c, location(h), &zones[n]);
		if (h->pair && !h->mangled)
			n += make_zone(c, h->addr, &zones[n]);
	}
	return n;
}

static int by_lo(const void *a, const void *b)
{
	const struct word_range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static bool find_roots(struct contexts *c, uint64_t deadline)
{
	_autofree_ struct word_range *zones = xcalloc(2 * c->nhits, sizeof(*zones));
	struct word_search s = {.has_guard = c->has_guard, .guard = c->guard,
				.deadline = deadline, .fn = note_pointer,
				.arg = c};
	size_t n = make_zones(c, zones);

	if (!n)
		return true;
	qsort(zones, n, sizeof(*zones), by_lo);
	word_ranges(&s, zones, n);
	if (!words_search(c->t, &s))
		return false;
	c->bytes += s.bytes;
	for (size_t i = 0; i < c->npointers; i++) {
		if (now_us() > deadline)
			return false;
		add_memory_root(c, &c->pointers[i]);
	}
	return true;
}

static bool find_hits(struct contexts *c, uint64_t deadline)
{
	_autofree_ struct word_range *all =
		xcalloc(c->ndangers, sizeof(*all));
	struct word_search s = {.has_guard = c->has_guard, .guard = c->guard,
				.selves = true, .deadline = deadline,
				.fn = note_hit, .arg = c};

	for (size_t i = 0; i < c->ndangers; i++)
		all[i] = (struct word_range){
			c->dangers[i].lo,
			c->dangers[i].hi - c->dangers[i].lo + 1};
	word_ranges(&s, all, c->ndangers);
	bool done = words_search(c->t, &s);
	c->bytes += s.bytes;
	mark_thread_stacks(c);
	return done;
}

struct error *contexts_scan(struct contexts *c, unsigned int limit_ms)
{
	uint64_t start = now_us(), deadline = start + (uint64_t)limit_ms * 1000;

	c->nregions = c->nhits = c->npointers = c->nroots = c->nframes = 0;
	c->bytes = 0;
	c->too_many = false;
	if (!c->ndangers)
		return NULL;
	if (!find_hits(c, deadline) || !find_roots(c, deadline))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): %llu MB of its memory were "
				 "looked through for suspended contexts in %u "
				 "ms, and more is left; give it more time "
				 "(--context-ms), or if the program has none, "
				 "--skip-contexts",
				 c->t->pid, c->t->comm,
				 (unsigned long long)c->bytes >> 20, limit_ms);
	c->nmemory_roots = c->nroots;
	c->nmemory_frames = c->nframes;
	c->scanned_at = now_us();
	c->scan_us = c->scanned_at - start;
	log_debug("pid %d: contexts: %zu places of interest, %zu roots, in %llu"
		  " kB of memory, %llu us", c->t->pid, c->nhits, c->nroots,
		  (unsigned long long)c->bytes >> 10,
		  (unsigned long long)c->scan_us);
	return NULL;
}
