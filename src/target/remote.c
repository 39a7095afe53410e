// SPDX-License-Identifier: GPL-2.0-or-later
/* Remote system calls; see remote.h for how they survive our death. */
#include "target/remote.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"

/* What a thread gets to stop and do the calls, however late it is. */
enum { LEAST_US = 100000 };

/* Of a thousand threads: so many good ones will do, or so many fit ones. */
enum { ENOUGH = 16, MANY = 64 };

/* ---- which thread ---- */

/*
 * Which threads to prefer. One that rt_sigreturn cannot restart exactly comes
 * last: only should we die in the middle would it notice.
 */
enum rank {
	RANK_BLOCKED,
	RANK_RUNNING,
	RANK_RESTART_BLOCK,
	RANK_RESTARTED, /* such a one, stopped before: it would get EINTR */
	RANK_SIGNAL, /* waits_for_signals() */
	RANK_UNINTERRUPTIBLE, /* for the moment: in a page fault, mostly */
	RANK_UNFIT,
};

struct candidate {
	pid_t tid;
	enum rank rank;
};

static enum rank rank_thread(pid_t pid, pid_t tid)
{
	switch (proc_state(pid, tid)) {
	case 'R':
		return RANK_RUNNING;
	case 'S':
	case 'T':
		break;
	case 'Z':
	case 'X':
	case 0:
		return RANK_UNFIT;
	default:
		return RANK_UNINTERRUPTIBLE;
	}
	long nr = proc_syscall_nr(pid, tid);

	if (waits_for_signals(nr))
		return RANK_SIGNAL;
	switch (nr) {
	case -1:
		return RANK_RUNNING;
	case SYS_poll:
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_futex:
		return RANK_RESTART_BLOCK;
	case SYS_restart_syscall:
		return RANK_RESTARTED;
	}
	return RANK_BLOCKED;
}

static int compare_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->rank != y->rank)
		return (int)x->rank - (int)y->rank;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

static struct candidate *list_candidates(struct target *t, size_t *ret_n)
{
	_cleanup_(tids_deinit) struct tids tids = {0};
	struct candidate *list;
	size_t best = 0, fit = 0;

	*ret_n = 0;
	if (!proc_tids(t->pid, &tids))
		return NULL;
	list = xcalloc(tids.count + 1, sizeof(*list));
	for (size_t i = 0; i < tids.count && best < ENOUGH && fit < MANY; i++) {
		enum rank rank = rank_thread(t->pid, tids.all[i]);

		if (rank != RANK_UNFIT)
			list[(*ret_n)++] =
				(struct candidate){tids.all[i], rank};
		best += rank == RANK_BLOCKED;
		fit += rank <= RANK_RESTART_BLOCK;
	}
	qsort(list, *ret_n, sizeof(*list), compare_rank);
	return list;
}

pid_t remote_best_runner(struct target *t)
{
	size_t n;
	_autofree_ struct candidate *list = list_candidates(t, &n);

	return n && list[0].rank == RANK_RUNNING ? list[0].tid : 0;
}

/* ---- fitness of the stopped thread ---- */

/* Kernel 5.13's, in glibc's sys/ptrace.h as __ptrace_rseq_configuration. */
struct rseq_configuration {
	uint64_t abi_pointer;
	uint32_t abi_size, signature, flags, pad;
};

/*
 * A thread within a restartable sequence: what the kernel does at any
 * preemption, which is to send it to the abort handler, is done here, since
 * it won't be at an address within the sequence when it is resumed.
 */
static void leave_rseq(struct remote *r)
{
	struct rseq_configuration conf;
	struct {
		uint32_t version, flags;
		uint64_t start_ip, post_commit_offset, abort_ip;
	} cs;
	uint64_t cs_addr;

	if (ptrace((enum __ptrace_request)PTRACE_GET_RSEQ_CONFIGURATION, r->tid,
		   (void *)sizeof(conf), &conf) < (long)sizeof(conf) ||
	    !conf.abi_pointer)
		return;
	/* struct rseq: cpu_id_start, cpu_id, rseq_cs, ... */
	if (target_read_partial(r->t, conf.abi_pointer + 8, &cs_addr, 8) != 8 ||
	    !cs_addr ||
	    target_read_partial(r->t, cs_addr, &cs, sizeof(cs)) != sizeof(cs))
		return;
	if (r->regs.rip - cs.start_ip < cs.post_commit_offset)
		r->regs.rip = cs.abort_ip;
}

