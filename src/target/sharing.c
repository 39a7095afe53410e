// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other processes in the memory of ours: clone(CLONE_VM) without CLONE_THREAD.
 * They run the same code, and aren't stopped with its threads.
 *
 * A vfork() child is one, too, but its parent doesn't stop before it is gone.
 * So candidates are looked for while all run, and judged when all are stopped.
 */
#include <ctype.h>
#include <dirent.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/priv.h"

/*
 * False as well if it can't be told: another user's process, which got there
 * without an exec that had given it memory of its own, is none of ours.
 */
static bool same_memory(pid_t a, pid_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0) == 0;
}

void find_sharers(struct target *t)
{
	struct tids *found = &t->priv->sharers;

	found->count = 0;
	_autoclosedir_ DIR *dir = opendir("/proc");
	for (struct dirent *e; dir && (e = readdir(dir));) {
		pid_t pid = (pid_t)atoi(e->d_name);

		if (!isdigit((unsigned char)e->d_name[0]) || pid == t->pid ||
		    !same_memory(t->priv->live, pid))
			continue;
		VEC_GROW(found->all, found->count, found->cap);
		found->all[found->count++] = pid;
	}
}

struct error *check_sharers(const struct target *t)
{
	const struct tids *found = &t->priv->sharers;

	for (size_t i = 0; i < found->count; i++) {
		if (t->nthreads &&
		    same_memory(t->threads[0].tid, found->all[i]))
			return error_new(
				ERR_UNSAFE,
				"pid %d (%s): shares its memory with process "
				"%d, which would run while it is changed; try "
				"again when that has ended",
				t->pid, t->comm, found->all[i]);
	}
	return NULL;
}

bool target_is_vfork_child(pid_t pid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	pid_t parent;

	if (!proc_read(&b, "/proc/%d/status", pid))
		return false;
	parent = (pid_t)proc_status(b.data, "PPid", 10);
	return parent && same_memory(pid, parent);
}
