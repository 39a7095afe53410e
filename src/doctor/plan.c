// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/plan.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "doctor/frames.h"

static void change_deinit(struct change *c)
{
	kpfile_deinit(&c->kp);
	linked_free(c->linked);
	state_deinit(&c->new);
}

void plan_deinit(struct plan *p)
{
	for (size_t i = 0; i < p->nchanges; i++)
		change_deinit(&p->changes[i]);
	free(p->changes);
	if (p->has_ds)
		dynamics_deinit(&p->ds);
	states_deinit(&p->states);
	object_list_deinit(&p->objs);
	buf_deinit(&p->notes);
	free(p->why_not_itself);
	memset(p, 0, sizeof(*p));
}

static struct change *add_change(struct plan *p, const struct object *obj)
{
	VEC_GROW(p->changes, p->nchanges, p->cap);
	p->changes[p->nchanges] = (struct change){.obj = obj};
	return &p->changes[p->nchanges++];
}

static void note(struct plan *p, const struct object *obj, const char *text,
		 uint32_t level)
{
	char id[2 * BUILDID_MAX + 1];

	buildid_format(&obj->id, id);
	buf_addf(&p->notes, "%s %s: %s", object_name(obj), id, text);
	if (level)
		buf_addf(&p->notes, " (level %" PRIu32 ")", level);
	buf_add_str(&p->notes, "\n");
	log_info("%s: %s", object_name(obj), text);
}

static struct state *find_state(struct plan *p, const struct object *obj,
				uint32_t state)
{
	for (size_t i = 0; i < p->states.count; i++) {
		struct state *s = &p->states.all[i];

		if (s->header->state == state &&
		    state_is_for(s, &obj->id, obj->load_bias))
			return s;
	}
	return NULL;
}

static struct state *find_retired(struct plan *p, const struct object *obj,
				  const struct kpfile *kp)
{
	for (size_t i = 0; i < p->states.count; i++) {
		struct state *s = &p->states.all[i];

		if (s->header->state == STATE_RETIRED &&
		    state_is_for(s, &obj->id, obj->load_bias) &&
		    !memcmp(s->header->checksum, kp->checksum,
			    sizeof(kp->checksum)))
			return s;
	}
	return NULL;
}

/* Takes over `kp` if the patch is to be applied. */
static void consider(struct plan *p, const struct object *obj,
		     struct kpfile *kp)
{
	struct state *old = find_state(p, obj, STATE_APPLIED);

	p->matching++;
	if (old && !memcmp(old->header->checksum, kp->checksum,
			   sizeof(kp->checksum))) {
		note(p, obj, "this patch is already applied",
		     old->header->patchlevel);
		kpfile_deinit(kp);
		return;
	}
	if (old && kp->patchlevel <= old->header->patchlevel) {
		note(p, obj, kp->patchlevel < old->header->patchlevel
				     ? "a patch of a higher level is applied, "
				       "the one given is ignored"
				     : "another patch of the same level is "
				       "applied, the one given is ignored",
		     old->header->patchlevel);
		kpfile_deinit(kp);
		return;
	}
	struct change *c = add_change(p, obj);
	c->old = old;
	c->reuse = find_retired(p, obj, kp);
	c->has_new = true;
	c->kp = *kp;
	memset(kp, 0, sizeof(*kp));
}

static struct error *find_patches(struct plan *p, const struct store *store)
{
	for (size_t i = 0; i < p->objs.count; i++) {
		const struct object *obj = &p->objs.all[i];
		struct kpfile kp = {0};
		bool found = false;

		if (obj->id.len == 0)
			continue;
		TRY(store_find(store, &obj->id, &kp, &found));
		if (found)
			consider(p, obj, &kp);
	}
	return NULL;
}

/* By the first ELF header in its memory: the program, or its ld.so. */
static bool is_32bit(struct target *t)
{
	for (size_t i = 0; i < t->maps.count; i++) {
		const struct map *m = &t->maps.all[i];
		char ident[EI_NIDENT];

		if (m->offset == 0 && m->inode && m->prot & MAP_R &&
		    target_read_partial(t, m->start, ident, EI_NIDENT) ==
			    EI_NIDENT &&
		    !memcmp(ident, ELFMAG, SELFMAG))
			return ident[EI_CLASS] == ELFCLASS32;
	}
	return false;
}

/* Why nothing matches: the BuildIDs that the process has, for -v. */
static struct error *nothing_matches(const struct plan *p,
				     const struct store *store)
{
	const struct kpfile *single = store_single(store);
	char id[2 * BUILDID_MAX + 1];

	for (size_t i = 0; i < p->objs.count; i++) {
		const struct object *obj = &p->objs.all[i];

		buildid_format(&obj->id, id);
		log_info("  %s has BuildID %s", obj->path,
			 obj->id.len ? id : "(none)");
	}
	if (is_32bit(p->t))
		return error_new(ERR_NOTHING, "is a 32-bit program; patches "
				 "are for x86-64");
	if (!single)
		return error_new(ERR_NOTHING,
				 "no patch in the directory is for an object "
				 "of this process");
	buildid_format(&single->buildid, id);
	return error_new(ERR_NOTHING,
			 "no object of this process has the patch's BuildID %s"
			 "%s%s%s", id, *single->object_name ? " (of " : "",
			 single->object_name, *single->object_name ? ")" : "");
}

