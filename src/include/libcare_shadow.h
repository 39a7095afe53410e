/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions behind libcare.h; included by it, in one file of a patch.
 *
 * They work inside a callback, when all other threads are stopped: no malloc(),
 * but memory of their own; and no lock of theirs is held then, since no thread
 * may be in the code of a patch that is replaced or taken back.
 */
#ifndef LIBCARE_SHADOW_H
#define LIBCARE_SHADOW_H

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
	LIBCARE_BUCKETS_ = 4096,
	LIBCARE_BLOCK_ = 1 << 18, /* bytes that are mapped at a time */
	LIBCARE_CLASSES_ = 12,	  /* nodes of 64 << n bytes */
};

struct libcare_node_ {
	struct libcare_node_ *next;
	const void *obj;
	unsigned long id;
	unsigned long size_class;
	/* what the caller gets follows: 32 bytes behind an aligned address */
};

struct libcare_block_ {
	struct libcare_block_ *next;
	size_t size, used;
	size_t unused; /* so that what follows is aligned to 16 */
};

struct libcare_table_ {
	int lock;
	struct libcare_block_ *blocks;
	struct libcare_node_ *free_nodes[LIBCARE_CLASSES_];
	struct libcare_node_ *buckets[LIBCARE_BUCKETS_];
};

/* The one thing that goes from patch to patch. */
static struct libcare_table_ *libcare_table_ __asm__("libcare_table_")
	__attribute__((used));
LIBCARE_KEEP(libcare_table_);

static void *libcare_map_(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void libcare_lock_(struct libcare_table_ *t)
{
	while (__atomic_exchange_n(&t->lock, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void libcare_unlock_(struct libcare_table_ *t)
{
	__atomic_store_n(&t->lock, 0, __ATOMIC_RELEASE);
}

/* The table, made at first use; NULL: there is none, or no memory for it. */
static struct libcare_table_ *libcare_get_table_(int make)
{
	struct libcare_table_ *t =
		__atomic_load_n(&libcare_table_, __ATOMIC_ACQUIRE);
	struct libcare_table_ *none = NULL;

	if (t || !make)
		return t;
	t = (struct libcare_table_ *)libcare_map_(sizeof(*t));
	if (!t || __atomic_compare_exchange_n(&libcare_table_, &none, t, 0,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE))
		return t;
	munmap(t, sizeof(*t));
	return none;
}

static struct libcare_node_ **libcare_bucket_(struct libcare_table_ *t,
					      const void *obj,
					      unsigned long id)
{
	uint64_t h = ((uint64_t)(uintptr_t)obj >> 4) ^ id * 0x9e3779b97f4a7c15u;

	h *= 0x9e3779b97f4a7c15u;
	return &t->buckets[h >> 52];
}

static struct libcare_node_ **libcare_find_(struct libcare_table_ *t,
					    const void *obj, unsigned long id)
{
	struct libcare_node_ **at = libcare_bucket_(t, obj, id);

	while (*at && ((*at)->obj != obj || (*at)->id != id))
		at = &(*at)->next;
	return at;
}

static struct libcare_node_ *libcare_carve_(struct libcare_table_ *t,
					    size_t size)
{
	struct libcare_block_ *b = t->blocks;

	if (!b || b->size - b->used < size) {
		size_t all = sizeof(*b) + size;

		all = all < LIBCARE_BLOCK_ ? (size_t)LIBCARE_BLOCK_ : all;
		b = (struct libcare_block_ *)libcare_map_(all);
		if (!b)
			return NULL;
		b->size = all;
		b->used = sizeof(*b);
		b->next = t->blocks;
		t->blocks = b;
	}
	b->used += size;
	return (struct libcare_node_ *)(void *)((char *)b + b->used - size);
}

/* Zeroed. Larger ones than the largest class are never used again. */
static struct libcare_node_ *libcare_new_node_(struct libcare_table_ *t,
					       size_t size)
{
	size_t need = sizeof(struct libcare_node_) + size, room = 64;
	unsigned long c = 0;

	if (need < size || need > (size_t)1 << 40)
		return NULL;
	while (room < need && c < LIBCARE_CLASSES_) {
		room *= 2;
		c++;
	}
	struct libcare_node_ *n = NULL;
	if (c < LIBCARE_CLASSES_)
		n = t->free_nodes[c];
	else
		room = (need + 63) & ~(size_t)63;
	if (n) {
		t->free_nodes[c] = n->next;
		memset(n, 0, room);
	} else {
		n = libcare_carve_(t, room);
	}
	if (n)
		n->size_class = c;
	return n;
}

static void libcare_drop_(struct libcare_table_ *t, struct libcare_node_ **at)
{
	struct libcare_node_ *n = *at;

	*at = n->next;
	if (n->size_class >= LIBCARE_CLASSES_)
		return;
	n->next = t->free_nodes[n->size_class];
	t->free_nodes[n->size_class] = n;
}

void *libcare_shadow_get(const void *obj, unsigned long id)
{
	struct libcare_table_ *t = libcare_get_table_(0);
	struct libcare_node_ *n;

	if (!t)
		return NULL;
	libcare_lock_(t);
	n = *libcare_find_(t, obj, id);
	libcare_unlock_(t);
	return n ? n + 1 : NULL;
}

void *libcare_shadow_get_or_alloc(const void *obj, unsigned long id,
				  size_t size)
{
	struct libcare_table_ *t = libcare_get_table_(1);
	struct libcare_node_ **at, *n;

	if (!t)
		return NULL;
	libcare_lock_(t);
	n = *libcare_find_(t, obj, id);
	if (!n && (n = libcare_new_node_(t, size)) != NULL) {
		at = libcare_bucket_(t, obj, id);
		n->obj = obj;
		n->id = id;
		n->next = *at;
		*at = n;
	}
	libcare_unlock_(t);
	return n ? n + 1 : NULL;
}

void libcare_shadow_free(const void *obj, unsigned long id)
{
	struct libcare_table_ *t = libcare_get_table_(0);
	struct libcare_node_ **at;

	if (!t)
		return;
	libcare_lock_(t);
	at = libcare_find_(t, obj, id);
	if (*at)
		libcare_drop_(t, at);
	libcare_unlock_(t);
}

void libcare_shadow_each(unsigned long id,
			 int (*visit)(const void *obj, void *shadow, void *arg),
			 void *arg)
{
	struct libcare_table_ *t = libcare_get_table_(0);
	struct libcare_node_ **at;
	int i;

	if (!t)
		return;
	libcare_lock_(t);
	for (i = 0; i < LIBCARE_BUCKETS_; i++) {
		at = &t->buckets[i];
		while (*at) {
			if ((*at)->id == id && visit((*at)->obj, *at + 1, arg))
				libcare_drop_(t, at);
			else
				at = &(*at)->next;
		}
	}
	libcare_unlock_(t);
}

void libcare_shadow_end(void)
{
	struct libcare_table_ *t =
		__atomic_exchange_n(&libcare_table_, (struct libcare_table_ *)0,
				    __ATOMIC_ACQ_REL);
	struct libcare_block_ *b, *next;

	for (b = t ? t->blocks : NULL; b; b = next) {
		next = b->next;
		munmap(b, b->size);
	}
	if (t)
		munmap(t, sizeof(*t));
}

#endif
