// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/strmap.h"

#include <stdlib.h>

#include "base/buf.h"

uint64_t hash_bytes(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ (h >> 29);
}

void strmap_deinit(struct strmap *m)
{
	free(m->slots);
	*m = STRMAP_INIT;
}

/* The slot that holds the key, or the empty one where it would go. */
static struct strmap_entry *find(const struct strmap *m, const char *key,
				 size_t len, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	for (;; i = (i + 1) & (m->cap - 1)) {
		struct strmap_entry *e = &m->slots[i];

		if (!e->key || (e->hash == hash && e->len == len &&
				memcmp(e->key, key, len) == 0))
			return e;
	}
}

void *strmap_get(const struct strmap *m, const char *key, size_t len)
{
	if (!m->cap)
		return NULL;
	const struct strmap_entry *e =
		find(m, key, len, hash_bytes(key, len));
	return e->key ? e->value : NULL;
}

static void grow(struct strmap *m)
{
	struct strmap bigger = {0};

	bigger.cap = m->cap ? 2 * m->cap : 64;
	bigger.count = m->count;
	bigger.slots = xcalloc(bigger.cap, sizeof(*bigger.slots));
	for (size_t i = 0; i < m->cap; i++) {
		struct strmap_entry *e = &m->slots[i];

		if (e->key)
			*find(&bigger, e->key, e->len, e->hash) = *e;
	}
	free(m->slots);
	*m = bigger;
}

void *strmap_put(struct strmap *m, const char *key, size_t len, void *value)
{
	if (4 * (m->count + 1) > 3 * m->cap)
		grow(m);

	uint64_t hash = hash_bytes(key, len);
	struct strmap_entry *e = find(m, key, len, hash);
	void *old = e->key ? e->value : NULL;

	if (!e->key)
		m->count++;
	*e = (struct strmap_entry){key, len, hash, value};
	return old;
}
