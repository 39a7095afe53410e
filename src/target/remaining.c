// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a system call with a time-out began that a stop has interrupted.
 *
 * The kernel tells nobody when a call began. But of a thread that sleeps,
 * /proc/PID/task/TID/sched has se.exec_start, when it was last on a CPU: the
 * call began no later. That is in the time of this CPU's run queue, which
 * lags behind by what the host has taken from it (seven seconds in three
 * hours, on a guest with two CPUs), each by its own amount, ever more. So the
 * doctor goes to that CPU and compares its own with the monotonic clock; what
 * was stolen in between makes the call seem to have begun later: it is never
 * ended early.
 *
 * That no other call has begun since is seen from the count of voluntary
 * switches: one, for the stop. (A thread that woke within the some 20 us
 * between the last look and the stop, and was in its next epoll_wait, but not
 * asleep yet, when the stop came, cannot be told from one that slept.)
 *
 * Where any of this isn't to be had, the call began when it is first stopped.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/priv.h"

enum { NS_PER_MS = 1000000 };

/* ---- /proc ---- */

static const char *sched_field(const char *sched, const char *name)
{
	const char *line = strstr(sched, name);
	const char *colon = line ? strchr(line, ':') : NULL;

	return colon ? colon + 1 : NULL;
}

/* "12787014.765974": milliseconds; 0 if it isn't there. */
static uint64_t exec_start(const char *sched)
{
	const char *s = sched_field(sched, "\nse.exec_start ");
	uint64_t ms;
	unsigned int ns;

	if (!s || sscanf(s, " %lu.%6u", &ms, &ns) != 2)
		return 0;
	return ms * NS_PER_MS + ns;
}

static bool read_sched(pid_t pid, pid_t tid, uint64_t *ret_exec,
		       uint64_t *ret_switches)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	const char *s;

	if (!proc_read(&b, "/proc/%d/task/%d/sched", pid, tid))
		return false;
	s = sched_field(b.data, "\nnr_voluntary_switches ");
	*ret_exec = exec_start(b.data);
	*ret_switches = s ? strtoull(s, NULL, 10) : 0;
	return *ret_exec && s;
}

/*
 * Whether it is of use to know when the call began that it is asleep in: it
 * has a time-out that would begin anew, and no stop has seen it yet.
 */
static bool has_timeout(struct target *t, const struct thread *th, long *ret_nr)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	struct user_regs_struct r = {0};
	struct timeout to;

	if (!proc_read(&b, "/proc/%d/task/%d/syscall", t->pid, th->tid) ||
	    sscanf(b.data, "%ld %llx %llx %llx %llx %llx %llx %llx", ret_nr,
		   &r.rdi, &r.rsi, &r.rdx, &r.r10, &r.r8, &r.r9, &r.rsp) != 8)
		return false;
	r.orig_rax = (unsigned long long)*ret_nr;
	to = timeout_find(t, &r,
			  th->priv->confined || t->priv->will_call_back);
	if (to.kind == TIMEOUT_MS)
		return (int)*to.reg > 0;
	return to.kind && !timeout_is_kept(&to, &r);
}

static void note(struct target *t, struct thread *th)
{
	struct wait *w = &th->priv->wait;

	*w = (struct wait){0};
	if (th->stopped || th->priv->gone || th->priv->running ||
	    th->priv->interrupted || !has_timeout(t, th, &w->nr) ||
	    !read_sched(t->pid, th->tid, &w->exec_ns, &w->switches))
		return;
	w->noted = proc_state_on(t->pid, th->tid, &w->cpu) == 'S' &&
		   w->cpu >= 0;
}

bool wait_goes_on(pid_t pid, const struct thread *th, unsigned int more)
{
	const struct wait *w = &th->priv->wait;
	uint64_t exec, switches;

	return w->noted && w->begin_ns &&
	       read_sched(pid, th->tid, &exec, &switches) &&
	       switches == w->switches + more;
}

/* ---- run queue time ---- */

/*
 * How far the time of the calling thread's CPU lags behind the monotonic
 * clock. To ask for a thread's CPU time brings its exec_start up to date.
 */
static bool measure_lag(int cpu, uint64_t *ret_lag)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	uint64_t exec, switches;
	struct timespec ts;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return false;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	if (!read_sched(getpid(), tid, &exec, &switches))
		return false;
	*ret_lag = timeout_now() - exec;
	return true;
}

/* All waits that began on the CPU where `first` did. */
static void date_waits(struct target *t, struct wait *first)
{
	int cpu = first->cpu;
	uint64_t lag;
	bool known = measure_lag(cpu, &lag);

	for (size_t i = 0; i < t->nthreads; i++) {
		struct wait *w = &t->threads[i].priv->wait;

		if (!w->noted || w->begin_ns || w->cpu != cpu)
			continue;
		w->noted = known;
		if (known)
			w->begin_ns = w->exec_ns + lag;
	}
}

void waits_note(struct target *t)
{
	cpu_set_t old;
	size_t noted = 0;

	for (size_t i = 0; i < t->nthreads; i++) {
		note(t, &t->threads[i]);
		noted += t->threads[i].priv->wait.noted;
	}
	if (!noted || sched_getaffinity(0, sizeof(old), &old))
		return;
	for (size_t i = 0; i < t->nthreads; i++) {
		struct wait *w = &t->threads[i].priv->wait;

		if (w->noted && !w->begin_ns)
			date_waits(t, w);
	}
	sched_setaffinity(0, sizeof(old), &old);
}
