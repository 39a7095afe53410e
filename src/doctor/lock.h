// SPDX-License-Identifier: GPL-2.0-or-later
/* One doctor at a time for each patient. */
#ifndef DOCTOR_LOCK_H
#define DOCTOR_LOCK_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Takes the lock of a process; closing `ret_fd`, or the doctor's end, frees
 * it. Waits up to `timeout_ms` for another doctor, then ERR_UNSAFE.
 *
 * It is an advisory lock (flock) on /proc/PID/maps: nothing is left behind,
 * and it needs no directory. Doctors that see the process through different
 * mounts of procfs don't see each other's lock; then ptrace, which lets but
 * one in, makes the second one fail.
 */
struct error *lock_patient(pid_t pid, unsigned int timeout_ms, int *ret_fd)
	MUST_CHECK;

#endif
