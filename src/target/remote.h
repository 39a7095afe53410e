// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Within src/target only: what a remote system call is made of.
 *
 * A stopped thread is made to do a system call by setting its registers so
 * that it executes a `syscall; ret` it has anyway, with the stack pointer at
 * a signal frame that we have written below its red zone. `ret` pops the
 * address of a signal trampoline, whose rt_sigreturn restores everything:
 * should we die at any moment, the thread goes on where it was. The one
 * PTRACE_SETREGS is the point where it begins.
 */
#ifndef TARGET_REMOTE_H
#define TARGET_REMOTE_H

#include "target/priv.h"

/* A stopped thread as it was, and what is on its stack for the calls. */
struct remote {
	struct target *t;
	pid_t tid;
	int cpu;                      /* see thread_wait() */
	uint64_t deadline;            /* now_us() */
	struct user_regs_struct regs; /* as to be restored */
	uint64_t sigmask;             /* likewise */
	uint64_t frame;               /* address of the signal frame */
};

/* ---- remote.c ---- */

/*
 * With r->t, tid and regs set: notes the mask, and writes frame and data.
 * ERR_UNSAFE, ERR_FAILED or ERR_PRIVILEGE if this thread won't do; then it is
 * as before. For `suspend` and `ret_forbidden` see remote_use_thread().
 */
struct error *remote_prepare(struct remote *r, struct remote_call *calls,
			     size_t n, bool suspend,
			     bool *ret_forbidden) MUST_CHECK;

/* The registers for a call, with which `frame` is where it returns to. */
void remote_set_call(const struct remote *r, const struct remote_call *c,
		     uint64_t frame, struct user_regs_struct *regs);

/* The thread that would be chosen for calls, if that one runs; else 0. */
pid_t remote_best_runner(struct target *t);

/* ---- gadgets.c ---- */

/* Finds the instructions once per target. ERR_FAILED if there are none. */
struct error *find_gadgets(struct target *t) MUST_CHECK;

/* ---- sigframe.c ---- */

/*
 * Writes the calls' data and the signal frame to the thread's stack, and sets
 * r->frame and the calls' args[data_arg]. ERR_UNSAFE if this stack won't do.
 */
struct error *sigframe_write(struct remote *r, struct remote_call *calls,
			     size_t n) MUST_CHECK;

/*
 * After sigframe_write(): frames for the second call and those after it, below
 * r->frame, which is the last. Sets the address of the first. ERR_UNSAFE if
 * there is no room.
 */
struct error *sigframe_write_chain(struct remote *r,
				   const struct remote_call *calls, size_t n,
				   uint64_t *ret_frame) MUST_CHECK;

/* ---- remote.c ---- */

struct remote_outcome {
	bool begun;	/* another thread must not be tried, whatever the error */
	bool forbidden; /* by its seccomp filter: nothing was begun */
};

/*
 * Lets one thread, which is not traced, do the calls. With `suspend` its
 * seccomp filters don't count: only for guard.c. target_release() afterwards.
 */
struct error *remote_use_thread(struct target *t, pid_t tid, uint64_t deadline,
				struct remote_call *calls, size_t n,
				bool suspend,
				struct remote_outcome *ret) MUST_CHECK;

/* ---- seccomp.c ---- */

/*
 * Fails unless the stopped thread's seccomp filters, if there are any, allow
 * all calls and rt_sigreturn: then with `ret_forbidden` set. ERR_PRIVILEGE if
 * they cannot be examined.
 */
struct error *seccomp_check(const struct remote *r,
			    const struct remote_call *calls, size_t n,
			    bool *ret_forbidden) MUST_CHECK;

/* Whether a thread has filters, or is in strict mode. */
bool seccomp_is_on(pid_t pid, pid_t tid);

/*
 * Whether the filters of a stopped thread let it take up the call that it is
 * in by restart_syscall(). False if they cannot be examined.
 */
bool seccomp_lets_restart(struct target *t, const struct thread *th);

/* ---- guard.c ---- */

/* Suspends the filters of the stopped thread for as long as it is traced. */
struct error *seccomp_suspend(const struct remote *r) MUST_CHECK;

/*
 * remote_use_thread() with suspended filters by a process that outlives us.
 * ERR_PRIVILEGE if that is not allowed; then nothing was begun.
 */
struct error *guard_syscalls(struct target *t, pid_t tid, uint64_t deadline,
			     struct remote_call *calls, size_t n) MUST_CHECK;

#endif
