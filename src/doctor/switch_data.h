/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What switch_stub works on: written by self_write.c, read in the patient. */
#ifndef DOCTOR_SWITCH_DATA_H
#define DOCTOR_SWITCH_DATA_H

#include <stdint.h>

#include "target/target.h"

/* Sources below this are offsets in struct switch_data. */
#define SWITCH_LOCAL 4096u

struct switch_op {
	uint64_t addr;
	uint64_t source; /* address of the bytes; bits 56..63: see below */
};

/*
 * How many bytes, and: each write to /proc/PID/mem costs about the same,
 * whatever its length. So several places within one page are changed in a copy
 * of it, which the first one makes and the last one writes.
 */
#define SWITCH_LEN 0x1f
#define SWITCH_COPY 0x20  /* the place is in the copy */
#define SWITCH_FIRST 0x40 /* with SWITCH_COPY */
#define SWITCH_LAST 0x80  /* likewise */
#define SWITCH_PAGE 4096

/*
 * With length 0: calls the function at `addr`, its stack below `source`; if it
 * returns anything but 0 that is the end. Or waits until `go` isn't 0.
 */
#define SWITCH_CALL 0x40
#define SWITCH_WAIT 0x80

/* Results: a number in bits 16..63, in the lowest byte what it is of. */
enum switch_result {
	SWITCH_DONE = 1,
	SWITCH_REFUSED = 2, /* what the function returned */
	SWITCH_WAITING = CARRY_WAITING, /* the op's index */
};

/* As struct libcare_call_ of include/libcare.h. */
struct switch_call {
	uint64_t errno_at; /* 0: none is running */
	int32_t errno_value, unused;
};

struct switch_data {
	int64_t result; /* 0 until the end, then switch_result or -errno;
			   -errno is above -4096, SWITCH_REFUSED never */
	uint64_t progress; /* ops done */
	uint64_t mask;     /* all signals */
	int64_t pause[2];  /* struct timespec */
	char path[24];
	uint64_t nops;
	uint64_t copy; /* offset of the copy's room */
	uint32_t states[6]; /* by their value: what is written as a state */
	struct switch_call call;
	uint64_t go;
	int64_t tick[2]; /* struct timespec */
	int64_t patience; /* ticks that it waits, at most */
	struct switch_op ops[];
};

#endif
