// SPDX-License-Identifier: GPL-2.0-or-later
/* Room near the object, and the patch linked for it. */
#include <string.h>

#include "base/cleanup.h"
#include "doctor/frames.h"
#include "doctor/plan.h"
#include "doctor/self_write.h"
#include "doctor/symbols.h"

/*
 * Every byte of the patch reaches every byte of the object with 32 bits: 2 GiB
 * less a page, so that addends at the ends do as well.
 */
#define REACH ((uint64_t)0x7ffff000)

#define PAGE 4096u

static struct map reserved_map(const struct change *c)
{
	uint64_t end = c->part_addr[LINK_RW] + c->part_size[LINK_RW];

	return (struct map){.start = c->part_addr[LINK_R], .end = end,
			    .path = (char *)""};
}

static int by_start(const void *a, const void *b)
{
	const struct map *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The maps with the room that other changes of the plan will take. */
static void reserve(const struct plan *p, const struct change *self,
		    struct maps *ret)
{
	const struct maps *m = &p->t->maps;

	ret->all = xcalloc(m->count + p->nchanges, sizeof(*ret->all));
	memcpy(ret->all, m->all, m->count * sizeof(*ret->all));
	ret->count = m->count;
	for (size_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		if (c != self && c->has_new && c->part_addr[LINK_R] &&
		    !c->mapped && !c->reuse)
			ret->all[ret->count++] = reserved_map(c);
	}
	qsort(ret->all, ret->count, sizeof(*ret->all), by_start);
}

static struct error *find_room(const struct plan *p, const struct change *c,
			       uint64_t size, uint64_t *ret_addr)
{
	struct maps maps;
	uint64_t reach = REACH;

	/* Code of a fixed-address program holds addresses in 31 bits. */
	if (c->obj->hi <= REACH)
		reach = REACH - c->obj->lo;
	reserve(p, c, &maps);
	bool found = maps_find_gap(&maps, c->obj->lo, c->obj->hi, size, reach,
				   ret_addr);
	free(maps.all);
	if (!found)
		return error_new(ERR_FAILED,
				 "no room for %llu bytes within 2 GiB of it",
				 (unsigned long long)size);
	return NULL;
}

/* Room behind the patch's own code for that of self_write.h. */
static size_t code_size(const struct change *c)
{
	size_t end = linked_code_end(c->linked) + SWITCH_STUB_ALIGN +
		     SWITCH_STUB_LEN;

	return (end + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static uint64_t switch_addr(const struct change *c)
{
	return (c->part_addr[LINK_RX] + linked_code_end(c->linked) +
		SWITCH_STUB_ALIGN - 1) & ~(uint64_t)(SWITCH_STUB_ALIGN - 1);
}

static struct error *set_parts(struct plan *p, struct change *c, size_t header)
{
	uint64_t total = 0, addr;

	for (int i = 0; i < LINK_PARTS; i++) {
		c->part_size[i] = linked_size(c->linked, i);
		if (i == LINK_R)
			c->part_size[i] += header;
		if (i == LINK_RX && c->kind == STATE_PATCH)
			c->part_size[i] = code_size(c);
		total += c->part_size[i];
	}
	if (c->reuse) {
		for (int i = 0; i < LINK_PARTS; i++) {
			if (c->reuse->header->part_size[i] != c->part_size[i])
				c->reuse = NULL;
			if (!c->reuse)
				break;
		}
	}
	if (c->reuse)
		addr = c->reuse->header->part_addr[LINK_R];
	else
		TRY(find_room(p, c, total, &addr));
	for (int i = 0; i < LINK_PARTS; i++) {
		c->part_addr[i] = addr;
		addr += c->part_size[i];
	}
	return NULL;
}

static struct error *link_there(struct plan *p, struct change *c,
				size_t header)
{
	struct link_env env;
	struct binder binder;
	uint64_t addr[LINK_PARTS];

	memcpy(addr, c->part_addr, sizeof(addr));
	addr[LINK_R] += header;
	if (!p->has_ds) {
		dynamics_read(p->t, &p->objs, &p->ds);
		p->has_ds = true;
	}
	binder_init(&binder, &p->ds, c->obj);
	binder_link_env(&binder, &env);
	struct error *err = link_resolve(c->linked, &env, addr);
	binder_deinit(&binder);
	return err;
}

struct error *change_place(struct plan *p, struct change *c)
{
	size_t n;
	const struct link_hunk *hunks = linked_hunks(c->linked, &n);
	size_t header = state_size(hunks, n);

	TRY(set_parts(p, c, header));
	if (c->kind == STATE_PATCH)
		TRY(link_there(p, c, header));
	state_deinit(&c->new);
	state_create(&c->kp, c->linked, c->obj->load_bias, c->part_addr,
		     c->part_size, &c->new);
	TRY(change_fill_hunks(p->t, c));
	if (c->kind == STATE_PATCH)
		c->new.header->switch_addr = switch_addr(c);
	frames_fill(p, c);
	state_seal(&c->new);
	return NULL;
}
