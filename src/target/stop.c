// SPDX-License-Identifier: GPL-2.0-or-later
/* Stopping and releasing all threads of a process. */
#include "target/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "target/priv.h"
#include "target/remote.h"

/* Blocked ones don't notice how long they are held, so they come first. */
enum pass { BLOCKED, RUNNING };

/* How long threads that don't stop are waited for when all are released. */
enum { RELEASE_TIMEOUT = 100000 /* us */, STARVED_TIMEOUT = 10000000 };

/*
 * How long one in an uninterruptible wait may hold up those that stopped. (A
 * short one is usual: for the lock of the process' memory.)
 */
enum { LOOK_US = 20000, UNINTERRUPTIBLE_LOOKS = 5 };

static struct thread *find_thread(struct target *t, size_t among, pid_t tid)
{
	for (size_t i = 0; i < among; i++)
		if (t->threads[i].tid == tid)
			return &t->threads[i];
	return NULL;
}

static void add_thread(struct target *t, pid_t tid, char state, int cpu)
{
	struct thread th = {.tid = tid, .seized = true};

	th.priv = xcalloc(1, sizeof(*th.priv));
	th.priv->cpu = cpu;
	th.priv->running = state == 'R';
	th.priv->group_stopped = state == 'T';
	th.priv->confined = seccomp_is_on(t->pid, tid);
	VEC_GROW(t->threads, t->nthreads, t->priv->cap);
	t->threads[t->nthreads++] = th;
}

/* Those that stay keep their order: see target.h. */
static void drop_gone(struct target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nthreads; i++) {
		struct thread th = t->threads[i];

		if (!th.priv->gone) {
			t->threads[n++] = th;
			continue;
		}
		if (!th.priv->free)
			reap_later(t, th.tid);
		free(th.priv);
	}
	t->nthreads = n;
}

static struct error *cannot_stop(struct target *t, pid_t tid)
{
	char state = proc_state(t->pid, tid);
	long nr = proc_syscall_nr(t->pid, tid);
	bool vfork = state == 'D' && (nr == 58 || nr == 56 || nr == 435);

	return error_new(ERR_UNSAFE,
			 "pid %d (%s): thread %d does not stop: it is in state "
			 "%c, system call %ld%s; try again later",
			 t->pid, t->comm, tid, state ? state : '?', nr,
			 vfork ? ", waiting for its vfork() child" : "");
}

/*
 * A thread in an uninterruptible wait cannot be let go of again before the
 * wait ends, so it isn't seized before: see it through, for a while.
 */
static char await_state(struct target *t, pid_t tid, uint64_t deadline,
			int *ret_cpu)
{
	char state = proc_state_on(t->pid, tid, ret_cpu);

	for (int i = 1; state == 'D' && now_us() < deadline; i++) {
		sleep_us(1000);
		if (i % 16 == 0)
			reap_dead(t); /* what an execve() waits for */
		state = proc_state_on(t->pid, tid, ret_cpu);
	}
	return state;
}

/*
 * By birth: of a thread that was seized and did clone(CLONE_PTRACE). It stops
 * by itself, in an event stop (ptrace_init_task() of the kernel).
 */
static bool is_traced_by_us(pid_t pid, pid_t tid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	return proc_read(&b, "/proc/%d/task/%d/status", pid, tid) &&
	       (pid_t)proc_status(b.data, "TracerPid", 10) ==
		       (pid_t)syscall(SYS_gettid);
}

/*
 * Other processes that are traced by us that way: they stop, and their parent
 * may be waiting for them. Only a tracee that isn't in the list is one.
 */
static void free_strays(struct target *t)
{
	siginfo_t si = {0};

	for (size_t i = 0; i <= t->nthreads; i++) {
		_cleanup_(buf_deinit) struct buf b = BUF_INIT;
		pid_t of = i < t->nthreads ? t->threads[i].tid : t->pid;
		char *s;

		if (!proc_read_list(&b, "/proc/%d/task/%d/children", t->pid, of))
			continue;
		s = b.data;
		for (long pid; (pid = strtol(s, &s, 10)) > 0;) {
			if (is_traced_by_us((pid_t)pid, (pid_t)pid) &&
			    !waitid(P_PID, (id_t)pid, &si,
				    WSTOPPED | WNOHANG | WNOWAIT | __WALL))
				ptrace(PTRACE_DETACH, (pid_t)pid, NULL, NULL);
		}
	}
}

static struct error *seize(struct target *t, pid_t tid, uint64_t deadline)
{
	int cpu;
	char state = await_state(t, tid, deadline, &cpu);

