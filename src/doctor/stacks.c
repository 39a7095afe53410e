// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The live stacks of stopped threads, in few bulk reads, and which of them
 * have a signal handler's frame: the kernel makes it return to a trampoline
 * (SA_RESTORER), `mov $__NR_rt_sigreturn, %eax or %rax; syscall`. Behind such
 * a frame the interrupted ones may be anywhere, also below on the same stack
 * (an alternate signal stack that is an array of main()), so that a scan from
 * rsp upwards would miss them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "doctor/safety.h"
#include "target/stack.h"

#define MAX_STACK ((uint64_t)256 << 20)
#define CODE_LEN 9u

enum word_kind { WORD_UNKNOWN, WORD_PLAIN, WORD_TRAMPOLINE };

struct word {
	uint64_t addr; /* 0: empty */
	enum word_kind kind;
};

/* Code addresses that were seen on stacks: most threads have the same. */
struct trampolines {
	struct map *code; /* executable ranges, ascending; paths are not ours */
	size_t ncode;
	struct word *table;
	size_t count, cap; /* cap is a power of 2 */
};

struct trampolines *trampolines_create(const struct maps *m)
{
	struct trampolines *tr = xcalloc(1, sizeof(*tr));

	tr->code = xcalloc(m->count, sizeof(*tr->code));
	for (size_t i = 0; i < m->count; i++) {
		if (m->all[i].prot & MAP_X)
			tr->code[tr->ncode++] = m->all[i];
	}
	tr->cap = 4096;
	tr->table = xcalloc(tr->cap, sizeof(*tr->table));
	return tr;
}

void trampolines_destroy(struct trampolines *tr)
{
	if (!tr)
		return;
	free(tr->code);
	free(tr->table);
	free(tr);
}

static bool is_code(const struct trampolines *tr, uint64_t addr)
{
	size_t lo = 0, hi = tr->ncode;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (addr >= tr->code[mid].end)
			lo = mid + 1;
		else if (addr < tr->code[mid].start)
			hi = mid;
		else
			return true;
	}
	return false;
}

static struct word *find_word(const struct trampolines *tr, uint64_t addr)
{
	size_t i = (addr * 0x9e3779b97f4a7c15u) >> 32 & (tr->cap - 1);

	while (tr->table[i].addr && tr->table[i].addr != addr)
		i = (i + 1) & (tr->cap - 1);
	return &tr->table[i];
}

static void add_word(struct trampolines *tr, uint64_t addr)
{
	struct word *w = find_word(tr, addr);

	if (w->addr)
		return;
	w->addr = addr;
	if (++tr->count * 2 < tr->cap)
		return;
	struct trampolines old = *tr;
	tr->cap *= 2;
	tr->table = xcalloc(tr->cap, sizeof(*tr->table));
	for (size_t i = 0; i < old.cap; i++) {
		if (old.table[i].addr)
			*find_word(tr, old.table[i].addr) = old.table[i];
	}
	free(old.table);
}

static bool is_trampoline(const uint8_t code[CODE_LEN])
{
	return !memcmp(code, "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", 9) ||
	       !memcmp(code, "\xb8\x0f\x00\x00\x00\x0f\x05", 7);
}

/* Reads the code at all words that are new. */
static void classify_words(struct target *t, struct trampolines *tr)
{
	struct iorange *ranges = xcalloc(tr->count, sizeof(*ranges));
	struct word **words = xcalloc(tr->count, sizeof(*words));
	uint8_t *code = xcalloc(tr->count, CODE_LEN);
	size_t n = 0;

	for (size_t i = 0; i < tr->cap; i++) {
		struct word *w = &tr->table[i];

		if (!w->addr || w->kind != WORD_UNKNOWN)
			continue;
		ranges[n] = (struct iorange){.addr = w->addr,
					     .data = code + n * CODE_LEN,
					     .len = CODE_LEN};
		words[n++] = w;
	}
	target_read_many(t, ranges, n);
	/* What cannot be read may be a trampoline; a short one is read short. */
	for (size_t i = 0; i < n; i++)
		words[i]->kind = ranges[i].done == 0 ||
				 is_trampoline(code + i * CODE_LEN)
					 ? WORD_TRAMPOLINE : WORD_PLAIN;
	free(ranges);
	free(words);
	free(code);
}

