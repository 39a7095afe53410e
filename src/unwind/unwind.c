// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/unwind.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "unwind/priv.h"

struct unwinder {
	struct target *t;
	struct objects regions; /* added by hand, looked up first */
	struct objects mapped;
	struct window stack, text;
};

struct error *unwinder_create(struct target *t, struct unwinder **ret_uw)
{
	struct unwinder *uw = xcalloc(1, sizeof(*uw));

	uw->t = t;
	uw->stack.t = t;
	uw->text.t = t;
	*ret_uw = uw;
	return NULL;
}

void unwinder_destroy(struct unwinder *uw)
{
	if (!uw)
		return;
	objects_deinit(&uw->regions);
	objects_deinit(&uw->mapped);
	free(uw);
}

void unwinder_destroyp(struct unwinder **uw)
{
	unwinder_destroy(*uw);
}

struct error *unwinder_add_region(struct unwinder *uw, uint64_t lo, uint64_t hi,
				  uint64_t eh_frame_addr, const void *eh_frame,
				  size_t len)
{
	struct objects *r = &uw->regions;

	VEC_GROW(r->all, r->count, r->cap);
	r->all[r->count++] =
		object_from_eh_frame(lo, hi, eh_frame_addr, eh_frame, len);
	return NULL;
}

/* ---- one step ---- */

/* What becomes of a frame: its caller's registers, or the end. */
enum step { STEP_CALLER, STEP_OUTERMOST, STEP_UNKNOWN };

struct walk {
	struct unwinder *uw;
	struct registers regs;
	bool interrupted; /* pc is not a return address */
	uint64_t cfa;     /* of the frame just left */
	bool signal;      /* the frame just left was a signal trampoline's */
	const char *why;
};

static enum step unknown(struct walk *w, const char *why)
{
	w->why = why;
	return STEP_UNKNOWN;
}

/*
 * A register without a rule. What a function must preserve it has preserved
 * (the psABI's rbx rbp r12..r15; libdw 0.188's own default leaves out rbx,
 * which _dl_runtime_resolve needs, and has rax instead). The rest is only
 * known if CFI says so.
 */
static bool unchanged_register(const struct walk *w, int reg, bool same_value,
			       uint64_t *ret)
{
	static const uint32_t preserved =
		1u << DWARF_RBX | 1u << DWARF_RBP | 0xfu << DWARF_R12;

	*ret = w->regs.value[reg];
	return w->regs.known >> reg & 1 &&
	       (preserved >> reg & 1 || (same_value && reg != DWARF_RAX));
}

/* A register's value in the caller; false if it isn't known. */
static bool caller_register(struct walk *w, Dwarf_Frame *frame, int reg,
			    uint64_t cfa, uint64_t *ret)
{
	Dwarf_Op mem[3], *ops;
	size_t nops;

	if (dwarf_frame_register(frame, reg, mem, &ops, &nops))
		return false;
	if (!nops)
		return unchanged_register(w, reg, !ops, ret);
	switch (expression_eval(ops, nops, &w->regs, &cfa, &w->uw->stack,
				ret)) {
	case VALUE_ITSELF:
		return true;
	case VALUE_ADDRESS:
		return window_read(&w->uw->stack, *ret, ret, sizeof(*ret));
	default:
		return false;
	}
}

static bool return_address_undefined(Dwarf_Frame *frame, int reg)
{
	Dwarf_Op mem[3], *ops;
	size_t nops;

	return !dwarf_frame_register(frame, reg, mem, &ops, &nops) && !nops &&
	       ops == mem;
}

static bool frame_cfa(struct walk *w, Dwarf_Frame *frame, uint64_t *ret)
{
	Dwarf_Op *ops;
	size_t nops;

	return !dwarf_frame_cfa(frame, &ops, &nops) && nops &&
	       expression_eval(ops, nops, &w->regs, NULL, &w->uw->stack, ret) !=
		       VALUE_UNKNOWN;
}

static enum step apply_frame(struct walk *w, Dwarf_Frame *frame)
{
	struct registers caller = {0};
	bool signal = false;
	uint64_t cfa;
	int ra = dwarf_frame_info(frame, NULL, NULL, &signal);

