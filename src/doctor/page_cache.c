// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/page_cache.h"

#include <string.h>

/* NULL: it can't be read. */
static const uint8_t *page_at(struct page_cache *c, struct target *t,
			      uint64_t page)
{
	for (unsigned int i = 0; i < PAGE_CACHE_SLOTS; i++) {
		if (c->slots[i].addr == page)
			return c->slots[i].bytes;
	}
	unsigned int slot = c->next;

	c->slots[slot].addr = 0;
	if (target_read_partial(t, page, c->slots[slot].bytes,
				PAGE_CACHE_PAGE) != PAGE_CACHE_PAGE)
		return NULL;
	c->slots[slot].addr = page;
	c->next = (slot + 1) % PAGE_CACHE_SLOTS;
	return c->slots[slot].bytes;
}

size_t page_cache_read(struct page_cache *c, struct target *t, uint64_t addr,
		       void *data, size_t len)
{
	uint8_t *out = data;
	size_t done = 0;

	while (done < len) {
		uint64_t at = addr + done, off = at % PAGE_CACHE_PAGE;
		size_t n = PAGE_CACHE_PAGE - off;
		const uint8_t *bytes =
			at >= PAGE_CACHE_PAGE ? page_at(c, t, at - off) : NULL;

		if (!bytes)
			break;
		if (n > len - done)
			n = len - done;
		memcpy(out + done, bytes + off, n);
		done += n;
	}
	return done;
}
