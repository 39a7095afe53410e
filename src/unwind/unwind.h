// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks to frames, with the call-frame information that is in the patient's
 * memory (files get deleted and replaced). Exact or nothing: a frame without
 * CFI, a failing read or a stack that ends early is UNWIND_UNKNOWN, never a
 * guess.
 */
#ifndef UNWIND_UNWIND_H
#define UNWIND_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#include "target/target.h"

struct unwinder;

/* Indexes nothing yet; objects are indexed when a frame falls into them. */
struct error *unwinder_create(struct target *t,
			      struct unwinder **ret_uw) MUST_CHECK;
void unwinder_destroy(struct unwinder *uw);
void unwinder_destroyp(struct unwinder **uw);

/*
 * Adds call-frame information for [lo, hi), such as a patch's text: a copy of
 * `.eh_frame` bytes that stand at `eh_frame_addr` in the patient.
 * Where they are malformed, frames in there are unknown.
 */
struct error *unwinder_add_region(struct unwinder *uw, uint64_t lo, uint64_t hi,
				  uint64_t eh_frame_addr, const void *eh_frame,
				  size_t len) MUST_CHECK;

enum unwind_end {
	UNWIND_COMPLETE, /* reached the outermost frame */
	UNWIND_UNKNOWN,  /* cannot tell what is above the last frame */
};

struct frame {
	uint64_t pc;  /* for callers: the return address */
	uint64_t cfa; /* 0 for the last frame, if it isn't known */
	/*
	 * The frame was interrupted, by the stop (so for the innermost) or by
	 * a signal: pc is the next instruction, not behind a call.
	 */
	int is_signal;
};

/*
 * Unwinds a stopped thread. `frames` gets up to `max` frames, innermost
 * first; `ret_n` their number. More frames than `max`: UNWIND_UNKNOWN.
 * `why`, if not NULL, points to a static text when the end is unknown.
 * Goes by target->maps: refresh them in the stop if they may have changed.
 */
enum unwind_end unwind_thread(struct unwinder *uw, const struct thread *thread,
			      struct frame *frames, size_t max, size_t *ret_n,
			      const char **why);

/* What is known of a context that was saved in memory. */
struct saved_context {
	uint64_t pc, sp;
	uint64_t rbp;     /* if has_rbp */
	bool has_rbp;
	bool is_return;   /* pc is a return address, and sp is as after it */
};

/* Unwinds from there, also while the process runs. As unwind_thread(). */
enum unwind_end unwind_saved(struct unwinder *uw, const struct saved_context *c,
			     struct frame *frames, size_t max, size_t *ret_n,
			     const char **why);

/* Whether a call instruction ends at pc, so that it may be returned to. */
bool unwinder_follows_call(struct unwinder *uw, uint64_t pc);

#endif
