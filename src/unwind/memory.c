// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/priv.h"

#include <string.h>

bool window_read(struct window *w, uint64_t addr, void *data, size_t len)
{
	if (len > sizeof(w->bytes))
		return false;
	if (addr < w->addr || addr - w->addr > w->len ||
	    w->len - (addr - w->addr) < len) {
		/* Frames ascend; a little below may be wanted as well. */
		w->addr = addr - (addr & 63);
		w->len = target_read_partial(w->t, w->addr, w->bytes,
					     sizeof(w->bytes));
		if (w->len < (addr & 63) + len)
			return false;
	}
	memcpy(data, w->bytes + (addr - w->addr), len);
	return true;
}
