// SPDX-License-Identifier: GPL-2.0-or-later
/* Within src/target only. */
#ifndef TARGET_PRIV_H
#define TARGET_PRIV_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "target/target.h"

struct carrier;

struct tids {
	pid_t *all;
	size_t count, cap;
};

/* Where code for remote system calls is in a file's mapping: offsets in that. */
struct gadgets {
	uint64_t inode, offset, len; /* of the mapping; inode 0: none is known */
	uint64_t syscall_ret, restorer;
};

struct target_priv {
	int mem_fd;  /* /proc/PID/task/LIVE/mem */
	int task_fd; /* /proc/PID/task */
	int pages_fd; /* /proc/PID/task/LIVE/pagemap; -1: not opened yet */
	pid_t live;  /* a thread that had not exited when we looked */
	size_t cap;  /* of target.threads */
	bool execed; /* another program was started while we traced */
	bool dead_leader; /* at the last look the leader was a zombie */
	struct tids sharers; /* other processes in the same memory */
	struct tids unborn; /* ids that there was no process for then */
	pid_t last_id; /* given out when we looked for them; 0: not known */
	int last_id_fd;

	bool urgent; /* urgency.c */
	int usual_policy;
	struct sched_param usual_param;

	struct tids dying; /* tracees that were killed: to be reaped (reap.c) */
	volatile int seizing; /* within PTRACE_SEIZE */

	/* For remote system calls, searched at the first one. */
	uint64_t syscall_ret; /* `syscall; ret` */
	uint64_t restorer;    /* `mov $15, %eax; syscall` */
	struct gadgets *known; /* in a process before; NULL: there is none */
	bool will_call_back; /* target_will_call_back() */
	struct carrier *carrier; /* carry.c; NULL: none is prepared */
	bool carry_lost; /* one may still be within our code */

	/* The last answer of register_is_unused() for r10. */
	uint64_t r10_rip;
	bool r10_unused;
};

/* A sleep in a call with a time-out, as seen before the stop. */
struct wait {
	bool noted;
	long nr;           /* the system call */
	int cpu;           /* on which it fell asleep */
	uint64_t exec_ns;  /* when, in that CPU's own time */
	uint64_t begin_ns; /* the same, CLOCK_MONOTONIC; 0: not known */
	uint64_t switches; /* voluntary ones of the thread until then */
};

struct thread_priv {
	int cpu;	  /* on which it was when seized; -1: not known */
	bool running;     /* on a CPU or waiting for one when seized or stopped */
	bool group_stopped; /* by SIGSTOP, when seized */
	bool interrupted; /* PTRACE_INTERRUPT sent */
	bool asleep;      /* let go of in its sleep, see target_let_move() */
	bool gone;        /* exited, to be dropped from the list */
	bool free;        /* gone, and no tracee any more */
	bool confined;    /* by seccomp, when seized */
	struct wait wait;
};

/* ---- proc.c: /proc/PID ---- */

/*
 * The whole text of a file in /proc that the kernel makes as one record, such
 * as stat or status. Returns false with errno set.
 */
