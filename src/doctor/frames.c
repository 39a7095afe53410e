// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define PAGE 4096u
#define FIND_OBJECT "_dl_find_object"

/* ---- planning ---- */

static bool has_unwind_data(const struct change *c)
{
	return c->has_new && c->kind == STATE_PATCH &&
	       c->new.header->frames.hdr;
}

static struct state *find_applied(struct plan *p)
{
	for (size_t i = 0; i < p->states.count; i++) {
		const struct state_header *h = p->states.all[i].header;

		if (h->kind == STATE_FRAMES && h->state == STATE_APPLIED)
			return &p->states.all[i];
	}
	return NULL;
}

static struct linked *make_linked(const struct frames_hook *hook)
{
	struct frames_table *table = xcalloc(1, PAGE);
	size_t len = (size_t)(frames_stub_end - frames_stub);
	uint8_t *code = xmalloc(PAGE);

	table->original = hook->function;
	memset(code, 0xcc, PAGE);
	memcpy(code, frames_stub, len);
	struct linked *l = linked_from_bytes(FIND_OBJECT, (uint8_t *)table,
					     PAGE, code, PAGE);
	free(table);
	free(code);
	return l;
}

static void set_word(struct state_hunk *h, uint64_t addr, uint64_t before,
		     uint64_t after)
{
	h->write_addr = addr;
	h->write_len = 8;
	memcpy(h->undo, &before, 8);
	memcpy(h->intended, &after, 8);
}

/* A change of its own, in front: the others' words are in its memory. */
static struct error *add_frames(struct plan *p, const struct frames_hook *hook)
{
	struct change c = {
		.obj = hook->obj,
		.kind = STATE_FRAMES,
		.has_new = true,
	};

	c.kp.buildid = hook->obj->id;
	c.linked = make_linked(hook);
	VEC_GROW(p->changes, p->nchanges, p->cap);
	memmove(p->changes + 1, p->changes, p->nchanges * sizeof(c));
	p->nchanges++;
	p->changes[0] = c;
	p->frames_hook = *hook;
	return error_context(change_place(p, &p->changes[0]),
			     "way for exceptions");
}

/* Who patches functions that throw or clean up should hear of it. */
static void tell(const struct plan *p, const char *why)
{
	static const char text[] = "pid %d (%s): exceptions, pthread_cancel() "
				   "and backtrace() will not pass through "
				   "patched functions: %s";
	bool matters = false;

	for (size_t i = 0; i < p->nchanges; i++)
		matters |= p->changes[i].has_new &&
			   linked_has_personality(p->changes[i].linked);
	if (matters)
		log_warn(text, p->t->pid, p->t->comm, why);
	else
		log_info(text, p->t->pid, p->t->comm, why);
}

static struct error *find_or_add(struct plan *p)
{
	struct state *s = find_applied(p);
	struct frames_hook hook = {0};

	if (s) {
		p->frames = s->header->part_addr[LINK_RX] - PAGE;
		return NULL;
	}
	const char *why = frames_find_hook(p, &hook);
	if (!why)
		return add_frames(p, &hook);
	if (!*why)
		return NULL;
	tell(p, why);
	return NULL;
}

static void fill_word(struct plan *p, struct change *c)
{
	struct state_header *h = c->new.header;

	if (!c->frames_index || !p->frames)
		return;
	set_word(&c->new.hunks[h->nhunks - 1],
		 p->frames + offsetof(struct frames_table, words) +
			 8 * (c->frames_index - 1),
		 0,
		 h->part_addr[LINK_R] + offsetof(struct state_header, frames));
	state_seal(&c->new);
}

/* A pointer to the stub, or a call's displacement to it. */
static void fill_hook(struct state_hunk *h, const struct frames_hook *hook,
		      uint64_t stub)
{
	uint64_t behind = hook->is_call ? hook->slot + 4 : 0;

	set_word(h, hook->slot, hook->function - behind, stub - behind);
	if (hook->is_call)
		h->write_len = 4;
}

void frames_fill(struct plan *p, struct change *c)
{
	struct state_header *h = c->new.header;

	if (c->kind != STATE_FRAMES) {
		const struct dynamic *d = dynamics_of(&p->ds, c->obj);

		h->frames.link_map = d ? d->link_map : 0;
		fill_word(p, c);
		return;
	}
	h->kind = STATE_FRAMES;
	p->frames = h->part_addr[LINK_RX] - PAGE;
	fill_hook(&c->new.hunks[0], &p->frames_hook, h->part_addr[LINK_RX]);
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].has_new && &p->changes[i] != c)
			fill_word(p, &p->changes[i]);
	}
}

/* The words of the table that are free; all, if there's no table yet. */
static struct error *free_words(struct plan *p, bool known, bool *ret_free)
{
	uint64_t words[FRAMES_WORDS] = {0};

	if (known)
		TRY(target_read(p->t, p->frames +
				offsetof(struct frames_table, words),
				words, sizeof(words)));
	for (size_t i = 0; i < FRAMES_WORDS; i++)
		ret_free[i] = !words[i];
	return NULL;
}

static void give_words(struct plan *p, const bool *is_free)
{
	size_t next = 0;

	for (size_t i = 0; i < p->nchanges; i++) {
		struct change *c = &p->changes[i];

		if (!has_unwind_data(c))
			continue;
		while (next < FRAMES_WORDS && !is_free[next])
			next++;
		if (next == FRAMES_WORDS) {
			log_info("%s: too many patches for exceptions to pass "
				 "through this one", c->obj->path);
			return;
		}
		c->frames_index = ++next;
		fill_word(p, c);
	}
}

struct error *frames_plan(struct plan *p)
{
	bool is_free[FRAMES_WORDS], known, wanted = false;

	for (size_t i = 0; i < p->nchanges; i++)
		wanted |= has_unwind_data(&p->changes[i]);
	if (!wanted)
		return NULL;
	known = find_applied(p) != NULL;
	TRY(find_or_add(p));
	if (!p->frames)
		return NULL;
	TRY(free_words(p, known, is_free));
	give_words(p, is_free);
	return NULL;
}

/* ---- taking back ---- */

static bool goes_out(const struct plan *p, const struct state *s)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].old == s)
			return true;
	}
	return false;
}

/* Whether the pointer still leads to us, not to another tool. */
static bool is_ours(struct plan *p, const struct state *s)
{
	const struct state_hunk *h = &s->hunks[0];
	uint8_t now[STATE_MAX_WRITE];

	return target_read_partial(p->t, h->write_addr, now, h->write_len) ==
		       h->write_len &&
	       !memcmp(now, h->intended, h->write_len);
}

struct state *frames_unneeded(struct plan *p)
{
	struct state *frames = find_applied(p);

	for (size_t i = 0; i < p->states.count; i++) {
		const struct state *s = &p->states.all[i];

		if (s->header->kind == STATE_PATCH &&
		    s->header->state == STATE_APPLIED && !goes_out(p, s))
			return NULL;
	}
	return frames && is_ours(p, frames) ? frames : NULL;
}
