// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A signal frame as the kernel writes it for a handler (struct rt_sigframe,
 * arch/x86/include/asm/sigframe.h; kernel 6.18).
 *
 *	rsp	   128 bytes of red zone
 *		   perhaps a time-out of ours (timeout.c)
 *		   data of the calls
 *		   xsave area, 64-byte aligned, and the word after it
 *	frame + 8  struct ucontext; its fpstate points to the xsave area
 *	frame	   address of the trampoline; 8 bytes off 16-byte alignment
 */
#include "target/remote.h"

#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "target/stack.h"

/* uapi/asm/sigcontext.h, ucontext.h: not together with <signal.h> of glibc */
struct kernel_ucontext {
	uint64_t flags, link;
	uint64_t ss_sp;
	uint32_t ss_flags, pad;
	uint64_t ss_size;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2;
	uint64_t fpstate;
	uint64_t reserved[8];
	uint64_t sigmask;
};

/* Bytes 464..511 of the xsave area: struct _fpx_sw_bytes. */
struct fpx_sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t xfeatures;
	uint32_t xstate_size, padding[7];
};

enum {
	XSAVE_MIN = 512 + 64, /* legacy area and header */
	XSAVE_MAX = 16384,
	SW_BYTES = 464,
	FRAME_SIZE = 448, /* at least pretcode, ucontext, siginfo: 440 */
	UC_FLAGS = 7,     /* FP_XSTATE, SIGCONTEXT_SS, STRICT_RESTORE_SS */
	FP_XSTATE_MAGIC1 = 0x46505853,
	FP_XSTATE_MAGIC2 = 0x46505845,
};

/* The part of the xsave area that the components in use need. */
static size_t xsave_size(const uint8_t *xsave)
{
	size_t size = XSAVE_MIN;
	uint64_t in_use;

	memcpy(&in_use, xsave + 512, sizeof(in_use)); /* XSTATE_BV */
	for (unsigned int i = 2; i < 63; i++) {
		unsigned int len, offset, c, d;

		if (!(in_use >> i & 1))
			continue;
		__cpuid_count(0xd, i, len, offset, c, d);
		if (offset + len > size)
			size = offset + len;
	}
	return size;
}

/*
 * Turns what PTRACE_GETREGSET gives, where the first software word is the
 * mask of the features, into what rt_sigreturn wants. Features that are in
 * the mask but not in use get their initial state.
 */
static struct error *read_xsave(pid_t tid, uint8_t *xsave, size_t *ret_size)
{
	struct iovec iov = {xsave, XSAVE_MAX};
	struct fpx_sw_bytes sw = {.magic1 = FP_XSTATE_MAGIC1};
	static const uint32_t magic2 = FP_XSTATE_MAGIC2;
	size_t size;

	if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_X86_XSTATE, &iov))
		return error_errno(errno,
				   "thread %d: cannot read its vector "
				   "registers",
				   tid);
	if (iov.iov_len < XSAVE_MIN)
		return error_new(ERR_FAILED,
				 "thread %d: xsave area of %zu "
				 "bytes",
				 tid, iov.iov_len);
	size = xsave_size(xsave);
	if (size > iov.iov_len || size + sizeof(magic2) > XSAVE_MAX)
		return error_new(ERR_FAILED,
				 "thread %d: xsave area of %zu "
				 "bytes",
				 tid, size);
	memcpy(&sw.xfeatures, xsave + SW_BYTES, sizeof(sw.xfeatures));
	sw.xstate_size = (uint32_t)size;
	sw.extended_size = (uint32_t)(size + sizeof(magic2));
	memcpy(xsave + SW_BYTES, &sw, sizeof(sw));
	memcpy(xsave + size, &magic2, sizeof(magic2));
	*ret_size = size + sizeof(magic2);
	return NULL;
}

/*
 * rt_sigreturn restarts no system call: do it here. restart_syscall (what
 * poll and nanosleep restart with) is not possible, as rt_sigreturn clears
 * its state; these begin anew, or return EINTR if restarted before. All that
 * only if we die: else the registers are restored exactly.
 */
static void fill_restart(const struct user_regs_struct *regs,
			 struct kernel_ucontext *uc)
{
	enum {
		ERESTARTSYS = 512,
		ENOIOCTLCMD = 515,
		ERESTART_RESTARTBLOCK = 516
	};
	int64_t result = (int64_t)regs->rax;

	if (!regs_in_syscall(regs) || result > -ERESTARTSYS ||
	    result < -ERESTART_RESTARTBLOCK || result == -ENOIOCTLCMD)
		return;
	uc->rax = regs->orig_rax;
	uc->rip -= 2; /* syscall, sysenter, int $0x80: all of two bytes */
}

