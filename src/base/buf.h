// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A growing byte buffer. `data` is NULL or holds `len` bytes and a further
 * NUL, so text in it is a C string. Appending never fails: without memory the
 * process ends (a doctor never appends while the patient is stopped).
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

#define BUF_INIT ((struct buf){0})

void buf_deinit(struct buf *b);

/* Room for `more` further bytes. */
void buf_reserve(struct buf *b, size_t more);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Appends zero bytes until `len` is a multiple of `align` (a power of 2). */
void buf_align(struct buf *b, size_t align);

void buf_add_u32(struct buf *b, uint32_t v); /* little-endian */
void buf_add_u64(struct buf *b, uint64_t v);

/* Memory or the end of the process; for everything but the stopped patient. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Makes room for one more element in a `T *array; size_t n, cap` vector. */
#define VEC_GROW(array, n, cap)                                                \
	do {                                                                   \
		if ((n) == (cap)) {                                            \
			(cap) = (cap) ? (cap) * 2 : 8;                         \
			(array) = xrealloc((array), (cap) * sizeof(*(array))); \
		}                                                              \
	} while (0)

#endif
