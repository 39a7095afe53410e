// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code that a stopped thread carries out for us: see target_carry_prepare().
 *
 * As with a remote system call (remote.h) there is a signal frame below the
 * thread's red zone, and its return restores everything. The one
 * PTRACE_SETREGS is where it begins; from then on it needs us no more.
 *
 * When the code is done it sleeps for a moment before it returns. Within that
 * we stop it and put mask and registers back ourselves, so that the system
 * call which the thread was blocked in is restarted by the kernel as after any
 * stop. Only if we are dead (or very late) does the frame do that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "base/cleanup.h"
#include "target/carrier.h"

enum {
	STACK_ROOM = 256,    /* that the code may use, below the frame */
	MAX_TRIES = 4,	     /* threads of a kind that are tried */
	QUICK_ROUNDS = 100,  /* looks at the result without a pause: 50 us */
	CALM_ROUNDS = 200,   /* looks until we look after the thread */
	LOOK_US = 20,	     /* then between two of them */
	CALM_US = 100,	     /* and more between those after CALM_ROUNDS, */
	CALM_LOOKS = 10,     /* of which so many; then ten times that */
	FINISH_US = 5000000,
	RUNNING = 4, /* see rank() */
	EFLAGS_TF = 0x100,
	EFLAGS_DF = 0x400,
};

void carrier_free(struct target *t)
{
	struct carrier *c = t->priv->carrier;

	if (c) {
		free(c->calls);
		free(c->xstate);
	}
	free(c);
	t->priv->carrier = NULL;
}

/*
 * 0: the best. If we die, what a thread in a call with a restart block waits
 * for begins anew, or returns EINTR if it has been restarted before. Threads
 * that run are needed, and may still be let run.
 */
static int rank(const struct thread *th)
{
	if (!th->stopped || th->priv->gone || th->priv->group_stopped)
		return -1;
	if (!th->was_blocked || th->priv->running)
		return RUNNING;
	if (waits_for_signals((long)th->regs.orig_rax))
		return RUNNING - 1;
	switch ((long)th->regs.orig_rax) {
	case SYS_poll:
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_futex:
		return 1;
	case SYS_restart_syscall:
		return 2;
	}
	return 0;
}

static struct error *try_thread(struct target *t, struct thread *th,
				const struct carried *code)
{
	struct carrier *c = xcalloc(1, sizeof(*c));

	if (code->calls_back && !restart_without_block(t, th))
		return error_new(ERR_UNSAFE, "pid %d (%s): thread %d: is in a "
				 "system call that was interrupted before",
				 t->pid, t->comm, th->tid);

	carrier_free(t);
	t->priv->carrier = c;
	c->r = (struct remote){.t = t, .tid = th->tid, .regs = th->regs};
	c->entry = code->entry;
	c->code_len = code->entry_len;
	c->len = code->len;
	c->calls_back = code->calls_back;
	c->fixup = code->fixup;
	c->go = code->go;
	c->calls = xcalloc(code->ncalls, sizeof(*c->calls));
	memcpy(c->calls, code->calls, code->ncalls * sizeof(*c->calls));
	c->calls[0].data = code->data;
	c->calls[0].data_len = code->len;
	bool forbidden;
	TRY(remote_prepare(&c->r, c->calls, code->ncalls, false, &forbidden));
	c->data = c->calls[0].args[c->calls[0].data_arg];
	c->calls[0].data = NULL;
	if (code->calls_back)
		TRY(calls_prepare(c));
	if (maps_find(&t->maps, c->r.frame - STACK_ROOM) !=
	    maps_find(&t->maps, c->r.frame))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: no room on its stack",
				 t->pid, t->comm, th->tid);
	return NULL;
}

struct error *target_carry_prepare(struct target *t, const struct carried *code,
				   bool running_too)
{
	struct error *err = error_new(ERR_UNSAFE, "pid %d (%s): no thread of it "
				      "is asleep", t->pid, t->comm);

	for (int want = 0; want <= RUNNING - !running_too; want++) {
		int tries = 0;

		for (size_t i = 0; i < t->nthreads && tries < MAX_TRIES; i++) {
			if (rank(&t->threads[i]) != want)
				continue;
			error_free(err);
			err = try_thread(t, &t->threads[i], code);
			if (!err)
				return NULL;
			tries++;
		}
	}
	carrier_free(t);
	return err;
}

struct error *target_carry_find(struct target *t)
{
	return find_gadgets(t);
}

static struct thread *find_carrier(struct target *t)
{
	const struct carrier *c = t->priv->carrier;

	for (size_t i = 0; c && i < t->nthreads; i++) {
		struct thread *th = &t->threads[i];

		if (th->tid == c->r.tid && !th->priv->gone)
			return th;
	}
	return NULL;
}

