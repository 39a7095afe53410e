// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that a running thread does on its own, between one instruction
 * and the next, without stopping for us in between: the frame that restores
 * the thread (remote.h) is the last of a chain of frames, each of which leads
 * from one call to the next.
 *
 * That stops it once and not for each call, and once begun it needs us no
 * more. But no result comes back: the last call has to be one whose effect can
 * be seen from outside. Only for a thread that was interrupted while it ran
 * does rt_sigreturn restore everything.
 */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>

#include "base/cleanup.h"
#include "target/remote.h"

enum { SETTLE_PAUSE_US = 200 };

/* Ran when it was stopped, and no filter has a say. */
static bool is_fit(const struct thread *th)
{
	return !th->was_blocked && !th->priv->confined &&
	       !th->priv->group_stopped;
}

static struct error *begin(struct remote *r, const struct remote_call *first,
			   uint64_t frame)
{
	struct user_regs_struct regs = r->regs;
	uint64_t all = UINT64_MAX;

	remote_set_call(r, first, frame, &regs);
	/* In this order: see start_call() in remote.c. */
	if (ptrace(PTRACE_SETREGS, r->tid, NULL, &regs))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: has exited",
				 r->t->pid, r->t->comm, r->tid);
	ptrace(PTRACE_SETSIGMASK, r->tid, (void *)sizeof(all), &all);
	return NULL;
}

static struct error *start_chain(struct target *t, struct thread *th,
				 struct remote_call *calls, size_t n,
				 struct chain *ret)
{
	struct remote r = {.t = t, .tid = th->tid, .regs = th->regs};
	uint64_t frame;
	bool forbidden;

	TRY(remote_prepare(&r, calls, n, false, &forbidden));
	TRY(sigframe_write_chain(&r, calls, n, &frame));
	TRY(begin(&r, &calls[0], frame));
	*ret = (struct chain){.tid = th->tid, .lo = frame, .hi = th->regs.rsp};
	return NULL;
}

bool target_has_runner(struct target *t)
{
	return remote_best_runner(t) != 0;
}

struct error *target_chain(struct target *t, unsigned int timeout_ms,
			   struct remote_call *calls, size_t n,
			   struct chain *ret)
{
	uint64_t deadline = now_us() + (uint64_t)timeout_ms * 1000;
	struct thread *th;
	struct error *err;
	pid_t tid = remote_best_runner(t);

	*ret = (struct chain){0};
	if (!tid)
		return NULL;
	TRY(find_gadgets(t));
	err = stop_one(t, tid, deadline, &th);
	if (!err && is_fit(th))
		err = start_chain(t, th, calls, n, ret);
	target_release(t);
	if (err && err->code == ERR_UNSAFE) {
		error_free(err);
		return NULL;
	}
	return err;
}

/* The instructions and the stack that the frames lead through. */
static bool is_within(const struct target *t, const struct chain *c,
		      const struct user_regs_struct *regs)
{
	enum { GADGET_LEN = 3, RESTORER_LEN = 9 };

	return regs->rsp - c->lo < c->hi - c->lo &&
	       (regs->rip - t->priv->syscall_ret <= GADGET_LEN ||
		regs->rip - t->priv->restorer <= RESTORER_LEN);
}

struct error *target_chain_settle(struct target *t, const struct chain *c,
				  unsigned int timeout_ms)
{
	uint64_t deadline = now_us() + (uint64_t)timeout_ms * 1000;

	for (;;) {
		struct thread *th;
		struct error *err = stop_one(t, c->tid, deadline, &th);
		bool within = !err && is_within(t, c, &th->regs);

		target_release(t);
		if (!within && (!err || proc_state(t->pid, c->tid) == 0)) {
			error_free(err);
			return NULL;
		}
		if (now_us() >= deadline)
			return err ? err : error_new(ERR_FAILED,
				"pid %d (%s): thread %d: does not get to the "
				"system calls that it was given", t->pid,
				t->comm, c->tid);
		error_free(err);
		sleep_us(SETTLE_PAUSE_US);
	}
}