static struct error *nothing_new(const struct plan *p)
{
	const char *text = p->notes.data;

	return error_new(ERR_NOTHING, "%.*s", (int)strcspn(text, "\n"), text);
}

static struct error *plan_changes(struct plan *p)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		struct change *c = &p->changes[i];
		struct error *err = link_load(&c->kp, &c->linked);

		if (!err)
			err = change_place(p, c);
		TRY(error_context(err, "patch for %s", c->obj->path));
	}
	return frames_plan(p);
}

static struct error *fill_patch(struct plan *p, const struct store *store)
{
	TRY(objects_discover(p->t, &p->objs));
	states_find(p->t, &p->states);
	TRY(find_patches(p, store));
	if (p->nchanges)
		return plan_changes(p);
	return p->matching ? nothing_new(p) : nothing_matches(p, store);
}

struct error *plan_patch(struct target *t, const struct store *store,
			 struct plan *ret_plan)
{
	struct plan p = {.t = t};
	struct error *err = fill_patch(&p, store);

	if (err)
		plan_deinit(&p);
	else
		*ret_plan = p;
	return err;
}

static bool is_wanted(const struct object *obj, const struct buildid *ids,
		      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (buildid_equal(&obj->id, &ids[i]))
			return true;
	}
	return n == 0;
}

static struct error *fill_unpatch(struct plan *p, const struct buildid *ids,
				  size_t n)
{
	states_find(p->t, &p->states);
	if (p->states.count)
		TRY(objects_discover(p->t, &p->objs));
	for (size_t i = 0; i < p->objs.count; i++) {
		const struct object *obj = &p->objs.all[i];
		struct state *old = find_state(p, obj, STATE_APPLIED);

		if (old && is_wanted(obj, ids, n))
			add_change(p, obj)->old = old;
	}
	struct state *frames = frames_unneeded(p);
	if (frames && p->nchanges)
		add_change(p, p->changes[0].obj)->old = frames;
	for (size_t i = 0; i < p->nchanges; i++)
		TRY(error_context(change_verify_code(p->t, &p->changes[i]),
				  "patch of %s", p->changes[i].obj->path));
	if (!p->nchanges)
		return error_new(ERR_NOTHING, n ? "no patch for these BuildIDs "
						  "is applied"
						: "no patch is applied");
	return NULL;
}

struct error *plan_unpatch(struct target *t, const struct buildid *ids,
			   size_t n, struct plan *ret_plan)
{
	struct plan p = {.t = t};
	struct error *err = fill_unpatch(&p, ids, n);

	if (err)
		plan_deinit(&p);
	else
		*ret_plan = p;
	return err;
}

size_t plan_count_new(const struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].has_new)
			n += state_count_jumps(&p->changes[i].new);
	}
	return n;
}

size_t plan_count_old(const struct plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].old)
			n += state_count_jumps(p->changes[i].old);
	}
	return n;
}

static void describe_hunks(const struct state *s, struct buf *out)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];
		const char *name = state_hunk_name(s, h);

		if (h->flags & STATE_HUNK_DATA)
			continue;
		if (h->write_len)
			buf_addf(out, "    %s: jump at %#" PRIx64 " to %#"
				 PRIx64 " (%" PRIu64 " bytes by %" PRIu64
				 ")\n", name, h->write_addr, h->new_addr,
				 h->orig_len, h->new_len);
		else if (h->flags & STATE_HUNK_KEEP)
			buf_addf(out, "    %s: variable, kept, at %#" PRIx64
				 " (%" PRIu64 " bytes)\n", name, h->new_addr,
				 h->new_len);
		else if (h->flags & STATE_HUNK_NEW)
			buf_addf(out, "    %s: new, at %#" PRIx64 " (%" PRIu64
				 " bytes)\n", name, h->new_addr, h->new_len);
		else
			buf_addf(out, "    %s: no thread may be in %#" PRIx64
				 "..%#" PRIx64 "\n", name, h->orig_addr,
				 h->orig_addr + h->orig_len);
	}
}

void plan_describe(const struct plan *p, struct buf *out)
{
	if (p->notes.len)
		buf_add_str(out, p->notes.data);
	for (size_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];
		char id[2 * BUILDID_MAX + 1];

		buildid_format(&c->obj->id, id);
		buf_addf(out, "%s %s\n", c->obj->path, id);
		if (c->old)
			buf_addf(out, "  take back level %" PRIu32
				 ", %zu hunk(s)\n", c->old->header->patchlevel,
				 state_count_jumps(c->old));
		if (!c->has_new)
			continue;
		buf_addf(out, "  apply level %" PRIu32 ", %zu hunk(s)%s\n",
			 c->kp.patchlevel, state_count_jumps(&c->new),
			 c->reuse ? ", in memory left by it" : "");
		buf_addf(out, "  memory: r-- %#" PRIx64 " %" PRIu64
			 ", r-x %#" PRIx64 " %" PRIu64 ", rw- %#" PRIx64
			 " %" PRIu64 " bytes\n",
			 c->part_addr[LINK_R], c->part_size[LINK_R],
			 c->part_addr[LINK_RX], c->part_size[LINK_RX],
			 c->part_addr[LINK_RW], c->part_size[LINK_RW]);
		describe_hunks(&c->new, out);
	}
}
