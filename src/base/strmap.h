// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hash map from strings (pointer and length, not NUL-terminated) to
 * pointers. Keys are not copied: they must live as long as the map.
 */
#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strmap_entry {
	const char *key; /* NULL: empty slot */
	size_t len;
	uint64_t hash;
	void *value;
};

struct strmap {
	struct strmap_entry *slots;
	size_t count;
	size_t cap; /* 0 or a power of 2 */
};

#define STRMAP_INIT ((struct strmap){0})

void strmap_deinit(struct strmap *m);

/* The value of `key`, NULL if it isn't there. */
void *strmap_get(const struct strmap *m, const char *key, size_t len);

/* Sets `key` to `value` (not NULL). Returns the value it had, or NULL. */
void *strmap_put(struct strmap *m, const char *key, size_t len, void *value);

static inline void *strmap_gets(const struct strmap *m, const char *key)
{
	return strmap_get(m, key, strlen(key));
}

/* A 64-bit hash of bytes (FNV-1a with a final mix); not for hostile input. */
uint64_t hash_bytes(const void *data, size_t len);

#endif
