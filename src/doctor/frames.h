// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How C++ exceptions, pthread_cancel() and backtrace() find the FDEs of
 * patches. The patient's runtime (libgcc since 12) asks _dl_find_object() of
 * glibc (since 2.35), which in libc.so is
 *
 *	mov  _rtld_global_ro@GOT(%rip), %rax
 *	jmp  *N(%rax)			a pointer to ld.so's function
 *
 * That pointer is led to a function of ours (frames_stub.c): it looks in a
 * table of the patches' struct state_frames, and goes on to ld.so's otherwise.
 * No lock, no allocation, and no call is made in the patient; also what is
 * loaded later finds the way.
 *
 * Table and function are in memory of their own, with a header as a patch has:
 * STATE_FRAMES. Its one hunk is the pointer. A patch's word in the table is a
 * hunk of that patch. Both are STATE_HUNK_DATA, and come and go with the jumps
 * in the same stop, by the same code, recovered after a kill in the same way.
 * In a statically linked program it is the call of _dl_find_object() that is led
 * to us, found by the symbols of its file.
 *
 * The STATE_FRAMES comes with the first patch and goes with the last.
 */
#ifndef DOCTOR_FRAMES_H
#define DOCTOR_FRAMES_H

#include "doctor/plan.h"

#define FRAMES_WORDS 62u

/* The page in front of the code. */
struct frames_table {
	uint64_t original;	      /* ld.so's function */
	uint64_t words[FRAMES_WORDS]; /* struct state_frames of patches, or 0 */
};

/*
 * Finds what is to lead to us. NULL, or why it isn't possible: "" if there is
 * nothing in the process that would unwind. (frames_hook.c)
 */
const char *frames_find_hook(struct plan *p, struct frames_hook *ret);

/* Code that stands one page behind a struct frames_table. (frames_stub.c) */
extern const uint8_t frames_stub[];
extern const uint8_t frames_stub_end[];

/*
 * Plans what the patches coming in need of it. Where that's not possible, the
 * plan's notes say so, and the patches do without.
 */
struct error *frames_plan(struct plan *p) MUST_CHECK;

/* Fills the STATE_HUNK_DATA of a change that has just been placed. */
void frames_fill(struct plan *p, struct change *c);

/* The STATE_FRAMES, if no patch is left when the plan is carried out. */
struct state *frames_unneeded(struct plan *p);

#endif