static void fill_ucontext(const struct user_regs_struct *g, uint64_t fpstate,
			  uint64_t sigmask, struct kernel_ucontext *uc)
{

	*uc = (struct kernel_ucontext){
		.flags = UC_FLAGS,
		/* Invalid, so that the alternate stack is left alone. */
		.ss_sp = UINT64_MAX,
		.ss_flags = 0x7770,
		.r8 = g->r8,
		.r9 = g->r9,
		.r10 = g->r10,
		.r11 = g->r11,
		.r12 = g->r12,
		.r13 = g->r13,
		.r14 = g->r14,
		.r15 = g->r15,
		.rdi = g->rdi,
		.rsi = g->rsi,
		.rbp = g->rbp,
		.rbx = g->rbx,
		.rdx = g->rdx,
		.rax = g->rax,
		.rcx = g->rcx,
		.rsp = g->rsp,
		.rip = g->rip,
		.eflags = g->eflags,
		.cs = (uint16_t)g->cs,
		.ss = (uint16_t)g->ss,
		.fpstate = fpstate,
		.sigmask = sigmask,
	};
	fill_restart(g, uc);
}

/* Puts the calls' data below `top`; returns the lowest address. */
static uint64_t place_data(struct remote_call *calls, size_t n, uint64_t top)
{
	for (size_t i = 0; i < n; i++) {
		if (!calls[i].data)
			continue;
		top = (top - calls[i].data_len) & ~(uint64_t)15;
		calls[i].args[calls[i].data_arg] = top;
	}
	return top;
}

static struct error *no_room(struct remote *r)
{
	return error_new(ERR_UNSAFE,
			 "pid %d (%s): thread %d: no room on its stack",
			 r->t->pid, r->t->comm, r->tid);
}

/*
 * With process_vm_writev, which unlike /proc/PID/mem does not write to the
 * guard page below a stack.
 */
static struct error *write_stack(struct remote *r, const void *bytes,
				 size_t len, uint64_t addr)
{
	struct iovec local = {(void *)bytes, len};
	struct iovec remote = {(void *)(uintptr_t)addr, len};

	if (process_vm_writev(r->tid, &local, 1, &remote, 1, 0) == (ssize_t)len)
		return NULL;
	return no_room(r);
}

static struct error *write_data(struct remote *r,
				const struct remote_call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (calls[i].data)
			TRY(write_stack(r, calls[i].data, calls[i].data_len,
					calls[i].args[calls[i].data_arg]));
	return NULL;
}

/* Only the base stack is known to have free memory below rsp. */
static struct error *check_stack(struct remote *r)
{
	struct thread th = {.tid = r->tid, .regs = r->regs};
	uint64_t lo, hi;
	bool own;

	TRY(stack_bounds(r->t, &th, &lo, &hi, &own));
	if (!own)
		return error_new(ERR_UNSAFE,
				 "pid %d (%s): thread %d: is on a stack (of a "
				 "coroutine or a signal) of unknown size",
				 r->t->pid, r->t->comm, r->tid);
	return NULL;
}

struct error *sigframe_write(struct remote *r, struct remote_call *calls,
			     size_t n)
{
	uint8_t bytes[FRAME_SIZE + 64 + XSAVE_MAX] = {0};
	uint8_t xsave[XSAVE_MAX] __attribute__((aligned(64)));
	uint64_t fpstate;
	size_t xsave_len = 0;
	struct kernel_ucontext uc;

	TRY(check_stack(r));
	TRY(read_xsave(r->tid, xsave, &xsave_len));
	fpstate = place_data(calls, n, timeout_slot(r->regs.rsp)) - xsave_len;
	fpstate &= ~(uint64_t)63;
	r->frame = ((fpstate - FRAME_SIZE) & ~(uint64_t)15) - 8;
	if (maps_find(&r->t->maps, r->frame) !=
	    maps_find(&r->t->maps, r->regs.rsp))
		return no_room(r);
	fill_ucontext(&r->regs, fpstate, r->sigmask, &uc);
	memcpy(bytes, &r->t->priv->restorer, 8);
	memcpy(bytes + 8, &uc, sizeof(uc));
	memcpy(bytes + (fpstate - r->frame), xsave, xsave_len);
	TRY(write_stack(r, bytes, fpstate - r->frame + xsave_len, r->frame));
	return write_data(r, calls, n);
}

/* Without vector registers, which only the last frame restores. */
static struct error *write_link(struct remote *r, const struct remote_call *c,
				uint64_t addr)
{
	struct user_regs_struct regs = r->regs;
	uint8_t bytes[FRAME_SIZE] = {0};
	struct kernel_ucontext uc;

	remote_set_call(r, c, addr + FRAME_SIZE, &regs);
	fill_ucontext(&regs, 0, UINT64_MAX, &uc);
	memcpy(bytes, &r->t->priv->restorer, 8);
	memcpy(bytes + 8, &uc, sizeof(uc));
	return write_stack(r, bytes, sizeof(bytes), addr);
}

struct error *sigframe_write_chain(struct remote *r,
				   const struct remote_call *calls, size_t n,
				   uint64_t *ret_frame)
{
	uint64_t frame = r->frame;

	if (maps_find(&r->t->maps, frame - (n - 1) * FRAME_SIZE) !=
	    maps_find(&r->t->maps, frame))
		return no_room(r);
	for (size_t i = n - 1; i > 0; i--) {
		frame -= FRAME_SIZE;
		TRY(write_link(r, &calls[i], frame));
	}
	*ret_frame = frame;
	return NULL;
}
