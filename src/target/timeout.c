// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The time-out of a call that is restarted anew after a stop.
 *
 * Most are in memory, which isn't ours to change: others may read it, or it
 * cannot be written. So what remains is written to a place of ours, and the
 * register that points to the time-out is led there, in the same
 * PTRACE_SETREGS by which the call is set to be restarted. The place is on the
 * thread's own stack, right below the red zone. There
 *
 *  - it is no one's who isn't done with the call: a handler's frame, which may
 *    come to lie there, makes the call return EINTR;
 *  - it needs no memory that somebody must free one day, nor us: whenever we
 *    die it is complete, or nothing leads to it;
 *  - what we make the thread do leaves it alone: our frames are below it
 *    (sigframe.c).
 *
 * The kernel reads it when the call is entered again. Should it be interrupted
 * once more, by SIGSTOP say, io_pgetevents alone is restarted by the kernel,
 * with what remained when we were there; the others return EINTR, as ever.
 *
 * With it we leave when the call is to end at last: so the next stop knows,
 * and any number of them doesn't add up. Who finds a register that points
 * there has it from us: no one else has anything below the red zone.
 *
 * It isn't done where the code behind the call goes on to use the register
 * (unused.c), or on a stack of unknown size. Then the time-out begins anew.
 */
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "target/priv.h"
#include "target/stack.h"

enum {
	RED_ZONE = 128,
	NS_PER_S = 1000000000,
	NS_PER_MS = 1000000,
	LONGEST_S = 1000000000, /* longer ones may well begin anew */
};

static const uint64_t MAGIC = 0x74756f2d656d6974; /* "time-out" */

/* On the patient's stack. */
struct slot {
	int64_t time[2]; /* struct timespec or timeval */
	struct io_uring_getevents_arg arg;
	uint64_t magic;
	uint64_t deadline; /* ns, CLOCK_MONOTONIC */
};

uint64_t timeout_slot(uint64_t rsp)
{
	return (rsp - RED_ZONE - sizeof(struct slot)) & ~(uint64_t)15;
}

uint64_t timeout_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* ---- where it is ---- */

/* Of those with a CPU's clock what remains isn't known. */
static bool sleeps_by_clock(const struct user_regs_struct *regs)
{
	enum { RELATIVE = 0 };

	switch ((clockid_t)regs->rdi) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return regs->rsi == RELATIVE;
	}
	return false;
}

static bool is_plain_futex_wait(const struct user_regs_struct *regs)
{
	return (regs->rsi & FUTEX_CMD_MASK) == FUTEX_WAIT;
}

/* ABS_TIMER and EXT_ARG_REG are newer than some headers: 1 << 5, 1 << 6. */
static bool has_uring_arg(const struct user_regs_struct *regs)
{
	enum { KNOWN = 0x1f };

	return regs->r10 & IORING_ENTER_EXT_ARG && !(regs->r10 & ~KNOWN) &&
	       regs->r9 == sizeof(struct io_uring_getevents_arg);
}

static struct timeout in_register(unsigned long long *reg,
				  enum timeout_kind kind)
{
	return (struct timeout){.kind = *reg ? kind : TIMEOUT_NONE, .reg = reg};
}

/* Those the kernel restarts with what remains, if it isn't forbidden to. */
static struct timeout find_restart_block(struct user_regs_struct *regs)
{
	switch ((long)regs->orig_rax) {
	case SYS_poll:
		return in_register(&regs->rdx, TIMEOUT_MS);
	case SYS_nanosleep:
		return in_register(&regs->rdi, TIMEOUT_TIMESPEC);
	case SYS_clock_nanosleep:
		if (sleeps_by_clock(regs))
			return in_register(&regs->rdx, TIMEOUT_TIMESPEC);
		break;
	case SYS_futex:
		if (is_plain_futex_wait(regs))
			return in_register(&regs->r10, TIMEOUT_TIMESPEC);
	}
	return (struct timeout){0};
}

/*
 * The kernel writes what remains to the time-out of these, and restarts them,
 * unless it cannot be written.
 */
static struct timeout find_constant(struct target *t,
				    struct user_regs_struct *regs)
{
	struct timeout to = {0};
	const struct map *m;

	switch ((long)regs->orig_rax) {
	case SYS_select:
		to = in_register(&regs->r8, TIMEOUT_TIMEVAL);
		break;
	case SYS_pselect6:
		to = in_register(&regs->r8, TIMEOUT_TIMESPEC);
		break;
	case SYS_ppoll:
		to = in_register(&regs->rdx, TIMEOUT_TIMESPEC);
	}
	m = to.kind ? maps_find(&t->maps, *to.reg) : NULL;
	if (m && !(m->prot & MAP_W))
		return to;
	return (struct timeout){0};
}

struct timeout timeout_find(struct target *t, struct user_regs_struct *regs,
			    bool no_restart_block)
{
	switch ((long)regs->orig_rax) {
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
		return in_register(&regs->r10, TIMEOUT_MS);
	case SYS_epoll_pwait2:
	case SYS_semtimedop:
		return in_register(&regs->r10, TIMEOUT_TIMESPEC);
	case SYS_rt_sigtimedwait:
		return in_register(&regs->rdx, TIMEOUT_TIMESPEC);
	case SYS_io_getevents:
	case SYS_io_pgetevents:
		return in_register(&regs->r8, TIMEOUT_TIMESPEC);
	case SYS_io_uring_enter:
		if (has_uring_arg(regs))
			return in_register(&regs->r8, TIMEOUT_URING);
		return (struct timeout){0};
	}
	if (no_restart_block)
		return find_restart_block(regs);
	return find_constant(t, regs);
}

