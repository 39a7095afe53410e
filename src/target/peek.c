// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <sys/uio.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "target/priv.h"

#define BATCH 256u

bool target_peek_maps(pid_t pid, struct maps *ret_maps)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	*ret_maps = (struct maps){0};
	if (!proc_read_list(&b, "/proc/%d/maps", pid))
		return false;
	/* So it is for a leader that has exited before its other threads. */
	if (!b.len)
		return is_kernel_thread(pid);
	struct error *err = maps_parse(b.data, b.len, ret_maps);
	bool ok = !err;
	error_free(err);
	return ok;
}

static bool peek_batch(pid_t pid, const struct iorange *r, size_t n)
{
	struct iovec local[BATCH], remote[BATCH];
	size_t total = 0;

	for (size_t i = 0; i < n; i++) {
		local[i] = (struct iovec){r[i].data, r[i].len};
		remote[i] =
			(struct iovec){(void *)(uintptr_t)r[i].addr, r[i].len};
		total += r[i].len;
	}
	return process_vm_readv(pid, local, n, remote, n, 0) == (ssize_t)total;
}

bool target_peek(pid_t pid, const struct iorange *ranges, size_t n)
{
	for (size_t i = 0; i < n; i += BATCH)
		if (!peek_batch(pid, ranges + i,
				n - i < BATCH ? n - i : BATCH))
			return false;
	return true;
}
