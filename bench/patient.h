/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs that measure share with their patient. */
#ifndef BENCH_PATIENT_H
#define BENCH_PATIENT_H

#include <stdatomic.h>
#include <stdint.h>

#define SPINNERS_MAX 100
#define FUNCTIONS 1000

struct shared {
	atomic_uint ready;   /* threads that have got where they stay */
	atomic_uint epoch;   /* the harness counts it up to start anew */
	struct {
		atomic_uint epoch; /* seen by the spinner */
		_Atomic uint64_t gap; /* ns, longest since then */
	} spinner[SPINNERS_MAX];
	atomic_int answer; /* of the function that is always patched */
	uint64_t code[FUNCTIONS]; /* addresses of those that may be */
};

#endif
