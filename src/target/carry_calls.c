// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code that a thread carries out for us and that calls functions which somebody
 * else has written: they use vector registers, crash, and don't come back. Then
 * the thread is put back to where it was, as if nothing had happened.
 */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "target/carrier.h"

enum {
	XSTATE_ROOM = 16384,
	ABANDON_US = 2000000,
};

struct error *calls_prepare(struct carrier *c)
{
	struct iovec iov;

	/* What they call is their business, not the filter's. */
	if (seccomp_is_on(c->r.t->pid, c->r.tid))
		TRY(seccomp_suspend(&c->r));
	c->xstate = xmalloc(XSTATE_ROOM);
	iov = (struct iovec){c->xstate, XSTATE_ROOM};
	if (ptrace(PTRACE_GETREGSET, c->r.tid, (void *)NT_X86_XSTATE, &iov))
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: its vector registers "
				 "can't be read: %s", c->r.t->pid, c->r.t->comm,
				 c->r.tid, strerror(errno));
	c->xstate_len = iov.iov_len;
	return NULL;
}

void calls_put_back(struct carrier *c)
{
	struct iovec iov = {c->xstate, c->xstate_len};

	ptrace(PTRACE_SETREGSET, c->r.tid, (void *)NT_X86_XSTATE, &iov);
}

static const char *fault_name(int signal)
{
	switch (signal) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGILL:
		return "SIGILL";
	case SIGFPE:
		return "SIGFPE";
	case SIGTRAP:
		return "SIGTRAP";
	case SIGSYS:
		return "SIGSYS";
	case SIGABRT:
		return "SIGABRT";
	}
	return NULL;
}

/* A fault has a code of the kernel's; abort() sends itself a signal. */
struct error *calls_crashed(struct carrier *c, int signal)
{
	const char *name = fault_name(signal);
	struct user_regs_struct regs = {0};
	siginfo_t info = {0};

	if (!name || ptrace(PTRACE_GETSIGINFO, c->r.tid, NULL, &info) ||
	    (info.si_code <= 0 &&
	     !(signal == SIGABRT && info.si_code == SI_TKILL)))
		return NULL;
	c->crashed = true;
	ptrace(PTRACE_GETREGS, c->r.tid, NULL, &regs);
	if (signal == SIGSEGV || signal == SIGBUS)
		return error_new(ERR_FAILED, "crashed (%s, address %#llx, "
				 "instruction at %#llx)", name,
				 (unsigned long long)(uintptr_t)info.si_addr,
				 (unsigned long long)regs.rip);
	return error_new(ERR_FAILED, "crashed (%s, instruction at %#llx)",
			 name, (unsigned long long)regs.rip);
}

/* Where errno is, of a callback that didn't come to put it back. */
static void put_fixup_back(struct carrier *c)
{
	struct {
		uint64_t addr;
		int32_t value, unused;
	} fixup = {0};
	struct iovec local = {&fixup.value, sizeof(fixup.value)};

	target_read_partial(c->r.t, c->data + c->fixup, &fixup, sizeof(fixup));
	struct iovec remote = {(void *)(uintptr_t)fixup.addr,
			       sizeof(fixup.value)};
	if (fixup.addr &&
	    process_vm_writev(c->r.tid, &local, 1, &remote, 1, 0) < 0)
		return; /* it is gone */
}

void calls_abandon(struct carrier *c)
{
	struct target *t = c->r.t;
	int64_t result = 0;

	if (!c->crashed) {
		ptrace(PTRACE_INTERRUPT, c->r.tid, NULL, NULL);
		if (thread_wait_event(t->pid, c->r.tid, -1,
				      now_us() + ABANDON_US) != STOP_EVENT)
			return; /* carry_finish() goes on trying */
		target_read_partial(t, c->data, &result, sizeof(result));
		/* It has ended just now, and will return by itself. */
		if (result && !carry_is_waiting(result)) {
			c->done = true;
			ptrace(PTRACE_CONT, c->r.tid, NULL, NULL);
			return;
		}
	}
	put_fixup_back(c);
	calls_put_back(c);
	ptrace(PTRACE_SETSIGMASK, c->r.tid, (void *)sizeof(c->r.sigmask),
	       &c->r.sigmask);
	ptrace(PTRACE_SETREGS, c->r.tid, NULL, &c->r.regs);
	carrier_wipe(c);
	c->is_back = true;
}
