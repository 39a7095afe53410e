// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/callbacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

static const struct {
	uint32_t flag;
	bool incoming, after;
	const char *kind, *prefix;
} kinds[] = {
	{STATE_HUNK_PRE_PATCH, true, false, "pre-patch", "libcare_pre_patch_"},
	{STATE_HUNK_POST_PATCH, true, true, "post-patch",
	 "libcare_post_patch_"},
	{STATE_HUNK_PRE_UNPATCH, false, false, "pre-unpatch",
	 "libcare_pre_unpatch_"},
	{STATE_HUNK_POST_UNPATCH, false, true, "post-unpatch",
	 "libcare_post_unpatch_"},
};

static const char *without_prefix(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) ? name : name + len;
}

/* The patch whose callbacks of a change are called. */
static const struct state *state_of(const struct change *c)
{
	return c->has_new ? &c->new : c->old;
}

static void collect_from(struct callbacks *cb, const struct change *c,
			 bool after)
{
	const struct state *s = state_of(c);
	uint64_t stack = s->header->part_addr[LINK_RW] + LINK_CALL_STACK;

	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];
		const char *name = state_hunk_name(s, h);

		for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
			if (!(h->flags & kinds[k].flag) ||
			    kinds[k].incoming != c->has_new ||
			    kinds[k].after != after)
				continue;
			VEC_GROW(cb->all, cb->n, cb->cap);
			cb->all[cb->n++] = (struct callback){
				.function = h->new_addr,
				.stack = stack,
				.name = without_prefix(name, kinds[k].prefix),
				.kind = kinds[k].kind,
			};
		}
	}
}

void callbacks_collect(const struct plan *p, struct callbacks *ret)
{
	*ret = (struct callbacks){0};
	for (size_t i = 0; p->callback_ms && i < p->nchanges; i++)
		collect_from(ret, &p->changes[i], false);
	ret->before = ret->n;
	for (size_t i = 0; p->callback_ms && i < p->nchanges; i++)
		collect_from(ret, &p->changes[i], true);
}

bool callbacks_any(const struct plan *p)
{
	struct callbacks cb;

	callbacks_collect(p, &cb);
	size_t n = cb.n;
	callbacks_deinit(&cb);
	return n;
}

void callbacks_deinit(struct callbacks *c)
{
	free(c->all);
	*c = (struct callbacks){0};
}

static const struct state_hunk *find_kept(const struct state *s,
					  const char *name, uint64_t len)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];

		if (h->flags & STATE_HUNK_KEEP && h->new_len == len &&
		    !strcmp(state_hunk_name(s, h), name))
			return h;
	}
	return NULL;
}

static struct error *keep(struct target *t, const struct state *old,
			  const struct state *new)
{
	for (uint32_t i = 0; i < new->header->nhunks; i++) {
		const struct state_hunk *to = &new->hunks[i], *from;
		const char *name = state_hunk_name(new, to);

		if (!(to->flags & STATE_HUNK_KEEP))
			continue;
		from = find_kept(old, name, to->new_len);
		if (!from) {
			log_info("%s: the patch that is replaced has none of "
				 "this size", name);
			continue;
		}
		_autofree_ uint8_t *value = xmalloc(to->new_len);
		TRY(target_read(t, from->new_addr, value, to->new_len));
		TRY(error_context(target_write(t, to->new_addr, value,
					       to->new_len), "%s", name));
	}
	return NULL;
}

struct error *callbacks_keep(const struct plan *p)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		if (c->has_new && c->old)
			TRY(keep(p->t, c->old, &c->new));
	}
	return NULL;
}

void callbacks_wipe(const struct plan *p)
{
	_autofree_ uint8_t *zeros = xcalloc(1, LINK_CALL_STACK);
	struct callbacks cb;
	uint64_t last = 0;

	callbacks_collect(p, &cb);
	for (size_t i = 0; i < cb.n; i++) {
		uint64_t stack = cb.all[i].stack;

		if (stack != last)
			error_free(target_write(p->t, stack - LINK_CALL_STACK,
						zeros, LINK_CALL_STACK));
		last = stack;
	}
	callbacks_deinit(&cb);
}
