// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table by which the patient's unwinding runtime finds the patch's FDEs:
 * what is .eh_frame_hdr in an ordinary object (LSB core 5.0, 10.6.2), here
 * always pcrel|sdata4, udata4, datarel|sdata4, as libgcc wants it for its
 * binary search (find_fde_tail() in unwind-dw2-fde-dip.c of gcc 12).
 *
 * Only what kpatch_gensrc writes is understood; of anything else there is no
 * table, so that nothing of it reaches the patient's runtime.
 */
#include <stdlib.h>
#include <string.h>

#include "link/internal.h"

#define PCREL_SDATA4 0x1b
#define INDIRECT_PCREL_SDATA4 0x9b
#define HEAD 12u
#define ENTRY 8u

struct fde {
	int64_t start; /* of its code, from the start of .eh_frame */
	uint32_t len;
	uint32_t off; /* of itself, in .eh_frame */
};

struct eh_frame {
	const uint8_t *bytes;
	size_t len;
	struct fde *fdes;
	size_t n, cap;
	bool personality;
};

static uint32_t word(const struct eh_frame *f, size_t at)
{
	uint32_t v;

	memcpy(&v, f->bytes + at, sizeof(v));
	return v;
}

/* A uleb128 of one byte at `*at`, all there is in what gensrc writes. */
static bool small(const struct eh_frame *f, size_t *at, size_t end,
		  uint8_t *ret)
{
	if (*at >= end || f->bytes[*at] & 0x80)
		return false;
	*ret = f->bytes[(*at)++];
	return true;
}

/* Whether the CIE at `at` encodes addresses as gensrc does. */
static bool cie_is_known(struct eh_frame *f, size_t at)
{
	uint8_t len, ignored;

	if (at > f->len - 8 || word(f, at) > f->len - at - 4 ||
	    word(f, at) < 6 || word(f, at + 4) != 0)
		return false;
	size_t end = at + 4 + word(f, at);
	at += 8;
	if (f->bytes[at++] != 1 || f->bytes[at] != 'z')
		return false;
	const char *augmentation = (const char *)f->bytes + at + 1;
	size_t n = strnlen(augmentation, end - at - 1);
	at += n + 2;
	/* code and data alignment, return address column, length */
	if (!small(f, &at, end, &ignored) || !small(f, &at, end, &ignored) ||
	    !small(f, &at, end, &ignored) || !small(f, &at, end, &len) ||
	    len > end - at)
		return false;
	end = at + len;
	for (const char *c = augmentation; *c; c++) {
		if (*c == 'S')
			continue;
		uint8_t encoding = at < end ? f->bytes[at++] : 0;
		if (*c == 'P' && encoding == INDIRECT_PCREL_SDATA4)
			at += 4;
		else if (!((*c == 'L' || *c == 'R') &&
			   encoding == PCREL_SDATA4))
			return false;
	}
	f->personality |= strchr(augmentation, 'P') != NULL;
	return at == end && strchr(augmentation, 'R');
}

static bool add_fde(struct eh_frame *f, size_t at)
{
	size_t id = word(f, at + 4), cie = at + 4 - id;

	if (id > at + 4 || word(f, at) < 4 + 8 + 1 || !cie_is_known(f, cie))
		return false;
	VEC_GROW(f->fdes, f->n, f->cap);
	f->fdes[f->n++] = (struct fde){
		.start = (int64_t)at + 8 + (int32_t)word(f, at + 8),
		.len = word(f, at + 12),
		.off = (uint32_t)at,
	};
	return true;
}

/* False if anything in it isn't understood. */
static bool read_fdes(struct eh_frame *f)
{
	size_t at = 0;

	while (f->len - at >= 8) {
		uint32_t len = word(f, at);

		if (len < 4 || len > f->len - at - 4)
			return false;
		if (word(f, at + 4) && !add_fde(f, at))
			return false;
		at += 4 + len;
	}
	return at == f->len;
}

static bool eh_frame_of(const struct linked *l, const uint8_t *bytes,
			struct eh_frame *ret)
{
	uint64_t off;
	size_t len;

	linked_eh_frame(l, &off, &len);
	*ret = (struct eh_frame){.bytes = bytes, .len = len};
	if (!bytes)
		ret->bytes = section_find(l, ".kpatch.eh_frame")->bytes;
	else
		ret->bytes += off;
	bool ok = ret->bytes && read_fdes(ret) && ret->n;
	if (!ok)
		free(ret->fdes);
	return ok;
}

void eh_frame_reserve(struct linked *l)
{
	struct eh_frame f;
	uint64_t off;
	size_t len;

	linked_eh_frame(l, &off, &len);
	if (len < 8 || len > INT32_MAX || !eh_frame_of(l, NULL, &f))
		return;
	l->eh_hdr_off = (l->size[LINK_R] + 7) & ~(size_t)7;
	l->eh_hdr_len = HEAD + f.n * ENTRY;
	l->personality = f.personality;
	l->size[LINK_R] = l->eh_hdr_off + l->eh_hdr_len;
	free(f.fdes);
}

static int by_start(const void *a, const void *b)
{
	const struct fde *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

void eh_frame_fill(struct linked *l)
{
	uint8_t *r = l->bytes[LINK_R], *hdr = r + l->eh_hdr_off;
	struct eh_frame f;
	uint64_t off;
	size_t len;

	if (!l->eh_hdr_len)
		return;
	if (!eh_frame_of(l, r, &f) || f.n != (l->eh_hdr_len - HEAD) / ENTRY) {
		/* A relocation stood where none is expected. */
		l->eh_hdr_len = 0;
		return;
	}
	linked_eh_frame(l, &off, &len);
	qsort(f.fdes, f.n, sizeof(*f.fdes), by_start);
	int64_t to_frame = (int64_t)off - (int64_t)l->eh_hdr_off;
	const uint8_t head[4] = {1, PCREL_SDATA4, 0x03, 0x3b};
	const int32_t frame = (int32_t)(to_frame - 4);
	const uint32_t n = (uint32_t)f.n;
	memcpy(hdr, head, 4);
	memcpy(hdr + 4, &frame, 4);
	memcpy(hdr + 8, &n, 4);
	for (size_t i = 0; i < f.n; i++) {
		const int32_t entry[2] = {
			(int32_t)(to_frame + f.fdes[i].start),
			(int32_t)(to_frame + f.fdes[i].off),
		};

		memcpy(hdr + HEAD + i * ENTRY, entry, ENTRY);
	}
	free(f.fdes);
}

bool linked_has_personality(const struct linked *l)
{
	return l->personality;
}

void linked_eh_frame_hdr(const struct linked *l, uint64_t *ret_off,
			 size_t *ret_len)
{
	*ret_off = l->eh_hdr_off;
	*ret_len = l->eh_hdr_len;
}
