// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding .eh_frame where nothing points to it: gcc links static programs
 * without .eh_frame_hdr, and section headers are not in memory. It is a chain
 * of records (length, id, contents) that ends with a length of zero. What
 * looks like the first CIE is taken if the whole chain is in order: every FDE
 * refers to a CIE of this chain. Other data hardly ever is, and a wrong table
 * would give return addresses that follow no call.
 */
#include "unwind/priv.h"

#include <string.h>

enum { CIES_MAX = 4096, MIN_RECORD = 8, MIN_FDES = 4 };

struct scan {
	const uint8_t *bytes;
	size_t len;
	size_t cies[CIES_MAX]; /* where those of this chain begin */
	size_t ncies, nfdes;
};

static uint32_t word(const struct scan *s, size_t at)
{
	uint32_t v;

	memcpy(&v, s->bytes + at, sizeof(v));
	return v;
}

/* The length of the record at `at` with its length field; 0 if it's none. */
static size_t record_length(const struct scan *s, size_t at)
{
	uint32_t len;

	if (s->len - at < 12)
		return 0;
	len = word(s, at);
	return len >= MIN_RECORD && len % 4 == 0 && len <= s->len - at - 8
		       ? (size_t)len + 4
		       : 0;
}

/* Version 1, augmentation "z..." (or none: crt files in assembly). */
static bool is_cie(const struct scan *s, size_t at)
{
	return record_length(s, at) && word(s, at + 4) == 0 &&
	       s->bytes[at + 8] == 1 &&
	       (s->bytes[at + 9] == 'z' || s->bytes[at + 9] == 0);
}

static bool is_known_cie(const struct scan *s, size_t at)
{
	for (size_t i = s->ncies; i-- > 0;)
		if (s->cies[i] == at)
			return true;
	return false;
}

static bool take_record(struct scan *s, size_t at)
{
	uint32_t distance = word(s, at + 4);

	if (distance) { /* an FDE: back to its CIE */
		s->nfdes++;
		return distance <= at + 4 && is_known_cie(s, at + 4 - distance);
	}
	if (!is_cie(s, at) || s->ncies == CIES_MAX)
		return false;
	s->cies[s->ncies++] = at;
	return true;
}

/* The length of the chain that begins at `at`, terminator included, or 0. */
static size_t chain_length(struct scan *s, size_t at)
{
	size_t begin = at;

	s->ncies = 0;
	s->nfdes = 0;
	while (s->len - at >= 4 && word(s, at)) {
		size_t len = record_length(s, at);

		if (!len || !take_record(s, at))
			return 0;
		at += len;
	}
	return s->len - at >= 4 && s->nfdes >= MIN_FDES ? at + 4 - begin : 0;
}

bool scan_eh_frame(const void *bytes, size_t len, size_t *ret_at,
		   size_t *ret_len)
{
	struct scan s = {.bytes = bytes, .len = len};

	for (size_t at = 0; at + 16 <= len; at += 4) {
		size_t chain = is_cie(&s, at) ? chain_length(&s, at) : 0;

		if (chain) {
			*ret_at = at;
			*ret_len = chain;
			return true;
		}
	}
	return false;
}
