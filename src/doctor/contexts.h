// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Contexts that are suspended outside of thread stacks: what makecontext(),
 * swapcontext(), setjmp() and coroutines written in assembly leave in memory
 * to return to. Such a one that is inside of what is replaced is in the way
 * like a thread.
 *
 * The memory is scanned while the process runs (contexts_scan()); in the stop
 * only what was found is looked at again (contexts_check()). docs/safety.md
 * has what that proves and what it doesn't.
 *
 * A word that is an address inside a replaced function is
 *   - a context's PC if the word before it is a stack pointer, as it is in
 *     ucontext_t and jmp_buf (mangled there) on x86-64, and if unwinding from
 *     both comes to an end;
 *   - else a return address, if it's on a suspended stack, or left over.
 * It's left over if it's on the stack of a thread that isn't suspended (those
 * are judged by safety_check()), or of one that has exited; or if a context is
 * known that is suspended on the same stack above it. A pair is left over as
 * well if it's stored where no thread's stack is any more, whatever its stack
 * pointer: a pushed register before a return address looks like one.
 */
#ifndef DOCTOR_CONTEXTS_H
#define DOCTOR_CONTEXTS_H

#include "doctor/safety.h"
#include "doctor/words.h"

/* A mapping with something of interest. */
struct region {
	uint64_t start, end;
	uint64_t tcb;	    /* of glibc: on top of a thread's stack; 0: none */
	bool has_hits;	    /* else it's of no interest in a stop */
	size_t nplain;	    /* hits that are no pairs */
	bool overflow;	    /* some were dropped: for a thread's stack */
	uint64_t judged_to; /* in a stop: up to here threads account for all */
	uint64_t dead_to;   /* and up to here nothing is in use at all */
};

struct hit {
	uint64_t addr, raw, value;
	uint64_t sp, rbp; /* of a pair */
	bool pair, mangled;
	bool weak; /* the pair's function would return to 0, so be the first */
	bool on_thread_stack; /* a stack with a TCB, or the first one */
};

/* Where a stack may be suspended, and its frames from there. */
struct root {
	uint64_t at; /* where its stack pointer is stored; 0: in a thread */
	uint64_t sp;
	uint64_t slot; /* where its first PC is on its stack; 0: it isn't */
	bool pair, complete;
	size_t first, n; /* in contexts.frames */
};

struct pointer {
	uint64_t at, value, after;
};

struct contexts {
	struct safety *s;
	struct target *t;
	struct danger *dangers; /* ascending */
	size_t ndangers, cap_dangers;
	bool has_guard;
	uint64_t guard;
	struct region *regions; /* ascending */
	size_t nregions, cap_regions;
	struct hit *hits;
	size_t nhits, cap_hits;
	struct pointer *pointers;
	size_t npointers, cap_pointers;
	struct root *roots;
	size_t nroots, cap_roots, nmemory_roots;
	struct frame *frames;
	size_t nframes, cap_frames, nmemory_frames;
	uint64_t scanned_at, scan_us, bytes;
	bool too_many;
};

/* Made while the process runs; `s` must outlive it. */
void contexts_init(struct safety *s, struct contexts *ret);
void contexts_deinit(struct contexts *c);

/*
 * While the process runs: looks for what may be a context. ERR_UNSAFE if that
 * takes longer than `limit_ms`, with what to do.
 */
struct error *contexts_scan(struct contexts *c,
			    unsigned int limit_ms) MUST_CHECK;

/*
 * With all threads stopped and safety_check() passed. ERR_UNSAFE names the
 * place in memory, the function and a backtrace.
 */
struct error *contexts_check(struct contexts *c) MUST_CHECK;

/* Whether anything was found that isn't on a thread's stack, also left-overs. */
bool contexts_any(const struct contexts *c);

/* Whether one of these is an address in [lo, hi). */
bool contexts_any_in(const struct contexts *c, uint64_t lo, uint64_t hi);

#endif