/* ---- our place for it ---- */

static uint64_t place_in_slot(const struct timeout *to, uint64_t slot)
{
	return to->kind == TIMEOUT_URING ? slot + offsetof(struct slot, arg)
					 : slot;
}

bool timeout_is_kept(const struct timeout *to,
		     const struct user_regs_struct *regs)
{
	return to->kind > TIMEOUT_MS &&
	       *to->reg == place_in_slot(to, timeout_slot(regs->rsp));
}

static bool read_all(struct target *t, uint64_t addr, void *data, size_t len)
{
	return target_read_partial(t, addr, data, len) == len;
}

static bool load_time(struct target *t, uint64_t addr, uint64_t unit,
		      uint64_t *ret_ns)
{
	int64_t time[2];

	if (!read_all(t, addr, time, sizeof(time)) || time[0] < 0 ||
	    time[0] > LONGEST_S || time[1] < 0 ||
	    time[1] >= (int64_t)(NS_PER_S / unit))
		return false;
	*ret_ns = (uint64_t)time[0] * NS_PER_S + (uint64_t)time[1] * unit;
	return true;
}

static uint64_t unit_of(const struct timeout *to)
{
	return to->kind == TIMEOUT_TIMEVAL ? 1000 : 1;
}

/* The caller's time-out, in ns; what else a slot needs is filled in. */
static bool load(struct target *t, const struct timeout *to, struct slot *slot,
		 uint64_t *ret_ns)
{
	uint64_t addr = *to->reg;

	if (to->kind == TIMEOUT_URING) {
		if (!read_all(t, addr, &slot->arg, sizeof(slot->arg)))
			return false;
		/* min_wait_usec: another time-out within this one. */
		if (!slot->arg.ts || slot->arg.pad)
			return false;
		addr = slot->arg.ts;
	}
	return load_time(t, addr, unit_of(to), ret_ns);
}

/* Only the base stack is known to have free memory below rsp. */
static bool has_room(struct target *t, const struct thread *th, uint64_t slot)
{
	uint64_t lo, hi;
	bool own;
	struct error *err = stack_bounds(t, th, &lo, &hi, &own);

	error_free(err);
	return !err && own &&
	       maps_find(&t->maps, slot) == maps_find(&t->maps, th->regs.rsp);
}

/* Not by /proc/PID/mem, which would write to a guard page as well. */
static bool store(const struct thread *th, const struct slot *slot,
		  uint64_t addr)
{
	struct iovec local = {(void *)(uintptr_t)slot, sizeof(*slot)};
	struct iovec remote = {(void *)(uintptr_t)addr, sizeof(*slot)};

	return process_vm_writev(th->tid, &local, 1, &remote, 1, 0) ==
	       (ssize_t)sizeof(*slot);
}

/* What remains, and at least the least: none at all might mean not to wait. */
static void set_time(struct slot *slot, const struct timeout *to)
{
	uint64_t now = timeout_now(), unit = unit_of(to);
	uint64_t ns = slot->deadline > now ? slot->deadline - now : 1;

	ns = (ns + unit - 1) / unit * unit;
	slot->time[0] = (int64_t)(ns / NS_PER_S);
	slot->time[1] = (int64_t)(ns % NS_PER_S / unit);
}

static void renew(struct target *t, const struct thread *th,
		  const struct timeout *to)
{
	uint64_t addr = timeout_slot(th->regs.rsp);
	struct slot slot;

	if (!read_all(t, addr, &slot, sizeof(slot)) || slot.magic != MAGIC)
		return;
	set_time(&slot, to);
	/* If that fails it was unmapped by another thread. */
	(void)store(th, &slot, addr);
}

static void keep_in_memory(struct target *t, struct thread *th,
			   const struct timeout *to, uint64_t begin)
{
	uint64_t addr = timeout_slot(th->regs.rsp), ns;
	struct slot slot = {.magic = MAGIC};

	if (!has_room(t, th, addr) ||
	    !register_is_unused(t, &th->regs, to->reg) ||
	    !load(t, to, &slot, &ns) || !ns)
		return;
	slot.deadline = (begin ? begin : timeout_now()) + ns;
	slot.arg.ts = addr + offsetof(struct slot, time);
	set_time(&slot, to);
	if (store(th, &slot, addr))
		*to->reg = place_in_slot(to, addr);
}

static void keep_in_register(struct target *t, struct thread *th,
			     const struct timeout *to, uint64_t begin)
{
	int64_t ms = (int)*to->reg, waited;

	if (!begin || ms <= 0 || !register_is_unused(t, &th->regs, to->reg))
		return;
	waited = (int64_t)(timeout_now() - begin) / NS_PER_MS;
	if (waited > 0)
		*to->reg = (uint64_t)(waited < ms ? ms - waited : 0);
}

void timeout_keep(struct target *t, struct thread *th, bool no_restart_block)
{
	struct timeout to = timeout_find(t, &th->regs, no_restart_block);
	uint64_t begin = 0;

	if (to.kind && th->priv->wait.nr == (long)th->regs.orig_rax &&
	    wait_goes_on(t->pid, th, 1))
		begin = th->priv->wait.begin_ns;
	if (timeout_is_kept(&to, &th->regs))
		renew(t, th, &to);
	else if (to.kind == TIMEOUT_MS)
		keep_in_register(t, th, &to, begin);
	else if (to.kind)
		keep_in_memory(t, th, &to, begin);
}
