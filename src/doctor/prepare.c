// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/prepare.h"

#include <string.h>

#include "base/cleanup.h"
#include "doctor/mapping.h"
#include "doctor/self_write.h"

static struct error *fill_part(struct target *t, struct change *c,
			       enum link_part part, uint64_t skip)
{
	size_t len = linked_size(c->linked, part);

	return len ? target_write(t, c->part_addr[part] + skip,
				  linked_bytes(c->linked, part), len)
		   : NULL;
}

/* The header's magic last: what has one is complete. */
static struct error *fill(struct target *t, struct change *c)
{
	const struct state_header *h = c->new.header;
	uint64_t addr = c->part_addr[LINK_R];
	size_t magic = sizeof(h->magic);

	TRY(fill_part(t, c, LINK_RX, 0));
	if (h->switch_addr)
		TRY(target_write(t, h->switch_addr, switch_stub,
				 SWITCH_STUB_LEN));
	TRY(fill_part(t, c, LINK_RW, 0));
	TRY(fill_part(t, c, LINK_R, h->size));
	TRY(target_write(t, addr + magic, c->new.bytes + magic,
			 h->size - magic));
	return target_write(t, addr, h->magic, magic);
}

void unprepare(struct plan *p, unsigned int timeout_ms)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		struct change *c = &p->changes[i];

		if (c->reuse)
			error_free(state_set(p->t, &c->new, STATE_RETIRED));
		else if (c->mapped)
			unmap_change(p->t, c, timeout_ms);
	}
}

struct error *prepare(struct plan *p, unsigned int timeout_ms)
{
	struct error *err = map_changes(p, timeout_ms);

	for (size_t i = 0; !err && i < p->nchanges; i++) {
		struct change *c = &p->changes[i];

		if (c->has_new)
			err = error_context(fill(p->t, c), "patch for %s",
					    c->obj->path);
	}
	if (err)
		unprepare(p, timeout_ms);
	return err;
}
