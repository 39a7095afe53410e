// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Bytes between two ranges that are cheaper to read than to leave out. */
#define SMALL_GAP 1024u

void snapshot_deinit(struct snapshot *s)
{
	free(s->ranges);
	free(s->before);
	free(s->now);
	memset(s, 0, sizeof(*s));
}

void snapshot_add(struct snapshot *s, uint64_t addr, size_t len)
{
	if (!len)
		return;
	VEC_GROW(s->ranges, s->n, s->cap);
	s->ranges[s->n++] = (struct iorange){.addr = addr, .len = len};
}

static int by_address(const void *a, const void *b)
{
	const struct iorange *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/*
 * Joins what is close together: within a page, as what is between two ranges
 * of different pages need not be mapped.
 */
static bool are_close(const struct iorange *x, const struct iorange *y)
{
	uint64_t end = x->addr + x->len;

	return y->addr <= end || (y->addr - end <= SMALL_GAP &&
				  (end - 1) / 4096 == y->addr / 4096);
}

static void merge(struct snapshot *s)
{
	size_t n = 0;

	if (!s->n)
		return;
	qsort(s->ranges, s->n, sizeof(*s->ranges), by_address);
	for (size_t i = 1; i < s->n; i++) {
		struct iorange *last = &s->ranges[n];
		const struct iorange *r = &s->ranges[i];

		if (!are_close(last, r))
			s->ranges[++n] = *r;
		else if (r->addr + r->len > last->addr + last->len)
			last->len = r->addr + r->len - last->addr;
	}
	s->n = n + 1;
}

static void make_room(struct snapshot *s)
{
	merge(s);
	for (size_t i = 0; i < s->n; i++)
		s->size += s->ranges[i].len;
	s->before = xcalloc(1, s->size + 1);
	s->now = xcalloc(1, s->size + 1);
	uint8_t *at = s->now;
	for (size_t i = 0; i < s->n; i++) {
		s->ranges[i].data = at;
		at += s->ranges[i].len;
	}
}

static const struct iorange *read_now(struct snapshot *s, struct target *t)
{
	target_read_many(t, s->ranges, s->n);
	for (size_t i = 0; i < s->n; i++) {
		if (s->ranges[i].done != s->ranges[i].len)
			return &s->ranges[i];
	}
	return NULL;
}

struct error *snapshot_take(struct snapshot *s, struct target *t)
{
	if (!s->now)
		make_room(s);
	const struct iorange *bad = read_now(s, t);
	if (bad)
		return error_new(ERR_FAILED,
				 "pid %d (%s): cannot read %zu bytes at %#llx",
				 t->pid, t->comm, bad->len,
				 (unsigned long long)bad->addr);
	memcpy(s->before, s->now, s->size);
	return NULL;
}

bool snapshot_is_current(struct snapshot *s, struct target *t)
{
	return !read_now(s, t) && !memcmp(s->before, s->now, s->size);
}

const uint8_t *snapshot_at(const struct snapshot *s, uint64_t addr)
{
	size_t lo = 0, hi = s->n;

	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (s->ranges[mid].addr <= addr)
			lo = mid;
		else
			hi = mid;
	}
	return (const uint8_t *)s->ranges[lo].data + (addr - s->ranges[lo].addr);
}