bool target_carry_prepared(struct target *t)
{
	const struct thread *th = find_carrier(t);

	return th && th->stopped && !t->priv->carrier->begun &&
	       th->regs.rsp == t->priv->carrier->r.regs.rsp;
}

/* The registers first: see start_call() in remote.c. */
static struct error *begin(struct target *t, struct carrier *c)
{
	struct user_regs_struct regs = c->r.regs;
	uint64_t all = UINT64_MAX;

	regs.rip = c->entry;
	regs.rsp = c->r.frame;
	regs.rax = 0;
	regs.orig_rax = UINT64_MAX; /* nothing to restart */
	regs.rdi = c->data;
	regs.rsi = t->priv->syscall_ret;
	regs.eflags &= ~(unsigned long long)(EFLAGS_TF | EFLAGS_DF);
	if (ptrace(PTRACE_SETREGS, c->r.tid, NULL, &regs))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: has exited", t->pid,
				 t->comm, c->r.tid);
	c->begun = true;
	ptrace(PTRACE_SETSIGMASK, c->r.tid, (void *)sizeof(all), &all);
	ptrace(PTRACE_CONT, c->r.tid, NULL, NULL);
	return NULL;
}

/*
 * The code takes long: perhaps a stop signal has come, or it was killed. Or the
 * thread waits for a CPU: then it's for us, who may be of real-time priority,
 * to keep off it, the more so the longer that takes.
 */
static struct error *look_after(struct target *t, struct carrier *c,
				unsigned int looks)
{
	int signal = 0;
	enum stop_kind kind = thread_wait(t->pid, c->r.tid, -1, 0, &signal);

	if (kind == STOP_GONE)
		return error_new(ERR_FAILED, "pid %d (%s): has exited", t->pid,
				 t->comm);
	if (kind == STOP_SIGNAL && c->calls_back)
		TRY(calls_crashed(c, signal));
	if (kind != STOP_NONE)
		ptrace(PTRACE_CONT, c->r.tid, NULL, (void *)(long)signal);
	sleep_us(looks < CALM_LOOKS ? CALM_US : CALM_US * CALM_LOOKS);
	return NULL;
}

static struct error *overdue(struct target *t, const struct carrier *c)
{
	char state = proc_state(t->pid, c->r.tid);

	return error_new(ERR_FAILED,
			 "pid %d (%s): thread %d: does not carry out what it "
			 "was given: it is in state %c, system call %ld",
			 t->pid, t->comm, c->r.tid, state ? state : '?',
			 proc_syscall_nr(t->pid, c->r.tid));
}

static struct error *await_result(struct target *t, struct carrier *c,
				  uint64_t deadline, int64_t last,
				  int64_t *ret_result)
{
	for (unsigned int round = 0;; round++) {
		int64_t result = 0;

		target_read_partial(t, c->data, &result, sizeof(result));
		*ret_result = result;
		if (result && result != last)
			return NULL;
		/* It may need the CPU that we are on. */
		if (round >= QUICK_ROUNDS)
			sleep_us(LOOK_US);
		if (round < CALM_ROUNDS)
			continue;
		TRY(look_after(t, c, round - CALM_ROUNDS));
		if (now_us() > deadline && c->calls_back)
			return error_new(ERR_FAILED, "has not come back in "
					 "time, and was abandoned");
		if (now_us() > deadline)
			return overdue(t, c);
	}
}

/* Of a thread that is stopped and is at the first instruction. */
static void withdraw(struct target *t, struct carrier *c)
{
	struct thread *th = find_carrier(t);

	ptrace(PTRACE_SETSIGMASK, c->r.tid, (void *)sizeof(c->r.sigmask),
	       &c->r.sigmask);
	ptrace(PTRACE_SETREGS, c->r.tid, NULL, &c->r.regs);
	carrier_wipe(c);
	c->begun = false;
	th->stopped = true;
}

/*
 * It has had no CPU in all that time, perhaps: if it hasn't begun it's not to.
 * In the middle it can only be waited for, now that it does get one.
 */
static struct error *last_chance(struct target *t, struct carrier *c,
				 struct error *overdue, int64_t *result)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_INTERRUPT, c->r.tid, NULL, NULL);
	if (thread_wait_event(t->pid, c->r.tid, -1, now_us() + FINISH_US) !=
		    STOP_EVENT ||
	    ptrace(PTRACE_GETREGS, c->r.tid, NULL, &regs))
		return overdue;
	error_free(overdue);
	if (regs.rip == c->entry) {
		withdraw(t, c);
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: gets no CPU to carry "
				 "out what it was given; try again when the "
				 "machine is less busy", t->pid, t->comm,
				 c->r.tid);
	}
	ptrace(PTRACE_CONT, c->r.tid, NULL, NULL);
	return await_result(t, c, now_us() + FINISH_US, *result, result);
}