	if (ra != DWARF_PC)
		return unknown(w, "a frame with another return register");
	if (return_address_undefined(frame, ra))
		return STEP_OUTERMOST;
	if (!frame_cfa(w, frame, &cfa))
		return unknown(w, "a frame whose CFA cannot be evaluated");
	for (int reg = 0; reg < DWARF_COUNT; reg++)
		if (caller_register(w, frame, reg, cfa, &caller.value[reg]))
			caller.known |= 1u << reg;
	if (!(caller.known >> DWARF_PC & 1))
		return unknown(w, "a frame whose return address cannot be "
				  "read");
	if (!(caller.known >> DWARF_RSP & 1)) {
		caller.value[DWARF_RSP] = cfa;
		caller.known |= 1u << DWARF_RSP;
	}
	w->regs = caller;
	w->cfa = cfa;
	w->signal = signal;
	return STEP_CALLER;
}

/* mov $15, %eax or %rax; syscall */
static bool is_trampoline(struct walk *w, uint64_t pc)
{
	static const uint8_t rax[] = {0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 5};
	static const uint8_t eax[] = {0xb8, 15, 0, 0, 0, 0x0f, 5};
	uint8_t code[sizeof(rax)];

	return window_read(&w->uw->text, pc, code, sizeof(code)) &&
	       (!memcmp(code, rax, sizeof(rax)) ||
		!memcmp(code, eax, sizeof(eax)));
}

/*
 * A trampoline without CFI (musl, Go): the kernel's struct ucontext is at rsp,
 * its registers 40 bytes on (uapi/asm/sigcontext.h).
 */
static enum step apply_ucontext(struct walk *w)
{
	/* r8..r15 rdi rsi rbp rbx rdx rax rcx rsp rip in DWARF's numbers */
	static const uint8_t order[DWARF_COUNT] = {
		8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16};
	uint64_t saved[DWARF_COUNT], rsp = w->regs.value[DWARF_RSP];

	if (!window_read(&w->uw->stack, rsp + 40, saved, sizeof(saved)))
		return unknown(w, "a signal frame that cannot be read");
	for (int i = 0; i < DWARF_COUNT; i++)
		w->regs.value[order[i]] = saved[i];
	w->regs.known = (1u << DWARF_COUNT) - 1;
	w->cfa = w->regs.value[DWARF_RSP];
	w->signal = true;
	return STEP_CALLER;
}

static enum step step(struct walk *w)
{
	uint64_t pc = w->regs.value[DWARF_PC];
	/* A call may be the last instruction of its function. */
	uint64_t at = w->interrupted ? pc : pc - 1;
	const struct object *o =
		object_at(w->uw->t, &w->uw->regions, &w->uw->mapped, at);
	_autofree_ Dwarf_Frame *frame = NULL;

	if (o->cfi && !dwarf_cfi_addrframe(o->cfi, at, &frame))
		return apply_frame(w, frame);
	if (is_trampoline(w, pc))
		return apply_ucontext(w);
	return unknown(w,
		       o->cfi ? "code without call-frame information" : o->why);
}

/* ---- is that a return address? ---- */

/* The length of `ff /2` with this ModRM and SIB byte: call *r/m. */
static size_t indirect_call_length(uint8_t modrm, uint8_t sib)
{
	uint8_t mod = modrm >> 6, rm = modrm & 7;
	size_t len = 2;

	if ((modrm >> 3 & 7) != 2)
		return 0;
	if (mod == 3)
		return len;
	len += rm == 4; /* SIB */
	if (mod == 1)
		len += 1;
	else if (mod == 2 || rm == 5 || (rm == 4 && (sib & 7) == 5))
		len += 4;
	return len;
}

/*
 * Whether a call instruction ends at pc. libdw is known to be wrong at some
 * instructions of PLTs and resolvers, hand-written assembly often is: a wrong
 * guess hardly ever leads behind a call.
 */
static bool follows_call(struct walk *w, uint64_t pc)
{
	uint8_t code[8];

	if (!window_read(&w->uw->text, pc - sizeof(code), code, sizeof(code)))
		return false;
	if (code[3] == 0xe8)
		return true;
	for (size_t len = 2; len <= 7; len++)
		if (code[8 - len] == 0xff &&
		    indirect_call_length(code[9 - len],
					 len > 2 ? code[10 - len] : 0) == len)
			return true;
	return false;
}