	if (state == 'D')
		return cannot_stop(t, tid);
	if (!state || state == 'Z' || state == 'X') {
		t->priv->dead_leader |= state == 'Z' && tid == t->pid;
		return NULL;
	}
	if (!seize_thread(t, tid)) {
		int err = errno;

		state = proc_state(t->pid, tid);
		if (!state || state == 'Z' || state == 'X')
			return NULL; /* has exited meanwhile */
		if (is_traced_by_us(t->pid, tid)) {
			add_thread(t, tid, state, cpu);
			return NULL;
		}
		TRY(target_check_alive(t)); /* of an exec, perhaps */
		return diagnose_refusal(t->pid, tid, err);
	}
	add_thread(t, tid, state, cpu);
	return NULL;
}

static struct error *seize_unknown(struct target *t, const struct tids *tids,
				   uint64_t deadline)
{
	size_t known = 0, nknown = t->nthreads;

	for (size_t i = 0; i < tids->count; i++) {
		/* Both lists ascend, but for threads found in later rounds. */
		while (known < nknown && t->threads[known].tid < tids->all[i])
			known++;
		if (known < nknown && t->threads[known].tid == tids->all[i])
			continue;
		if (!find_thread(t, nknown, tids->all[i]))
			TRY(seize(t, tids->all[i], deadline));
	}
	return NULL;
}

/* Seizes the threads that aren't in the list yet. */
static struct error *seize_new(struct target *t, uint64_t deadline)
{
	_cleanup_(tids_deinit) struct tids tids = {0};
	struct seize_watch watch = {0};

	if (!proc_tids(t->pid, &tids))
		return error_new(ERR_FAILED, "pid %d (%s): has exited", t->pid,
				 t->comm);
	t->priv->dead_leader = false;
	if (t->nthreads + tids.count > 1 &&
	    !seize_watch_begin(&watch, t))
		return error_errno(errno, "cannot have a timer");
	struct error *err = seize_unknown(t, &tids, deadline);
	seize_watch_end(&watch);
	return err;
}

static void read_registers(struct target *t, struct thread *th)
{
	if (ptrace(PTRACE_GETREGS, th->tid, NULL, &th->regs)) {
		th->priv->gone = true; /* killed in its stop */
		return;
	}
	th->was_blocked = regs_in_syscall(&th->regs);
	if (restart_interrupted(t, th) &&
	    ptrace(PTRACE_SETREGS, th->tid, NULL, &th->regs))
		th->priv->gone = true;
	th->stopped = !th->priv->gone;
	/* It was woken between the look at its state and the stop. */
	if (!th->was_blocked && !th->priv->group_stopped)
		th->priv->running = true;
}

/*
 * Waits for a stop as long as it may come soon: a thread that has fallen into
 * an uninterruptible wait since it was seized isn't waited for any longer, as
 * others are held meanwhile.
 */
static enum stop_kind wait_for_stop(struct target *t, const struct thread *th,
				    uint64_t deadline)
{
	for (int looks = 0;;) {
		uint64_t end = now_us() + LOOK_US;
		enum stop_kind kind = thread_wait_event(
			t->pid, th->tid, th->priv->cpu,
			end < deadline ? end : deadline);

		if (kind != STOP_NONE || now_us() >= deadline)
			return kind;
		free_strays(t);
		reap_dead(t);
		looks = proc_state(t->pid, th->tid) == 'D' ? looks + 1 : 0;
		if (looks == UNINTERRUPTIBLE_LOOKS)
			return STOP_NONE;
	}
}

static struct error *await_stop(struct target *t, struct thread *th,
				uint64_t deadline)
{
	switch (wait_for_stop(t, th, deadline)) {
	case STOP_EVENT:
		read_registers(t, th);
		return NULL;
	case STOP_GONE:
		th->priv->gone = true;
		return NULL;
	case STOP_EXEC:
		t->priv->execed = true;
		th->stopped = true;
		return has_execed(t);
	default:
		return cannot_stop(t, th->tid);
	}
}

static bool is_due(const struct thread *th, enum pass pass)
{
	return !th->stopped && !th->priv->gone && !th->priv->asleep &&
	       (pass == RUNNING || !th->priv->running);
}

/* Sets about stopping a thread; it needs to run for that. */
static void interrupt(struct target *t, struct thread *th)
{
	/* The last look is the shortest possible time before. */
	if (th->priv->wait.noted && !wait_goes_on(t->pid, th, 0))
		th->priv->wait.noted = false;
	/* Fails only if the thread is dying: then the wait tells. */
	ptrace(PTRACE_INTERRUPT, th->tid, NULL, NULL);
	th->priv->interrupted = true;
}

static struct error *stop_pass(struct target *t, enum pass pass,
			       uint64_t deadline)
{
	for (size_t i = 0; i < t->nthreads; i++) {
		struct thread *th = &t->threads[i];

		if (!is_due(th, pass) || th->priv->interrupted)
			continue;
		interrupt(t, th);
	}
	for (size_t i = 0; i < t->nthreads; i++)
		if (is_due(&t->threads[i], pass))
			TRY(await_stop(t, &t->threads[i], deadline));
	return NULL;
}