static void measure_stack(struct safety *s, size_t i)
{
	const struct thread *th = &s->t->threads[i];
	struct stack *st = &s->stacks[i];
	uint64_t lo, hi;

	*st = (struct stack){.tid = th->tid, .regs = th->regs,
			     .lo = th->regs.rsp & ~7ull, .first = s->nwords};
	struct error *err = stack_bounds(s->t, th, &lo, &hi, &st->own);
	if (err || hi < st->lo || hi - st->lo > MAX_STACK)
		st->own = false;
	else
		st->count = (hi - st->lo) / 8;
	error_free(err);
	s->nwords += st->count;
}

static void make_room_for_words(struct safety *s)
{
	if (s->nwords <= s->words_cap)
		return;
	s->words_cap = s->nwords + s->nwords / 2;
	s->words = xrealloc(s->words, s->words_cap * sizeof(*s->words));
}

/*
 * Whether the word may be where a handler returns to: the kernel puts that at 8
 * modulo 16, and behind it what it has interrupted (struct rt_sigframe), the
 * code segment there, which is one of user mode, beside those that are always 0
 * (gs and fs of setup_sigcontext() in arch/x86/kernel/signal_64.c). That is
 * seen without a look at the code, for which the threads would wait.
 */
static bool may_begin_frame(const struct safety *s, const struct stack *st,
			    size_t k)
{
	enum { SEGMENTS = (8 + 40 + 18 * 8) / 8, USER_MODE = 3 };

	if ((st->lo + 8 * k) % 16 != 8 || st->count - k <= SEGMENTS)
		return false;
	uint64_t segments = s->words[st->first + k + SEGMENTS];

	return (segments & 0xffffffff0000) == 0 &&
	       (segments & USER_MODE) == USER_MODE &&
	       is_code(s->trampolines, s->words[st->first + k]);
}

static void find_signal_frames(struct safety *s)
{
	struct trampolines *tr = s->trampolines;
	size_t before = tr->count;

	for (size_t d = 0; d < s->ndue; d++) {
		const struct stack *st = &s->stacks[s->due[d]];

		for (size_t k = 0; k < st->count; k++) {
			if (may_begin_frame(s, st, k))
				add_word(tr, s->words[st->first + k]);
		}
	}
	if (tr->count > before)
		classify_words(s->t, tr);
	for (size_t d = 0; d < s->ndue && tr->count; d++) {
		struct stack *st = &s->stacks[s->due[d]];

		for (size_t k = 0; k < st->count; k++) {
			uint64_t w = s->words[st->first + k];

			if (may_begin_frame(s, st, k) &&
			    find_word(tr, w)->kind == WORD_TRAMPOLINE)
				st->signal = true;
		}
	}
}

void stacks_read(struct safety *s)
{
	for (size_t d = 0; d < s->ndue; d++)
		measure_stack(s, s->due[d]);
	make_room_for_words(s);
	for (size_t d = 0; d < s->ndue; d++) {
		const struct stack *st = &s->stacks[s->due[d]];

		s->ranges[d] = (struct iorange){
			.addr = st->lo,
			.data = s->words + st->first,
			.len = st->count * 8,
		};
	}
	target_read_many(s->t, s->ranges, s->ndue);
	for (size_t d = 0; d < s->ndue; d++) {
		struct stack *st = &s->stacks[s->due[d]];

		if (s->ranges[d].done != s->ranges[d].len)
			st->own = false;
		st->count = s->ranges[d].done / 8;
	}
	find_signal_frames(s);
}
