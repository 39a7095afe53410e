// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that a ptrace stop interrupts. Most restart by themselves: the
 * kernel leaves -ERESTARTSYS and its like in rax, and takes the call up again
 * on resumption (nanosleep, poll and futex with the time that remains). Those
 * below return -EINTR instead, as if a signal had been handled (signal(7),
 * "Interruption of system calls and library functions by stop signals").
 *
 * In the stop, which is within the kernel's get_signal(), such an -EINTR is
 * changed to -ERESTARTNOHAND: on resumption the kernel restarts the call if
 * no handler runs, and returns -EINTR if one does: what would have been
 * without us.
 *
 * Its time-out is set to what remains (timeout.c), as far as it's known when
 * the call began (remaining.c), or else counts from the first stop on. That of
 * a socket (SO_RCVTIMEO, SO_SNDTIMEO) begins anew: it belongs to all who use
 * the socket. So does that of recvmmsg: the kernel writes what remains to the
 * caller's. io_uring_enter that has submitted something returns that number,
 * with less waiting than asked for.
 *
 * What goes on by itself with the time that remains does so by another system
 * call, restart_syscall(), which a seccomp filter may not know, and kill for.
 * Then it is restarted in the same way.
 */
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "target/remote.h"

/* include/linux/errno.h */
#define KERNEL_ERESTARTNOHAND 514
#define KERNEL_ERESTART_RESTARTBLOCK 516

static bool returns_eintr(long nr)
{
	switch (nr) {
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
	case SYS_rt_sigtimedwait:
	case SYS_semop:
	case SYS_semtimedop:
	case SYS_io_getevents:
	case SYS_io_uring_enter:
	/* With a time-out in memory that cannot be written (poll_select_finish()). */
	case SYS_select:
	case SYS_pselect6:
	case SYS_ppoll:
	/* Sockets with SO_RCVTIMEO or SO_SNDTIMEO (sock_intr_errno()); FUSE. */
	case SYS_read:
	case SYS_readv:
	case SYS_pread64:
	case SYS_preadv:
	case SYS_preadv2:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_accept:
	case SYS_accept4:
	case SYS_connect:
	case SYS_write:
	case SYS_writev:
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_sendfile:
	case SYS_splice:
		return true;
	}
	return false;
}

bool regs_in_syscall(const struct user_regs_struct *regs)
{
	return (long)regs->orig_rax >= 0;
}

/* Signals that will be handled as soon as the thread goes on. */
static bool handler_is_due(pid_t pid, pid_t tid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read(&b, "/proc/%d/task/%d/status", pid, tid))
		return true;
	return (proc_status(b.data, "SigPnd", 16) |
		proc_status(b.data, "ShdPnd", 16)) &
	       ~proc_status(b.data, "SigBlk", 16) &
	       proc_status(b.data, "SigCgt", 16);
}

/*
 * As good as new when it begins anew. Not by restart_syscall(): there nobody
 * can see any more what it is, and such a thread couldn't be told to do other
 * things (restart_without_block()).
 */
static bool polls_forever(const struct user_regs_struct *regs)
{
	return (long)regs->orig_rax == SYS_poll && (int)regs->rdx < 0;
}

/* That would be restarted by the kernel in a way that isn't good enough. */
static bool restarts_badly(struct target *t, const struct thread *th)
{
	switch ((long)th->regs.rax) {
	case -KERNEL_ERESTART_RESTARTBLOCK:
		return t->priv->will_call_back || polls_forever(&th->regs) ||
		       (th->priv->confined && !seccomp_lets_restart(t, th));
	case -KERNEL_ERESTARTNOHAND:
		return (long)th->regs.orig_rax == SYS_io_pgetevents;
	}
	return false;
}

bool restart_interrupted(struct target *t, struct thread *th)
{
	struct user_regs_struct *regs = &th->regs;
	bool by_block = (long)regs->rax == -KERNEL_ERESTART_RESTARTBLOCK;
	bool eintr = (long)regs->rax == -EINTR &&
		     returns_eintr((long)regs->orig_rax);

	if (!regs_in_syscall(regs) || (!eintr && !restarts_badly(t, th)))
		return false;
	if (eintr && handler_is_due(t->pid, th->tid))
		return false;
	regs->rax = (unsigned long long)-KERNEL_ERESTARTNOHAND;
	timeout_keep(t, th, by_block);
	return true;
}

bool restart_without_block(struct target *t, struct thread *th)
{
	struct user_regs_struct *regs = &th->regs;

	if (!regs_in_syscall(regs) ||
	    (long)regs->rax != -KERNEL_ERESTART_RESTARTBLOCK)
		return true;
	if ((long)regs->orig_rax == SYS_restart_syscall)
		return false;
	regs->rax = (unsigned long long)-KERNEL_ERESTARTNOHAND;
	timeout_keep(t, th, true);
	if (ptrace(PTRACE_SETREGS, th->tid, NULL, regs))
		th->priv->gone = true;
	return !th->priv->gone;
}

void target_will_call_back(struct target *t)
{
	t->priv->will_call_back = true;
}