/*
 * What glibc's makecontext() makes a context's function return to begins with
 * `mov %rbx, %rsp` (sysdeps/unix/sysv/linux/x86_64/__start_context.S). No
 * function that is called could: so this stack ends here. Its CFI says
 * nothing of the kind.
 */
static bool is_start_context(struct walk *w, uint64_t pc)
{
	static const uint8_t mov[] = {0x48, 0x89, 0xdc};
	uint8_t code[sizeof(mov)];

	return window_read(&w->uw->text, pc, code, sizeof(code)) &&
	       !memcmp(code, mov, sizeof(mov)) && !follows_call(w, pc);
}

/* What a wrong step would most likely get wrong. */
static bool is_plausible(struct walk *w, uint64_t callee_rsp)
{
	uint64_t pc = w->regs.value[DWARF_PC];

	if (w->signal)
		return true; /* interrupted anywhere, on any stack */
	if (w->cfa <= callee_rsp) {
		w->why = "a stack that does not ascend";
		return false;
	}
	if (!follows_call(w, pc) && !is_trampoline(w, pc)) {
		w->why = "a return address that follows no call";
		return false;
	}
	return true;
}

/* ---- all steps ---- */

static void start(struct walk *w, const struct user_regs_struct *r)
{
	const uint64_t value[DWARF_COUNT] = {
		r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi,
		r->rbp, r->rsp, r->r8,  r->r9,  r->r10, r->r11,
		r->r12, r->r13, r->r14, r->r15, r->rip,
	};

	memcpy(w->regs.value, value, sizeof(value));
	w->regs.known = (1u << DWARF_COUNT) - 1;
	w->interrupted = true;
	/* What these hold is from an earlier stop. */
	w->uw->stack.len = 0;
	w->uw->text.len = 0;
}

static enum unwind_end walk_frames(struct walk *w, struct frame *frames,
				   size_t max, size_t *ret_n)
{
	for (size_t n = 0; n < max; n++) {
		struct frame *f = &frames[n];
		uint64_t rsp = w->regs.value[DWARF_RSP];
		enum step s;

		*f = (struct frame){.pc = w->regs.value[DWARF_PC],
				    .is_signal = w->interrupted};
		*ret_n = n + 1;
		s = step(w);
		if (s == STEP_UNKNOWN)
			return UNWIND_UNKNOWN;
		if (s == STEP_OUTERMOST)
			return UNWIND_COMPLETE;
		f->cfa = w->cfa;
		if (!w->regs.value[DWARF_PC] ||
		    (!w->signal && is_start_context(w, w->regs.value[DWARF_PC])))
			return UNWIND_COMPLETE;
		if (!is_plausible(w, rsp))
			return UNWIND_UNKNOWN;
		w->interrupted = w->signal;
	}
	w->why = "more frames than are looked at";
	return UNWIND_UNKNOWN;
}

static enum unwind_end walk_all(struct walk *w, struct frame *frames, size_t max,
				size_t *ret_n, const char **why)
{
	enum unwind_end end;

	*ret_n = 0;
	end = walk_frames(w, frames, max, ret_n);
	if (why)
		*why = end == UNWIND_UNKNOWN ? w->why : NULL;
	return end;
}

enum unwind_end unwind_thread(struct unwinder *uw, const struct thread *thread,
			      struct frame *frames, size_t max, size_t *ret_n,
			      const char **why)
{
	struct walk w = {.uw = uw};

	start(&w, &thread->regs);
	return walk_all(&w, frames, max, ret_n, why);
}

enum unwind_end unwind_saved(struct unwinder *uw, const struct saved_context *c,
			     struct frame *frames, size_t max, size_t *ret_n,
			     const char **why)
{
	const struct user_regs_struct regs = {
		.rip = c->pc, .rsp = c->sp, .rbp = c->rbp};
	struct walk w = {.uw = uw};

	start(&w, &regs);
	w.regs.known = 1u << DWARF_PC | 1u << DWARF_RSP;
	if (c->has_rbp)
		w.regs.known |= 1u << DWARF_RBP;
	w.interrupted = !c->is_return;
	return walk_all(&w, frames, max, ret_n, why);
}

bool unwinder_follows_call(struct unwinder *uw, uint64_t pc)
{
	struct walk w = {.uw = uw};

	return follows_call(&w, pc);
}
