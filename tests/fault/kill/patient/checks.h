/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the patient watches itself. */
#ifndef CHECKS_H
#define CHECKS_H

#include <pthread.h>

#include "shared.h"

/* Who a thread is, and what it has told. */
struct self {
	struct shared *shared;
	struct thread_report *report;
	unsigned int index;
	int pipe[2], epoll, socket[2];
	int futex;
	uint32_t signals; /* handled when it last looked */
	bool interrupted; /* its last call, by EINTR */
	uint64_t seed;
};

/* Notes the first thing that is wrong, for the harness. */
void wrong(struct self *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Fills all registers, flags and the red zone with what the seed gives, runs a
 * loop and looks at them again. (registers.c)
 */
void check_registers(struct self *s, uint64_t loops);

/* Blocks in a system call for some milliseconds; checks its result. (waits.c) */
enum { WAITS = 9 };
void check_wait(struct self *s, unsigned int which);
void prepare_waits(struct self *s);

#endif