static struct error *check_fit(struct remote *r)
{
	enum { USER_CS_64 = 0x33 };
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	const char *features;

	if (r->regs.cs != USER_CS_64)
		return error_new(ERR_FAILED,
				 "pid %d (%s): thread %d: runs 32-bit code",
				 r->t->pid, r->t->comm, r->tid);
	if (!proc_read(&b, "/proc/%d/task/%d/status", r->t->pid, r->tid))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: has "
				 "exited",
				 r->t->pid, r->t->comm, r->tid);
	features = strstr(b.data, "\nx86_Thread_features:");
	if (!features)
		return NULL;
	b.data[strcspn(features + 1, "\n") + 1 + (size_t)(features - b.data)] =
		'\0';
	if (strstr(features, "shstk"))
		return error_new(ERR_FAILED,
				 "pid %d (%s): thread %d: has a shadow stack, "
				 "with which it cannot be made to do system "
				 "calls",
				 r->t->pid, r->t->comm, r->tid);
	return NULL;
}

/* Its descriptors are to be those that the calls are about. */
static struct error *check_files(const struct remote *r,
				 struct remote_call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		calls[i].by = r->tid;
		if (calls[i].ours && !target_has_fd(r->t, r->tid, calls[i].fd,
						    calls[i].ours))
			return error_new(ERR_UNSAFE,
					 "pid %d (%s): thread %d: has no such "
					 "file as descriptor %d", r->t->pid,
					 r->t->comm, r->tid, calls[i].fd);
	}
	return NULL;
}

struct error *target_check_unmapping(struct target *t)
{
	for (size_t i = 0; t->priv->syscall_ret && i < t->nthreads; i++) {
		const struct thread *th = &t->threads[i];

		if (th->stopped && th->regs.rip == t->priv->syscall_ret &&
		    th->regs.rax == SYS_munmap)
			return error_new(ERR_UNSAFE,
					 "pid %d (%s): thread %d is about to "
					 "unmap memory for a doctor that was "
					 "killed; try again", t->pid, t->comm,
					 th->tid);
	}
	return NULL;
}

/* ---- the calls ---- */

static struct error *lost(struct remote *r, enum stop_kind kind)
{
	if (kind == STOP_NONE)
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: a system call made "
				 "for us takes too long",
				 r->t->pid, r->t->comm, r->tid);
	/* None ends alone in the middle of a call that it does for us. */
	return all_gone(r->t);
}

/* Resumes until the next entry or exit of a system call. */
static struct error *to_syscall_stop(struct remote *r)
{
	int signal = 0;

	for (;;) {
		enum stop_kind kind;

		if (ptrace(PTRACE_SYSCALL, r->tid, NULL, (void *)(long)signal))
			return lost(r, STOP_GONE);
		signal = 0;
		kind = thread_wait(r->t->pid, r->tid, r->cpu, r->deadline,
				   &signal);
		if (kind == STOP_SYSCALL)
			return NULL;
		if (kind == STOP_NONE || kind == STOP_GONE || kind == STOP_EXEC)
			return lost(r, kind);
	}
}

void remote_set_call(const struct remote *r, const struct remote_call *c,
		     uint64_t frame, struct user_regs_struct *regs)
{
	regs->rip = r->t->priv->syscall_ret;
	regs->rsp = frame;
	regs->rax = (unsigned long long)c->nr;
	regs->orig_rax = UINT64_MAX; /* nothing to restart */
	regs->rdi = c->args[0];
	regs->rsi = c->args[1];
	regs->rdx = c->args[2];
	regs->r10 = c->args[3];
	regs->r8 = c->args[4];
	regs->r9 = c->args[5];
}

/*
 * Signals are held back meanwhile. That comes after the registers: before,
 * our death would leave the thread with all signals blocked; now the frame
 * restores the mask.
 */
static struct error *start_call(struct remote *r, const struct remote_call *c)
{
	struct user_regs_struct regs = r->regs;
	uint64_t all = UINT64_MAX;

	remote_set_call(r, c, r->frame, &regs);
	if (ptrace(PTRACE_SETREGS, r->tid, NULL, &regs) ||
	    ptrace(PTRACE_SETSIGMASK, r->tid, (void *)sizeof(all), &all))
		return lost(r, STOP_GONE);
	return NULL;
}