/*
 * The memory that we opened is that of the program that runs: a vfork child
 * that has started one leaves its parent's memory, which lives on.
 */
static struct error *check_memory(struct target *t, const struct thread *th)
{
	const struct user_regs_struct *r = &th->regs;
	char byte;

	if (target_read_partial(t, r->rip, &byte, 1) == 1)
		return NULL;
	TRY(target_check_alive(t));
	if (target_read_partial(t, r->rsp, &byte, 1) == 1)
		return NULL;
	return has_execed(t);
}

/*
 * Whether those seized are all there are, by the kernel's own count: that is
 * much quicker than another look at a thousand directory entries, at a moment
 * when the running threads are held. The link count of /proc/PID/task is 2 and
 * the number of threads (proc_task_getattr() of fs/proc/base.c), a leader that
 * has exited before the others included.
 */
static bool count_is_right(struct target *t)
{
	uint64_t seized = t->priv->dead_leader;
	struct stat st;

	for (size_t i = 0; i < t->nthreads; i++)
		seized += !t->threads[i].priv->gone;
	return !fstat(t->priv->task_fd, &st) && st.st_nlink == seized + 2;
}

static struct error *too_many(struct target *t)
{
	return error_new(ERR_UNSAFE,
			 "pid %d (%s): starts threads faster than they can be "
			 "stopped", t->pid, t->comm);
}

/* Those that were started before their parents were stopped. */
static struct error *stop_new(struct target *t, uint64_t deadline)
{
	size_t before;

	/* Complete, too, when a whole pass shows no new thread. */
	do {
		drop_gone(t);
		before = t->nthreads;
		TRY(seize_new(t, deadline));
		TRY(stop_pass(t, BLOCKED, deadline));
		TRY(stop_pass(t, RUNNING, deadline));
		if (now_us() > deadline)
			return too_many(t);
	} while (!count_is_right(t) && t->nthreads != before);
	return NULL;
}

/*
 * A thread that does execve() takes the id of the leader, which ends without a
 * word (de_thread() of the kernel): the stop that we know of is of no thread
 * any more. Every stop stays to be waited for (wait.c), so that shows.
 */
static struct error *check_leader(struct target *t, uint64_t deadline)
{
	struct thread *th = find_thread(t, t->nthreads, t->pid);
	siginfo_t si = {0};

	if (!th || !th->stopped || th->priv->gone)
		return NULL;
	if (waitid(P_PID, (id_t)t->pid, &si,
		   WSTOPPED | WNOHANG | WNOWAIT | __WALL)) {
		th->priv->gone = th->priv->free = errno == ECHILD;
		return NULL;
	}
	if (si.si_pid == t->pid && si.si_status >> 8 != PTRACE_EVENT_EXEC)
		return NULL;
	th->stopped = false;
	return await_stop(t, th, deadline);
}

/*
 * Those that are known first: mostly they are all there are, and running
 * threads are held only for this.
 */
static struct error *stop_all(struct target *t, uint64_t deadline)
{
	TRY(stop_pass(t, RUNNING, deadline));
	if (!count_is_right(t))
		TRY(stop_new(t, deadline));
	TRY(check_leader(t, deadline));
	drop_gone(t);
	if (!t->nthreads)
		return all_gone(t);
	TRY(check_memory(t, &t->threads[0]));
	return check_sharers(t);
}

struct error *stop_one(struct target *t, pid_t tid, uint64_t deadline,
		       struct thread **ret_th)
{
	struct thread *th = find_thread(t, t->nthreads, tid);

	if (!th) {
		TRY(seize(t, tid, deadline));
		th = find_thread(t, t->nthreads, tid);
	}
	if (th) {
		waits_note(t);
		urgency_begin(t);
		interrupt(t, th);
		TRY(await_stop(t, th, deadline));
	}
	if (!th || !th->stopped)
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: has "
				 "exited",
				 t->pid, t->comm, tid);
	TRY(check_memory(t, th));
	*ret_th = th;
	return NULL;
}

static uint64_t deadline_in(unsigned int timeout_ms)
{
	return now_us() + (uint64_t)timeout_ms * 1000;
}

struct error *target_park(struct target *t, unsigned int timeout_ms)
{
	uint64_t deadline = deadline_in(timeout_ms);
	struct error *err;

	drop_gone(t);
	find_sharers(t);
	err = seize_new(t, deadline);
	if (!err) {
		waits_note(t);
		t->parked_from = now_us();
		err = stop_pass(t, BLOCKED, deadline);
	}
	if (err)
		target_release(t);
	return err;
}

struct error *target_stop(struct target *t, unsigned int timeout_ms)
{
	struct error *err = NULL;

