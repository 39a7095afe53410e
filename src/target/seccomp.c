// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Would the thread's seccomp filters let our system calls pass? A filter may
 * well kill the process for an mmap(PROT_EXEC). So its filters are read and
 * carried out here, on the very calls that are to be made.
 *
 * Where a call is forbidden to all threads, guard.c is the way round.
 */
#include "target/remote.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

struct machine {
	uint32_t a, x, mem[BPF_MEMWORDS];
	const struct seccomp_data *data;
};

static uint32_t alu(uint16_t code, uint32_t a, uint32_t b)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_AND:
		return a & b;
	case BPF_OR:
		return a | b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return b < 32 ? a << b : 0;
	case BPF_RSH:
		return b < 32 ? a >> b : 0;
	case BPF_NEG:
		return -a;
	}
	return 0;
}

static bool jump_taken(uint16_t code, uint32_t a, uint32_t b)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JSET:
		return a & b;
	}
	return false;
}

/* What BPF_LD and BPF_LDX of a filter that the kernel has accepted load. */
static uint32_t load(const struct machine *m, const struct sock_filter *f)
{
	uint32_t word = 0;

	switch (BPF_MODE(f->code)) {
	case BPF_IMM:
		return f->k;
	case BPF_MEM:
		return f->k < BPF_MEMWORDS ? m->mem[f->k] : 0;
	case BPF_LEN:
		return sizeof(*m->data);
	case BPF_ABS:
		if (f->k <= sizeof(*m->data) - sizeof(word))
			memcpy(&word, (const char *)m->data + f->k,
			       sizeof(word));
	}
	return word;
}

static void store(struct machine *m, uint32_t k, uint32_t v)
{
	if (k < BPF_MEMWORDS)
		m->mem[k] = v;
}

/* The filter's verdict; a malformed one kills. Jumps only go forward. */
static uint32_t run_filter(const struct sock_filter *prog, size_t len,
			   const struct seccomp_data *data)
{
	struct machine m = {.data = data};

	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *f = &prog[pc];
		uint32_t operand = BPF_SRC(f->code) == BPF_X ? m.x : f->k;

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			m.a = load(&m, f);
			break;
		case BPF_LDX:
			m.x = load(&m, f);
			break;
		case BPF_ST:
			store(&m, f->k, m.a);
			break;
		case BPF_STX:
			store(&m, f->k, m.x);
			break;
		case BPF_ALU:
			m.a = alu(f->code, m.a, operand);
			break;
		case BPF_JMP:
			if (BPF_OP(f->code) == BPF_JA)
				pc += f->k;
			else
				pc += jump_taken(f->code, m.a, operand) ? f->jt
									: f->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(f->code) == BPF_A ? m.a : f->k;
		case BPF_MISC:
			if (BPF_MISCOP(f->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static struct error *check_call(const struct remote *r,
				const struct sock_filter *prog, size_t len,
				long nr, const uint64_t args[6],
				bool *ret_forbidden)
{
	struct seccomp_data data = {
		.nr = (int)nr,
		.arch = AUDIT_ARCH_X86_64,
		.instruction_pointer = r->t->priv->syscall_ret + 2,
	};
	uint32_t action;

	memcpy(data.args, args, sizeof(data.args));
	action = run_filter(prog, len, &data) & SECCOMP_RET_ACTION_FULL;
	if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG)
		return NULL;
	*ret_forbidden = true;
	return error_new(ERR_FAILED,
			 "pid %d (%s): thread %d: its seccomp filter forbids "
			 "system call %ld, which is needed (action %#x)",
			 r->t->pid, r->t->comm, r->tid, nr, action);
}

static struct error *check_filter(const struct remote *r,
				  const struct sock_filter *prog, size_t len,
				  const struct remote_call *calls, size_t n,
				  bool *ret_forbidden)
{
	for (size_t i = 0; i < n; i++)
		TRY(check_call(r, prog, len, calls[i].nr, calls[i].args,
			       ret_forbidden));
	return NULL;
}

static struct error *check_filters(const struct remote *r,
				   const struct remote_call *calls, size_t n,
				   bool *ret_forbidden)
{
	for (unsigned long i = 0;; i++) {
		long len =
			ptrace((enum __ptrace_request)PTRACE_SECCOMP_GET_FILTER,
			       r->tid, (void *)i, NULL);

		if (len < 0 && errno == ENOENT && i)
			return NULL;
		if (len < 0)
			return error_new(ERR_PRIVILEGE,
					 "pid %d (%s): has a seccomp filter, "
					 "which cannot be examined without "
					 "CAP_SYS_ADMIN, or by a process that "
					 "has a filter itself: %s",
					 r->t->pid, r->t->comm,
					 strerror(errno));

		_autofree_ struct sock_filter *prog =
			xcalloc((size_t)len + 1, sizeof(*prog));
		if (ptrace((enum __ptrace_request)PTRACE_SECCOMP_GET_FILTER,
			   r->tid, (void *)i, prog) != len)
			return error_errno(errno,
					   "pid %d: cannot read a "
					   "seccomp filter",
					   r->t->pid);
		TRY(check_filter(r, prog, (size_t)len, calls, n,
				 ret_forbidden));
	}
}

/* SECCOMP_MODE_...; -1 if the thread is gone. */
static int mode_of(pid_t pid, pid_t tid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read(&b, "/proc/%d/task/%d/status", pid, tid))
		return -1;
	return (int)proc_status(b.data, "Seccomp", 10);
}

bool seccomp_is_on(pid_t pid, pid_t tid)
{
	return mode_of(pid, tid) > SECCOMP_MODE_DISABLED;
}

bool seccomp_lets_restart(struct target *t, const struct thread *th)
{
	const struct user_regs_struct *regs = &th->regs;
	const struct remote r = {.t = t, .tid = th->tid};
	const struct remote_call call = {
		.nr = SYS_restart_syscall,
		.args = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8,
			 regs->r9},
	};
	bool forbidden;
	struct error *err = check_filters(&r, &call, 1, &forbidden);

	error_free(err);
	return !err;
}

static struct error *check_all(const struct remote *r,
			       const struct remote_call *calls, size_t n,
			       bool *ret_forbidden)
{
	_autofree_ struct remote_call *all = xcalloc(n + 1, sizeof(*all));

	if (n)
		memcpy(all, calls, n * sizeof(*all));
	all[n].nr = SYS_rt_sigreturn;
	return check_filters(r, all, n + 1, ret_forbidden);
}

struct error *seccomp_check(const struct remote *r,
			    const struct remote_call *calls, size_t n,
			    bool *ret_forbidden)
{
	switch (mode_of(r->t->pid, r->tid)) {
	case -1:
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: has exited",
				 r->t->pid, r->t->comm, r->tid);
	case SECCOMP_MODE_DISABLED:
		return NULL;
	case SECCOMP_MODE_FILTER:
		return check_all(r, calls, n, ret_forbidden);
	}
	*ret_forbidden = true;
	return error_new(ERR_FAILED,
			 "pid %d (%s): is in seccomp's strict mode, which "
			 "allows it no system call that is needed",
			 r->t->pid, r->t->comm);
}
