// SPDX-License-Identifier: GPL-2.0-or-later
/* What is put into a process like a patch, but doesn't come from a file. */
#include <string.h>

#include "link/internal.h"

void linked_add_data_hunk(struct linked *l, const char *name)
{
	size_t n = l->nhunks++;

	l->hunks = xrealloc(l->hunks, l->nhunks * sizeof(*l->hunks));
	l->hunks[n] = (struct link_hunk){
		.name = xstrdup(name),
		.is_new = true,
		.is_data = true,
	};
}

static void set_part(struct linked *l, enum link_part part,
		     const uint8_t *bytes, size_t len)
{
	l->size[part] = len;
	l->bytes[part] = xmalloc(len);
	memcpy(l->bytes[part], bytes, len);
}

struct linked *linked_from_bytes(const char *name, const uint8_t *r,
				 size_t r_len, const uint8_t *rx,
				 size_t rx_len)
{
	struct linked *l = xcalloc(1, sizeof(*l));

	set_part(l, LINK_R, r, r_len);
	set_part(l, LINK_RX, rx, rx_len);
	l->jump_off = rx_len;
	linked_add_data_hunk(l, name);
	return l;
}
