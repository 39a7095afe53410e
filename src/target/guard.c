// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that a thread's seccomp filters forbid, made nevertheless.
 *
 * PTRACE_O_SUSPEND_SECCOMP ends with the tracer, and a filter that kills would
 * then kill the patient for the call that we had begun. So the tracer is a
 * process of its own, which goes on to the end, at most until the deadline,
 * whatever becomes of us: neither a signal to us or our process group nor the
 * end of our terminal reaches it. What remains is that somebody kills that
 * very process, in the few microseconds of a call.
 */
#include "target/remote.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/cleanup.h"

/* What the guard tells us; in memory that we share with it. */
struct report {
	bool done;
	bool failed;
	enum error_code code;
	char message[1024];
	int64_t results[];
};

struct error *seccomp_suspend(const struct remote *r)
{
	long options = seize_options() | PTRACE_O_SUSPEND_SECCOMP;

	if (!ptrace(PTRACE_SETOPTIONS, r->tid, NULL, (void *)options))
		return NULL;
	if (errno == ESRCH)
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: has exited",
				 r->t->pid, r->t->comm, r->tid);
	return error_new(ERR_PRIVILEGE,
			 "pid %d (%s): its seccomp filter or strict mode "
			 "forbids system calls that are needed, and cannot be "
			 "suspended without CAP_SYS_ADMIN, or by a process "
			 "that has a filter itself: %s",
			 r->t->pid, r->t->comm, strerror(errno));
}

static void guard(struct target *t, pid_t tid, uint64_t deadline,
		  struct remote_call *calls, size_t n, struct report *ret)
{
	struct remote_outcome outcome = {0};
	sigset_t all;

	setsid();
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	struct error *err = remote_use_thread(t, tid, deadline, calls, n, true,
					      &outcome);
	target_release(t);
	for (size_t i = 0; i < n; i++)
		ret->results[i] = calls[i].result;
	if (err) {
		ret->failed = true;
		ret->code = err->code;
		snprintf(ret->message, sizeof(ret->message), "%s",
			 err->message);
	}
	ret->done = true;
}

static struct error *await_guard(const struct target *t, pid_t child,
				 const struct report *report)
{
	while (waitpid(child, NULL, 0) < 0) {
		if (errno != EINTR)
			break;
	}
	if (!report->done)
		return error_new(ERR_FAILED,
				 "pid %d (%s): the process that made its system "
				 "calls for us was killed",
				 t->pid, t->comm);
	if (report->failed)
		return error_new(report->code, "%s", report->message);
	return NULL;
}

struct error *guard_syscalls(struct target *t, pid_t tid, uint64_t deadline,
			     struct remote_call *calls, size_t n)
{
	size_t size = sizeof(struct report) + n * sizeof(int64_t);
	struct report *report = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (report == MAP_FAILED)
		return error_errno(errno, "cannot map memory");
	pid_t child = fork();
	if (!child) {
		guard(t, tid, deadline, calls, n, report);
		_exit(0);
	}
	struct error *err = child < 0 ? error_errno(errno, "cannot fork")
				      : await_guard(t, child, report);
	for (size_t i = 0; i < n && child > 0; i++) {
		calls[i].result = report->results[i];
		calls[i].by = tid;
	}
	munmap(report, size);
	return err;
}
