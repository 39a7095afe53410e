// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a thread's stack is. */
#ifndef TARGET_STACK_H
#define TARGET_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "target/target.h"

/*
 * The live part of the stack that a stopped thread is on: from its red zone
 * to the end of the mapping that holds rsp, or to the thread's TCB (fs_base)
 * if that is above in the same mapping, as in a pthread's stack. Uses
 * t->maps: refresh them if threads were started since.
 *
 * `ret_is_thread_stack` says whether this is known to be the thread's own
 * base stack: [stack] for the leader, a mapping with the TCB at its top for
 * others. If not (alternate signal stack, coroutine) what was interrupted is
 * elsewhere, and a scan of these bounds proves nothing. Nor does it if the
 * words found include a return to a signal trampoline: an alternate signal
 * stack may lie within the base stack, above the frames that were interrupted.
 *
 * ERR_UNSAFE if rsp is in no mapping.
 */
struct error *stack_bounds(struct target *t, const struct thread *th,
			   uint64_t *ret_lo, uint64_t *ret_hi,
			   bool *ret_is_thread_stack) MUST_CHECK;

#endif