bool proc_read(struct buf *ret_text, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Likewise of one that lists: maps, children. */
bool proc_read_list(struct buf *ret_text, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/* The state letter of a thread, as in /proc/PID/stat; 0 if it is gone. */
char proc_state(pid_t pid, pid_t tid);

/* Likewise, with the CPU that it is or was last on; -1 if that isn't told. */
char proc_state_on(pid_t pid, pid_t tid, int *ret_cpu);

/* A number from /proc/PID/task/TID/status; 0 if there is no such line. */
uint64_t proc_status(const char *status, const char *field, int base);

/*
 * Calls that end by a signal only. If the doctor is killed between giving the
 * thread other registers and blocking its signals, one that comes then is
 * handled, and the call begins anew, and waits for the next one.
 */
bool waits_for_signals(long nr);

/* The system call a thread is blocked in; -1 if it runs or cannot be told. */
long proc_syscall_nr(pid_t pid, pid_t tid);

/*
 * Whether a thread sleeps in the system call that its registers, as of its
 * last stop, are in: it hasn't moved since.
 */
bool proc_is_asleep_at(pid_t pid, pid_t tid,
		       const struct user_regs_struct *regs);

/* Ascending ids of the threads; an empty list if the process is gone. */
void tids_deinit(struct tids *t);
bool proc_tids(pid_t pid, struct tids *ret_tids);

/* Why tracing pid is refused with errno `err`, and the remedy. */
struct error *diagnose_refusal(pid_t pid, pid_t tid, int err);

/*
 * ERR_PRIVILEGE if this level of kernel.yama.ptrace_scope explains a refusal
 * to us, who have CAP_SYS_PTRACE or not.
 */
struct error *diagnose_yama(pid_t pid, long scope, bool capable);

/* ERR_PRIVILEGE if a debugger is attached. */
struct error *diagnose_tracer(pid_t pid, pid_t tid);

/* ---- target.c ---- */

struct error *has_execed(const struct target *t) MUST_CHECK;

/*
 * All threads that we knew have ended: what has become of the process, which
 * may show a little later. Never NULL.
 */
struct error *all_gone(struct target *t) MUST_CHECK;

/* By its flags; false if there is no such process. */
bool is_kernel_thread(pid_t pid);

/* ---- wait.c: one thread's ptrace stops ---- */

enum stop_kind {
	STOP_NONE,    /* none until the deadline */
	STOP_GONE,    /* the thread has exited */
	STOP_EVENT,   /* PTRACE_EVENT_STOP: interrupted, or a group stop */
	STOP_EXEC,    /* it has started another program */
	STOP_SYSCALL, /* at a system call's entry or exit */
	STOP_SIGNAL,  /* about to take the signal `ret_signal` */
	STOP_OTHER,
};

/*
 * Waits for a stop of a traced thread until `deadline` (now_us()). The stop's
 * status is left with the kernel, so that a signal is delivered even if we
 * die (see the comment in wait.c). `cpu` is where it was last seen, -1 if that
 * isn't known: if it is ours, the thread needs it in order to stop.
 */
enum stop_kind thread_wait(pid_t pid, pid_t tid, int cpu, uint64_t deadline,
			   int *ret_signal);

/*
 * Waits for the stop that PTRACE_INTERRUPT asked for; signals that come in
 * between are passed on.
 */
enum stop_kind thread_wait_event(pid_t pid, pid_t tid, int cpu,
				 uint64_t deadline);

/* ---- urgency.c ---- */

/* We get a CPU before others, while threads are held that run; until the end. */
void urgency_begin(struct target *t);
void urgency_end(struct target *t);

/* The options every thread is seized with. */
long seize_options(void);

/* ---- reap.c: tracees that have died ---- */

/*
 * Takes note of their end: others may be waiting for it, such as an execve()
 * of their process. Threads of the list are marked as gone.
 */
void reap_dead(struct target *t);

/* One that leaves the list and may not have ended quite yet. */
void reap_later(struct target *t, pid_t tid);

/*
 * While it lasts PTRACE_SEIZE by seize_thread() isn't blocked for good by a
 * tracee that has died: SIGURG (which is ignored else) interrupts it every
 * 20 ms, and its handler reaps. False: there is no timer to be had.
 */
struct seize_watch {
	timer_t timer;
	sigset_t old;
	bool on;
};

bool seize_watch_begin(struct seize_watch *w, struct target *t);
void seize_watch_end(struct seize_watch *w);

/* False with errno set. */
bool seize_thread(struct target *t, pid_t tid);

/* ---- stop.c ---- */

/*
 * Stops one thread and reads its registers; target_release() lets go of it.
 * ERR_UNSAFE if it has exited or does not stop.
 */
struct error *stop_one(struct target *t, pid_t tid, uint64_t deadline,
		       struct thread **ret_th) MUST_CHECK;

/* ---- carry.c ---- */

/*
 * Stops the thread that carries out our code, puts it back, and lets go of it.
 */
void carry_finish(struct target *t, uint64_t deadline);
void carrier_free(struct target *t);

/* ---- carry_calls.c: code that calls functions of unknown quality ---- */

struct carrier;

/* Notes what only the thread itself could put back. */
struct error *calls_prepare(struct carrier *c) MUST_CHECK;

/* Whether it has stopped with a signal that ends it: a fault, or abort(). */
struct error *calls_crashed(struct carrier *c, int signal) MUST_CHECK;

/* Vector registers, which the code has changed. */
void calls_put_back(struct carrier *c);

/* It won't come to its end: puts the thread back, and leaves it stopped. */
void calls_abandon(struct carrier *c);

/* ---- sharing.c ---- */

/* Notes the other processes in this memory, while all run. */
void find_sharers(struct target *t);

/* When all threads are stopped: ERR_UNSAFE if there is one. */
struct error *check_sharers(struct target *t) MUST_CHECK;

/* ---- restart.c ---- */

/*
 * The registers of a thread that has just stopped: a system call that the
 * stop made return EINTR is set to be restarted, with the time that remains as
 * far as that is known. True if th->regs were changed.
 */
bool restart_interrupted(struct target *t, struct thread *th);

/*
 * Of a stopped thread that is to do other things before it goes on: what the
 * kernel would take its call up by (restart_syscall()) is lost with the first
 * nanosleep(). It is set to be restarted with the time that remains. False if
 * that can't be: it was taken up so before, and what it is can't be seen.
 */
bool restart_without_block(struct target *t, struct thread *th);

/* Whether regs are those of a thread stopped within a system call. */
bool regs_in_syscall(const struct user_regs_struct *regs);

/* ---- remaining.c: when a call with a time-out began ---- */

/*
 * Before threads are stopped: finds out of each that sleeps in such a call
 * when it began, where that can be told. Goes to other CPUs for that.
 */
void waits_note(struct target *t);

/* Whether it has left its CPU by itself just `more` times since. */
bool wait_goes_on(pid_t pid, const struct thread *th, unsigned int more);

/* ---- timeout.c: what is left of it ---- */

enum timeout_kind {
	TIMEOUT_NONE,
	TIMEOUT_MS,	  /* an int in a register */
	TIMEOUT_TIMESPEC, /* a pointer to one */
	TIMEOUT_TIMEVAL,
	TIMEOUT_URING, /* a pointer to struct io_uring_getevents_arg */
};

struct timeout {
	enum timeout_kind kind;
	unsigned long long *reg; /* which holds it */
};

/* CLOCK_MONOTONIC, ns */
uint64_t timeout_now(void);

/*
 * The time-out of the call that `regs` are in, if it is one that begins anew
 * when restarted; with `no_restart_block` also what the kernel restarts by
 * restart_syscall().
 */
struct timeout timeout_find(struct target *t, struct user_regs_struct *regs,
			    bool no_restart_block);

/* Whether a stop has replaced it already. */
bool timeout_is_kept(const struct timeout *to,
		     const struct user_regs_struct *regs);

/*
 * Of a stopped thread whose call is set to be restarted: changes th->regs so
 * that it does with what remains of its time-out, where that can be.
 */
void timeout_keep(struct target *t, struct thread *th, bool no_restart_block);

/* Memory on a thread's stack that begins here and ends at its red zone. */
uint64_t timeout_slot(uint64_t rsp);

/* ---- unused.c ---- */

/*
 * Whether the code that `regs` have come to does nothing with the value in
 * `reg`, which is one of them.
 */
bool register_is_unused(struct target *t, const struct user_regs_struct *regs,
			const unsigned long long *reg);

#endif