	if (!t->nthreads)
		TRY(target_park(t, timeout_ms));
	urgency_begin(t);
	err = stop_all(t, deadline_in(timeout_ms));
	if (err)
		target_release(t);
	return err;
}

struct error *target_let_run(struct target *t, const bool *which,
			     unsigned int us, unsigned int timeout_ms)
{
	for (size_t i = 0; i < t->nthreads; i++) {
		struct thread *th = &t->threads[i];

		if (!which[i] || !th->stopped || th->was_blocked ||
		    !th->priv->running)
			continue;
		if (ptrace(PTRACE_CONT, th->tid, NULL, NULL))
			th->priv->gone = true;
		th->stopped = false;
		th->priv->interrupted = false;
	}
	sleep_us(us);
	struct error *err = stop_all(t, deadline_in(timeout_ms));
	if (err)
		target_release(t);
	return err;
}

static void let_go(struct thread *th)
{
	th->priv->asleep = th->was_blocked;
	th->priv->interrupted = false;
	th->stopped = false;
	if (ptrace(PTRACE_CONT, th->tid, NULL, NULL))
		th->priv->gone = true;
}

struct error *target_let_move(struct target *t, const bool *which,
			      unsigned int us, unsigned int timeout_ms)
{
	for (size_t i = 0; i < t->nthreads; i++) {
		struct thread *th = &t->threads[i];

		if (which[i] && th->stopped && !th->priv->group_stopped)
			let_go(th);
	}
	sleep_us(us);
	for (size_t i = 0; i < t->nthreads; i++) {
		struct thread *th = &t->threads[i];

		if (th->priv->asleep &&
		    !proc_is_asleep_at(t->pid, th->tid, &th->regs))
			th->priv->asleep = false;
	}
	struct error *err = stop_all(t, deadline_in(timeout_ms));
	if (err)
		target_release(t);
	return err;
}

/*
 * A thread that was asked to stop, and may just not have got a CPU yet, isn't
 * given up: a system call that the stop has interrupted would return EINTR.
 */
static enum stop_kind await_last_stop(struct target *t, const struct thread *th,
				      uint64_t deadline)
{
	uint64_t last = deadline + STARVED_TIMEOUT;
	enum stop_kind kind;

	do {
		kind = thread_wait_event(t->pid, th->tid, th->priv->cpu,
					 deadline);
		deadline = now_us() + RELEASE_TIMEOUT;
	} while (kind == STOP_NONE && now_us() < last &&
		 proc_state(t->pid, th->tid) != 'D');
	return kind;
}

/*
 * PTRACE_DETACH leaves a group-stopped thread stopped: __ptrace_unlink() of
 * the kernel reinstates the group stop. Signal 0: from an event stop no
 * signal can be injected, and those that came meanwhile are pending.
 */
static void release(struct target *t, struct thread *th, uint64_t deadline)
{
	if (th->priv->gone)
		return;
	if (th->stopped && !ptrace(PTRACE_DETACH, th->tid, NULL, NULL)) {
		th->priv->gone = th->priv->free = true;
		return;
	}
	/* Not stopped, or killed in its stop: then this takes note of it. */
	enum stop_kind kind = await_last_stop(t, th, deadline);
	if (kind == STOP_EVENT && !th->stopped)
		read_registers(t, th); /* which repairs an EINTR */
	th->priv->gone = kind == STOP_GONE || th->priv->gone ||
			 !ptrace(PTRACE_DETACH, th->tid, NULL, NULL);
}

/*
 * After a failed stop: threads that weren't asked to stop yet, or haven't. A
 * tracee can only be let go of in a stop.
 */
static void release_running(struct target *t)
{
	uint64_t deadline = now_us() + RELEASE_TIMEOUT;

	waits_note(t);
	for (size_t i = 0; i < t->nthreads; i++)
		if (!t->threads[i].stopped && !t->threads[i].priv->interrupted)
			interrupt(t, &t->threads[i]);
	for (size_t i = 0; i < t->nthreads; i++)
		if (!t->threads[i].stopped)
			release(t, &t->threads[i], deadline);
}

void target_release(struct target *t)
{
	uint64_t deadline = now_us() + RELEASE_TIMEOUT;

	for (size_t i = 0; i < t->nthreads; i++)
		if (t->threads[i].priv->running && t->threads[i].stopped)
			release(t, &t->threads[i], deadline);
	carry_finish(t, deadline);
	urgency_end(t);
	for (size_t i = 0; i < t->nthreads; i++)
		if (t->threads[i].stopped)
			release(t, &t->threads[i], deadline);
	release_running(t);
	for (size_t i = 0; i < t->nthreads; i++) {
		if (!t->threads[i].priv->gone)
			log_debug("pid %d: thread %d cannot be released before "
				  "it stops; it is when we exit",
				  t->pid, t->threads[i].tid);
	}
	drop_gone(t);
}