/* What it says by now, or that it won't say more. */
static struct error *follow(struct target *t, struct carrier *c,
			    unsigned int timeout_ms, int64_t *result,
			    uint64_t *ret_progress)
{
	uint64_t deadline = now_us() + (uint64_t)timeout_ms * 1000;
	struct error *err = await_result(t, c, deadline, *result, result);

	if (err && !c->calls_back && now_us() > deadline)
		err = last_chance(t, c, err, result);
	target_read_partial(t, c->data + 8, ret_progress,
			    sizeof(*ret_progress));
	if (err && c->calls_back)
		calls_abandon(c);
	if (err || carry_is_waiting(*result))
		return err;
	/* It sleeps: carry_finish() expects it to be stopped. */
	c->done = true;
	ptrace(PTRACE_INTERRUPT, c->r.tid, NULL, NULL);
	return NULL;
}

struct error *target_carry(struct target *t, unsigned int timeout_ms,
			   int64_t *ret_result, uint64_t *ret_progress)
{
	struct carrier *c = t->priv->carrier;
	struct thread *th = find_carrier(t);

	TRY(begin(t, c));
	th->stopped = false;
	*ret_result = 0;
	return follow(t, c, timeout_ms, ret_result, ret_progress);
}

struct error *target_carry_on(struct target *t, unsigned int timeout_ms,
			      int64_t *result, uint64_t *ret_progress)
{
	struct carrier *c = t->priv->carrier;
	uint64_t go = 1;
	struct iovec local = {&go, sizeof(go)};
	struct iovec remote = {(void *)(uintptr_t)(c->data + c->go),
			       sizeof(go)};

	if (process_vm_writev(c->r.tid, &local, 1, &remote, 1, 0) < 0)
		return error_new(ERR_FAILED, "pid %d (%s): has exited", t->pid,
				 t->comm);
	return follow(t, c, timeout_ms, result, ret_progress);
}

void carrier_wipe(struct carrier *c)
{
	_autofree_ void *zeros = xcalloc(1, c->len);
	struct iovec local = {zeros, c->len};
	struct iovec remote = {(void *)(uintptr_t)c->data, c->len};

	if (process_vm_writev(c->r.tid, &local, 1, &remote, 1, 0) < 0)
		return; /* the process is gone */
}

/*
 * Still in the code, or in a system call that it has made? If we were late it
 * has returned by itself, and the thread may be anywhere, on this stack too.
 */
static bool is_in_code(const struct carrier *c,
		       const struct user_regs_struct *regs)
{
	uint64_t gadget = c->r.t->priv->syscall_ret, from = regs->rip;

	if (from == gadget || from == gadget + 2)
		target_read_partial(c->r.t, regs->rsp, &from, sizeof(from));
	return from - c->entry < c->code_len;
}

/* It waits again already, and our stop has interrupted that once more. */
static void repair(struct carrier *c, struct thread *th,
		   const struct user_regs_struct *regs)
{
	th->regs = *regs;
	if (restart_interrupted(c->r.t, th))
		ptrace(PTRACE_SETREGS, c->r.tid, NULL, &th->regs);
}

/* False if it goes on within the code. */
static bool put_back(struct carrier *c, struct thread *th)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, c->r.tid, NULL, &regs))
		return true; /* killed */
	if (!is_in_code(c, &regs)) {
		repair(c, th, &regs);
		return true;
	}
	if (!c->done && regs.rip != c->entry)
		return false;
	if (c->calls_back)
		calls_put_back(c);
	ptrace(PTRACE_SETSIGMASK, c->r.tid, (void *)sizeof(c->r.sigmask),
	       &c->r.sigmask);
	ptrace(PTRACE_SETREGS, c->r.tid, NULL, &c->r.regs);
	carrier_wipe(c);
	return true;
}

/*
 * On a machine so busy that the thread doesn't get to its stop in time, it
 * returns by itself.
 */
void carry_finish(struct target *t, uint64_t deadline)
{
	struct carrier *c = t->priv->carrier;
	struct thread *th = find_carrier(t);
	bool out = true;

	if (th && c->is_back) {
		th->priv->free = !ptrace(PTRACE_DETACH, c->r.tid, NULL, NULL);
		th->priv->gone = true;
	} else if (th && c->begun) {
		ptrace(PTRACE_INTERRUPT, c->r.tid, NULL, NULL);
		switch (thread_wait_event(t->pid, c->r.tid, -1,
					  deadline + FINISH_US)) {
		case STOP_EVENT:
			out = put_back(c, th);
			th->priv->free = !ptrace(PTRACE_DETACH, c->r.tid, NULL,
						 NULL);
			th->priv->gone = true;
			break;
		case STOP_GONE:
			th->priv->gone = true;
			break;
		default:
			out = false;
		}
	}
	t->priv->carry_lost |= !out;
	carrier_free(t);
}

bool target_carry_lost(const struct target *t)
{
	return t->priv->carry_lost;
}
