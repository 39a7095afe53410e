// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define PAGE 4096u
#define FIND_OBJECT "_dl_find_object"

/* The function that is to be led to us: where its address is, and what. */
struct hook {
	const struct object *obj; /* ld.so */
	uint64_t slot;
	uint64_t function;
};

/* ---- the pointer ---- */

/*
 * The address of the pointer that `code` at `addr` jumps to through; false if
 * it's another code.
 */
static bool decode(struct target *t, const uint8_t *code, uint64_t addr,
		   uint64_t *ret_slot)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	static const uint8_t load[] = {0x48, 0x8b, 0x05}; /* mov N(%rip),%rax */
	static const uint8_t jump[] = {0xff, 0xa0};	   /* jmp *N(%rax) */
	int32_t to_got, offset;
	uint64_t base;

	if (!memcmp(code, endbr64, sizeof(endbr64))) {
		code += sizeof(endbr64);
		addr += sizeof(endbr64);
	}
	if (memcmp(code, load, sizeof(load)))
		return false;
	memcpy(&to_got, code + 3, sizeof(to_got));
	code += 7;
	if (*code == 0x3e) /* notrack */
		code++;
	if (memcmp(code, jump, sizeof(jump)))
		return false;
	memcpy(&offset, code + 2, sizeof(offset));
	if (target_read_partial(t, addr + 7 + (uint64_t)(int64_t)to_got, &base,
				sizeof(base)) != sizeof(base))
		return false;
	*ret_slot = base + (uint64_t)(int64_t)offset;
	return true;
}

static const char *check_hook(struct plan *p, uint64_t addr, struct hook *ret)
{
	uint8_t code[24];

	if (target_read_partial(p->t, addr, code, sizeof(code)) !=
		    sizeof(code) ||
	    !decode(p->t, code, addr, &ret->slot))
		return "its " FIND_OBJECT "() is not one that we know";
	ret->obj = objects_at(&p->objs, ret->slot);
	if (!ret->obj || ret->slot % 8 || !ret->obj->id.len ||
	    target_read_partial(p->t, ret->slot, &ret->function, 8) != 8 ||
	    !object_has_code_at(ret->obj, ret->function))
		return "the pointer of its " FIND_OBJECT "() is another tool's";
	return NULL;
}

/* NULL, or why it can't be done. */
static const char *find_hook(struct plan *p, struct hook *ret)
{
	Elf64_Sym sym;

	for (size_t i = 0; i < p->ds.count; i++) {
		struct dynamic *d = &p->ds.all[i];

		if (dynamic_lookup(d, FIND_OBJECT, NULL, false, &sym))
			return check_hook(p, d->obj->load_bias + sym.st_value,
					  ret);
	}
	return "its C library has no " FIND_OBJECT "(), as glibc has since "
	       "2.35 when linked dynamically";
}

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

static struct linked *make_linked(const struct hook *hook)
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
static struct error *add_frames(struct plan *p, const struct hook *hook)
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
	p->frames_hook = hook->slot;
	return error_context(change_place(p, &p->changes[0]),
			     "way for exceptions");
}

static struct error *find_or_add(struct plan *p)
{
	struct state *s = find_applied(p);
	struct hook hook;

	if (s) {
		p->frames = s->header->part_addr[LINK_RX] - PAGE;
		return NULL;
	}
	const char *why = find_hook(p, &hook);
	if (!why)
		return add_frames(p, &hook);
	log_info("pid %d (%s): exceptions, pthread_cancel() and backtrace() "
		 "will not pass through patched functions: %s", p->t->pid,
		 p->t->comm, why);
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

void frames_fill(struct plan *p, struct change *c)
{
	struct state_header *h = c->new.header;
	uint64_t original;

	if (c->kind != STATE_FRAMES) {
		const struct dynamic *d = dynamics_of(&p->ds, c->obj);

		h->frames.link_map = d ? d->link_map : 0;
		fill_word(p, c);
		return;
	}
	h->kind = STATE_FRAMES;
	p->frames = h->part_addr[LINK_RX] - PAGE;
	memcpy(&original, linked_bytes(c->linked, LINK_R), sizeof(original));
	set_word(&c->new.hunks[0], p->frames_hook, original,
		 h->part_addr[LINK_RX]);
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
	uint64_t now;

	return target_read_partial(p->t, s->hunks[0].write_addr, &now, 8) ==
		       8 &&
	       !memcmp(&now, s->hunks[0].intended, 8);
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
