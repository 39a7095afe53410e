/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switch carried out by the patient itself: code in the patch's memory
 * goes through a list of places and bytes, and writes them through the
 * patient's own /proc/thread-self/mem. A doctor that is killed meanwhile leaves
 * no code half written: it goes on.
 *
 * Not possible where /proc isn't mounted in the patient, where a process that
 * may not be dumped isn't root's, where seccomp filters forbid a call that is
 * needed, or where no thread will do. Then the doctor writes, and the next one
 * has to take back what it leaves if it's killed within these microseconds.
 */
#ifndef DOCTOR_SELF_WRITE_H
#define DOCTOR_SELF_WRITE_H

#include "doctor/write.h"

/* The code. It refers to nothing, so it can be anywhere. (switch_stub.c) */
extern const uint8_t switch_stub[];
extern const uint8_t switch_stub_end[];
#define SWITCH_STUB_LEN ((size_t)(switch_stub_end - switch_stub))
#define SWITCH_STUB_ALIGN 16u

/*
 * While the patient runs: looks for the code in the memory of the plan's
 * patches, and makes the list. Frees it: self_write_free().
 */
struct self_write *self_write_new(struct plan *p, const struct writes *w);
void self_write_free(struct self_write *s);

/*
 * With some threads stopped (`all`: all of them): gets one ready. False, and
 * the reason in the log, if none will do.
 */
bool self_write_ready(struct plan *p, struct self_write *s, bool all);

/*
 * With all threads stopped. `ret_done` says whether all was written. If not,
 * and there is no error, nothing was; nor with ERR_UNSAFE, but by callbacks.
 */
struct error *self_write_run(struct plan *p, struct self_write *s,
			     bool *ret_done) MUST_CHECK;

#endif
