// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "target/target.h"

#define POLL_US 10000u

struct error *lock_patient(pid_t pid, unsigned int timeout_ms, int *ret_fd)
{
	char path[64];
	uint64_t end = now_us() + (uint64_t)timeout_ms * 1000;
	int tries = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && (errno == ENOENT || errno == ESRCH) &&
	       target_exists(pid, &tries))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH
			       ? error_new(ERR_FAILED, "pid %d: no such process",
					   pid)
			       : target_diagnose(pid, errno);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(errno, "%s: flock", path);
		if (now_us() >= end)
			return error_new(ERR_UNSAFE,
					 "pid %d: another doctor is at work on "
					 "it; try again", pid);
		sleep_us(POLL_US);
	}
	*ret_fd = TAKE_FD(fd);
	return NULL;
}
