// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/stack.h"

#include <string.h>

#define RED_ZONE 128

struct error *stack_bounds(struct target *t, const struct thread *th,
			   uint64_t *ret_lo, uint64_t *ret_hi,
			   bool *ret_is_thread_stack)
{
	uint64_t rsp = th->regs.rsp, tcb = th->regs.fs_base;
	const struct map *m = maps_find(&t->maps, rsp);
	bool has_tcb;

	if (!m || !(m->prot & MAP_W))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: its stack pointer "
				 "%#lx is not in writable memory",
				 t->pid, t->comm, th->tid, (unsigned long)rsp);
	has_tcb = tcb >= rsp && tcb < m->end;
	*ret_lo = rsp - m->start > RED_ZONE ? rsp - RED_ZONE : m->start;
	*ret_hi = has_tcb ? tcb : m->end;
	*ret_is_thread_stack =
		has_tcb || (th->tid == t->pid && !strcmp(m->path, "[stack]"));
	return NULL;
}
