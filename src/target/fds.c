// SPDX-License-Identifier: GPL-2.0-or-later
/* File descriptors of the patient, by the links in /proc/PID/task/TID/fd. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "target/priv.h"

static const char *path_of(const struct target *t, pid_t tid, int fd,
			   char path[64])
{
	snprintf(path, 64, "/proc/%d/task/%d/fd/%d", t->pid, tid, fd);
	return path;
}

pid_t target_live_thread(const struct target *t)
{
	return t->priv->live;
}

int target_open_fd(struct target *t, pid_t tid, int fd)
{
	char path[64];

	return open(path_of(t, tid, fd, path), O_RDWR | O_CLOEXEC);
}

bool target_has_fd(struct target *t, pid_t tid, int fd, int ours)
{
	struct stat theirs, st;
	char path[64];

	return !stat(path_of(t, tid, fd, path), &theirs) && !fstat(ours, &st) &&
	       theirs.st_dev == st.st_dev && theirs.st_ino == st.st_ino;
}
