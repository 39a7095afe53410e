// SPDX-License-Identifier: GPL-2.0-or-later
/* What is judged to be left over on the stack of a thread that has exited. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/contexts.h"
#include "patient.h"

enum {
	PAGE = 4096,
	STACK = 4 * PAGE,
	TCB = 3 * PAGE + 64, /* where it is on the stack */
	TID = 0x2d0,	     /* of glibc's struct pthread */
	WORD = 2 * PAGE,     /* what looks like a context */
	MAX_FRAMES_HERE = 256,
};

struct row {
	const char *what;
	int32_t tid;
	bool no_tcb;	   /* the memory has been used for something else */
	bool changed;	   /* the word is another than was found */
	bool stored_there; /* the context is on this stack, its sp is not */
	bool above;	   /* above the TCB */
	bool left_over;
};

static const struct row rows[] = {
	{"cleared by the kernel", .tid = 0, .left_over = true},
	{"joined", .tid = -1, .left_over = true},
	{"alive", .tid = 4711},
	{"used for something else", .tid = 0, .no_tcb = true},
	{"another word by now", .tid = 4711, .changed = true,
	 .left_over = true},
	{"stored there, joined", .tid = -1, .stored_there = true,
	 .left_over = true},
	{"stored there, alive", .tid = 4711, .stored_there = true},
	{"above the TCB", .tid = -1, .stored_there = true, .above = true},
};

/* Both in the memory that a child inherits. */
static uint8_t *stack, *elsewhere;

static void sleeper(struct shared *s, long arg)
{
	(void)arg;
	s->ready = 1;
	for (;;)
		pause();
}

static uint64_t place_of_word(const struct row *r)
{
	return (uint64_t)stack + (r->above ? TCB + 1024 : WORD);
}

static void fill(const struct row *r)
{
	uint64_t self = r->no_tcb ? 0 : (uint64_t)stack + TCB;
	uint64_t pc = (uint64_t)sleeper + 1 + r->changed;

	memset(stack, 0, STACK);
	memcpy(stack + TCB, &self, 8);
	memcpy(stack + TCB + TID, &r->tid, 4);
	memcpy((void *)place_of_word(r), &pc, 8);
}

static struct error *judge(const struct row *r, struct safety *s)
{
	struct region regions[] = {
		{.start = (uint64_t)stack, .end = (uint64_t)stack + STACK,
		 .tcb = (uint64_t)stack + TCB, .has_hits = true},
		{.start = (uint64_t)elsewhere,
		 .end = (uint64_t)elsewhere + PAGE, .has_hits = true},
	};
	struct hit hit = {
		.addr = place_of_word(r), .pair = true,
		.raw = (uint64_t)sleeper + 1, .value = (uint64_t)sleeper + 1,
		.sp = r->stored_there ? (uint64_t)elsewhere + 512
				      : (uint64_t)stack + WORD + 512,
	};
	struct contexts c = {.s = s, .t = s->t, .regions = regions,
			     .nregions = 2, .hits = &hit, .nhits = 1};

	/* In the order of their addresses. */
	if (regions[0].start > regions[1].start) {
		struct region low = regions[1];

		regions[1] = regions[0];
		regions[0] = low;
	}
	return contexts_check(&c);
}

static bool is_left_over(const struct row *r)
{
	struct frame frames[MAX_FRAMES_HERE];
	struct plan plan = {0};
	_cleanup_(target_closep) struct target *t = NULL;
	_cleanup_(unwinder_destroyp) struct unwinder *uw = NULL;

	fill(r);
	struct patient p = patient_start(sleeper, 0);
	must(target_open(p.pid, &t));
	must(unwinder_create(t, &uw));
	struct safety s = {.t = t, .plan = &plan, .uw = uw, .frames = frames};
	struct error *err = judge(r, &s);
	bool left_over = !err;

	if (err)
		assert_int_equal(err->code, ERR_UNSAFE);
	error_free(err);
	patient_end(&p);
	return left_over;
}

static void words_on_stacks_of_threads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (is_left_over(&rows[i]) == rows[i].left_over)
			continue;
		print_error("%s\n", rows[i].what);
		fail();
	}
}

static void *map(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_on_stacks_of_threads),
	};

	stack = map(STACK);
	elsewhere = map(PAGE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
