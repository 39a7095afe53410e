/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_STOP_ALL_H
#define BENCH_STOP_ALL_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The least that a doctor needs who stops everybody at once: seizes and
 * interrupts all threads, takes their registers, reads the top 6 kB of all
 * stacks in one go (1024 at a time), writes the 5 bytes that are there anyway to
 * the n places, lets go. 0, or -1 with errno; the
 * process is let go of then by our end.
 */
int stop_all(pid_t pid, const uint64_t *code, int n);

#endif
