// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of patches that went out. No code of theirs is left to run, but the
 * program may have kept the address of their data or functions: what is
 * pointed to from its writable memory stays.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/commit.h"
#include "doctor/mapping.h"
#include "doctor/words.h"

#define MAX_SCAN ((uint64_t)4 << 30)
#define CHUNK ((size_t)1 << 20)

/*
 * Whether an aligned word of [from, to) of the patient points into the patch:
 * plain, or mangled with `guard` (what a jmp_buf has).
 */
static bool range_points_into(struct target *t, uint64_t from, uint64_t to,
			      uint64_t lo, uint64_t hi, uint64_t guard,
			      uint64_t *words)
{
	while (from < to) {
		size_t want = to - from < CHUNK ? to - from : CHUNK;
		size_t n = target_read_partial(t, from, words, want);

		for (size_t i = 0; i < n / 8; i++) {
			if (words[i] - lo < hi - lo ||
			    word_demangle(words[i], guard) - lo < hi - lo)
				return true;
		}
		/* Pages that can't be read can't be read by the patient. */
		from += n < want ? (n | 4095) + 1 : n;
	}
	return false;
}

static bool is_device(const struct map *m)
{
	return !strncmp(m->path, "/dev/", 5) && strncmp(m->path, "/dev/shm/", 9);
}

/*
 * Where live words of a mapping begin: a thread's stack has none below its
 * rsp. Not for mappings in which several threads have theirs.
 */
static uint64_t live_start(const struct map *m, const struct commit_result *r)
{
	uint64_t start = m->start;
	size_t stacks = 0;

	for (size_t i = 0; i < r->nrsp; i++) {
		if (r->rsp[i] < m->start || r->rsp[i] >= m->end)
			continue;
		start = r->rsp[i] & ~7ull;
		stacks++;
	}
	return stacks == 1 ? start : m->start;
}

static bool memory_points_into(struct target *t, const struct commit_result *r,
			       uint64_t lo, uint64_t hi)
{
	_autofree_ uint64_t *words = xmalloc(CHUNK);
	uint64_t total = 0, guard = 0;

	word_pointer_guard(t, &guard);
	for (size_t i = 0; i < t->maps.count; i++) {
		const struct map *m = &t->maps.all[i];

		if (!(m->prot & MAP_W) || is_device(m) ||
		    (m->start >= lo && m->end <= hi))
			continue;
		uint64_t from = live_start(m, r);
		total += m->end - from;
		if (total > MAX_SCAN)
			return true;
		if (!range_points_into(t, from, m->end, lo, hi, guard,
				       words))
			continue;
		log_debug("a pointer into the patch is in %#llx..%#llx %s",
			  (unsigned long long)m->start,
			  (unsigned long long)m->end, m->path);
		return true;
	}
	return false;
}

static bool is_unused(struct target *t, const struct commit_result *r,
		      const struct state *s)
{
	const struct state_header *h = s->header;
	struct error *err = target_refresh_maps(t);
	bool known = !err;

	error_free(err);
	return known && !memory_points_into(t, r, h->part_addr[LINK_R],
					    h->part_addr[LINK_RW] +
						    h->part_size[LINK_RW]);
}

/* Memory that a patch of this plan uses again. */
static bool is_reused(const struct plan *p, const struct state *s)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].reuse == s)
			return true;
	}
	return false;
}

static const char *path_of(const struct plan *p, const struct state *s)
{
	for (size_t i = 0; i < s->header->nhunks; i++) {
		const struct object *obj =
			objects_at(&p->objs, s->hunks[i].orig_addr);

		if (obj)
			return obj->path;
	}
	return "?";
}

static void unmap_one(struct plan *p, const struct commit_result *result,
		      size_t index, unsigned int timeout_ms)
{
	const struct state *s = &p->states.all[index];

	/* The code of self_write.h may still be in use. */
	if (target_carry_lost(p->t) || !result->unused[index] ||
	    !is_unused(p->t, result, s)) {
		log_info("%s: the memory of a patch that was taken back stays: "
			 "the program may hold pointers into it",
			 path_of(p, s));
		return;
	}
	struct error *err = state_unmap(p->t, s, timeout_ms);
	if (err)
		log_info("%s: the memory of a patch that was taken back stays: "
			 "%s", path_of(p, s), err->message);
	error_free(err);
}

void unmap_retired(struct plan *p, const struct commit_result *result,
		   unsigned int timeout_ms)
{
	for (size_t i = 0; i < p->states.count; i++) {
		if (p->states.all[i].header->state == STATE_RETIRED &&
		    !is_reused(p, &p->states.all[i]))
			unmap_one(p, result, i, timeout_ms);
	}
}
