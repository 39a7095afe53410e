// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process may still have: resource limits and the kernel's own. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "target/priv.h"

/* The soft limit in a line of /proc/PID/limits; UINT64_MAX: none, unknown. */
static uint64_t soft_limit(pid_t pid, const char *name)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	const char *line;

	/* Not prlimit(), which wants CAP_SYS_RESOURCE for other users'. */
	if (!proc_read(&b, "/proc/%d/limits", pid))
		return UINT64_MAX;
	line = strstr(b.data, name);
	if (!line)
		return UINT64_MAX;
	line += strlen(name);
	line += strspn(line, " ");
	return *line >= '0' && *line <= '9' ? strtoull(line, NULL, 10)
					    : UINT64_MAX;
}

bool target_may_have_file(struct target *t, uint64_t size)
{
	return size <= soft_limit(t->pid, "Max file size");
}

static uint64_t max_map_count(void)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read(&b, "/proc/sys/vm/max_map_count"))
		return UINT64_MAX;
	return strtoull(b.data, NULL, 10);
}

static uint64_t space_used(pid_t pid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read(&b, "/proc/%d/statm", pid))
		return 0;
	return strtoull(b.data, NULL, 10) * 4096;
}

struct error *target_no_memory(struct target *t, uint64_t size)
{
	uint64_t space = soft_limit(t->pid, "Max address space");
	uint64_t used = space_used(t->pid), max_maps = max_map_count();

	/* A new mapping of the patch, and the one it may split. */
	if (t->maps.count + 3 > max_maps)
		return error_new(ERR_FAILED,
				 "pid %d (%s): has %zu mappings, and "
				 "vm.max_map_count allows %" PRIu64 ": no room "
				 "for those of the patch; raise it",
				 t->pid, t->comm, t->maps.count, max_maps);
	if (space != UINT64_MAX && used + size > space)
		return error_new(ERR_FAILED,
				 "pid %d (%s): its RLIMIT_AS of %" PRIu64
				 " bytes leaves no %" PRIu64 " for the patch; "
				 "raise it, as with prlimit --as",
				 t->pid, t->comm, space, size);
	return error_new(ERR_FAILED,
			 "pid %d (%s): the kernel has no memory for the patch "
			 "(%" PRIu64 " bytes): overcommit, or a limit of its "
			 "memory cgroup",
			 t->pid, t->comm, size);
}