static struct error *do_call(struct remote *r, struct remote_call *c)
{
	enum { ERESTARTSYS = 512, ERESTART_RESTARTBLOCK = 516 };
	struct user_regs_struct regs;

	do { /* again if a stop signal interrupted it */
		TRY(start_call(r, c));
		TRY(to_syscall_stop(r));
		TRY(to_syscall_stop(r));
		if (ptrace(PTRACE_GETREGS, r->tid, NULL, &regs))
			return lost(r, STOP_GONE);
		c->result = (int64_t)regs.rax;
	} while (c->result <= -ERESTARTSYS &&
		 c->result >= -ERESTART_RESTARTBLOCK);
	return NULL;
}

/* It waits again already, and our stop has interrupted that once more. */
static struct error *repair(struct remote *r,
			    const struct user_regs_struct *regs)
{
	struct thread_priv unknown = {0};
	struct thread th = {.tid = r->tid, .regs = *regs, .priv = &unknown};

	if (restart_interrupted(r->t, &th) &&
	    ptrace(PTRACE_SETREGS, r->tid, NULL, &th.regs))
		return lost(r, STOP_GONE);
	return NULL;
}

/* The mask first: if we die in between, rt_sigreturn is still to come. */
static struct error *put_back(struct remote *r)
{
	if (ptrace(PTRACE_SETSIGMASK, r->tid, (void *)sizeof(r->sigmask),
		   &r->sigmask) ||
	    ptrace(PTRACE_SETREGS, r->tid, NULL, &r->regs))
		return lost(r, STOP_GONE);
	return NULL;
}

/*
 * Back to where the thread was: into an event stop, in which the kernel
 * restarts system calls, then mask and registers exactly as they were.
 */
static struct error *finish_calls(struct remote *r)
{
	struct user_regs_struct regs;
	enum stop_kind kind;

	ptrace(PTRACE_INTERRUPT, r->tid, NULL, NULL);
	ptrace(PTRACE_CONT, r->tid, NULL, NULL);
	kind = thread_wait_event(r->t->pid, r->tid, r->cpu,
				 r->deadline + 100000);
	if (kind != STOP_EVENT || ptrace(PTRACE_GETREGS, r->tid, NULL, &regs))
		return lost(r, kind == STOP_EVENT ? STOP_GONE : kind);
	/* Still before the `ret`, or else it has restored itself. */
	if (regs.rsp != r->frame)
		return repair(r, &regs);
	return put_back(r);
}

static bool has_failed(const struct remote_call *c)
{
	return c->result < 0 && c->result >= -4095;
}

static bool has_descriptor(const struct remote_call *calls,
			   const struct remote_call *c)
{
	return c->fd_from && !has_failed(&calls[c->fd_from - 1]);
}

static struct error *run_calls(struct remote *r, struct remote_call *calls,
			       size_t n)
{
	struct error *err = NULL, *finish_err;
	bool failed = false;

	for (size_t i = 0; i < n && !err; i++) {
		struct remote_call *c = &calls[i];

		if (failed && !(c->always && has_descriptor(calls, c)))
			continue;
		if (c->fd_from)
			c->args[c->fd_arg] =
				(uint64_t)calls[c->fd_from - 1].result;
		err = do_call(r, c);
		failed |= !err && has_failed(c);
	}
	/* One that ran has nothing to restart, and goes on from any stop. */
	finish_err = err || regs_in_syscall(&r->regs) ? finish_calls(r)
						      : put_back(r);
	if (err)
		error_free(finish_err);
	return err ? err : finish_err;
}

struct error *remote_prepare(struct remote *r, struct remote_call *calls,
			     size_t n, bool suspend, bool *ret_forbidden)
{
	if (ptrace(PTRACE_GETSIGMASK, r->tid, (void *)sizeof(r->sigmask),
		   &r->sigmask))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: has "
				 "exited",
				 r->t->pid, r->t->comm, r->tid);
	leave_rseq(r);
	TRY(check_fit(r));
	TRY(check_files(r, calls, n));
	TRY(sigframe_write(r, calls, n));
	return suspend ? seccomp_suspend(r)
		       : seccomp_check(r, calls, n, ret_forbidden);
}

struct error *remote_use_thread(struct target *t, pid_t tid, uint64_t deadline,
				struct remote_call *calls, size_t n,
				bool suspend, struct remote_outcome *ret)
{
	struct remote r = {.t = t, .tid = tid, .deadline = deadline};
	struct thread *th;

	TRY(stop_one(t, tid, deadline, &th));
	r.regs = th->regs;
	r.cpu = th->priv->cpu;
	TRY(remote_prepare(&r, calls, n, suspend, &ret->forbidden));
	ret->begun = true;
	th->stopped = false;
	th->priv->interrupted = true;
	TRY(run_calls(&r, calls, n));
	th->stopped = true;
	return NULL;
}

/*
 * Of threads whose filters forbid a call, so many are tried in search of one
 * that may: mostly all have the same.
 */
#define FORBIDDEN_TRIES 8

#define ROUND_PAUSE_US 2000u

/* What came of one round over the threads there are. */
struct round {
	bool tried; /* there was a thread to try */
	bool final; /* no other round, whatever the error */
};

/* For want of a thread in a state that it can be stopped in. */
static struct error *none_fit(struct target *t)
{
	char state = proc_state(t->pid, t->priv->live);

	return error_new(ERR_UNSAFE,
			 "pid %d (%s): has no thread that could be stopped "
			 "(thread %d is in state %c, system call %ld); try "
			 "again later", t->pid, t->comm, t->priv->live,
			 state ? state : '?',
			 proc_syscall_nr(t->pid, t->priv->live));
}

/* Half of what remains: one that doesn't stop isn't all. */
static uint64_t share_of(uint64_t deadline, bool is_last)
{
	uint64_t now = now_us();

	if (now + LEAST_US >= deadline)
		return now + LEAST_US;
	return is_last ? deadline : now + (deadline - now) / 2;
}

static struct error *use_any(struct target *t, uint64_t deadline,
			     struct remote_call *calls, size_t n,
			     struct round *ret)
{
	size_t count, forbidden = 0;
	_autofree_ struct candidate *list = list_candidates(t, &count);
	struct error *err = none_fit(t);
	pid_t confined = 0;

	for (size_t i = 0; i < count && forbidden < FORBIDDEN_TRIES; i++) {
		struct remote_outcome outcome = {0};
		uint64_t start = now_us();

		if (ret->tried && now_us() >= deadline)
			break;
		ret->tried = true;
		error_free(err);
		err = remote_use_thread(t, list[i].tid,
					share_of(deadline, i + 1 == count),
					calls, n, false, &outcome);
		target_release(t);
		log_debug("pid %d: thread %d: %zu system calls for us in %" PRIu64
			  " us", t->pid, list[i].tid, n, now_us() - start);
		ret->final = !err || outcome.begun ||
			     (err->code != ERR_UNSAFE && !outcome.forbidden);
		if (ret->final)
			return err;
		if (outcome.forbidden && !forbidden++)
			confined = list[i].tid;
	}
	if (!confined)
		return err;
	log_debug("%s: suspended for it", err->message);
	error_free(err);
	ret->final = true;
	return guard_syscalls(t, confined, deadline, calls, n);
}

/*
 * Rounds until the deadline: threads come and go, and wake up. A round that
 * finds none (they may just be leaving the last one's stop) is no news.
 */
static struct error *use_any_until(struct target *t, uint64_t deadline,
				   struct remote_call *calls, size_t n)
{
	struct error *last = NULL;

	for (;;) {
		struct round round = {0};
		struct error *err = use_any(t, deadline, calls, n, &round);

		if (round.final || round.tried || !last) {
			error_free(last);
			last = err;
		} else {
			error_free(err);
		}
		if (round.final || now_us() >= deadline)
			return last;
		err = target_check_alive(t);
		if (err) {
			error_free(last);
			return err;
		}
		sleep_us(ROUND_PAUSE_US);
	}
}

struct error *target_syscalls(struct target *t, unsigned int timeout_ms,
			      struct remote_call *calls, size_t n)
{
	uint64_t deadline = now_us() + (uint64_t)timeout_ms * 1000;

	for (size_t i = 0; i < n; i++)
		calls[i].result = -ECANCELED;
	TRY(target_refresh_maps(t));
	TRY(find_gadgets(t));
	return use_any_until(t, deadline, calls, n);
}

struct error *target_syscall(struct target *t, unsigned int timeout_ms, long nr,
			     const uint64_t args[6], int64_t *ret_value)
{
	struct remote_call call = {.nr = nr};

	memcpy(call.args, args, sizeof(call.args));
	TRY(target_syscalls(t, timeout_ms, &call, 1));
	*ret_value = call.result;
	return NULL;
}
