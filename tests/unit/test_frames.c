// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The code that leads an unwinding runtime to patches' FDEs, run in this
 * process: from a page behind a table, as in a patient.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <sys/mman.h>

#include "doctor/frames.h"

#define PAGE 4096u

typedef int find_object(void *pc, struct dl_find_object *result);

static void *asked_for; /* of what stands for ld.so's function */

static int original(void *pc, struct dl_find_object *result)
{
	(void)result;
	asked_for = pc;
	return -1;
}

struct sample {
	struct frames_table *table;
	find_object *find;
	struct state_frames a, b;
};

static int setup(void **state)
{
	static struct sample s;
	uint8_t *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	s.table = (struct frames_table *)p;
	s.table->original = (uint64_t)(uintptr_t)original;
	memcpy(p + PAGE, frames_stub, (size_t)(frames_stub_end - frames_stub));
	assert_int_equal(mprotect(p + PAGE, PAGE, PROT_READ | PROT_EXEC), 0);
	s.find = (find_object *)(uintptr_t)(p + PAGE);
	s.a = (struct state_frames){0x10000, 0x12000, 0xf000, 0x13000, 0x77,
				    0xf800};
	s.b = (struct state_frames){0x20000, 0x21000, 0x1f000, 0x23000, 0,
				    0x1f700};
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct sample *s = *state;

	return munmap(s->table, 2 * PAGE);
}

static void expect_original(struct sample *s, uint64_t pc)
{
	struct dl_find_object r;

	asked_for = NULL;
	assert_int_equal(s->find((void *)(uintptr_t)pc, &r), -1);
	assert_ptr_equal(asked_for, (void *)(uintptr_t)pc);
}

static void expect_found(struct sample *s, uint64_t pc,
			 const struct state_frames *f)
{
	struct dl_find_object r;

	memset(&r, 0xff, sizeof(r));
	assert_int_equal(s->find((void *)(uintptr_t)pc, &r), 0);
	assert_int_equal(r.dlfo_flags, 0);
	assert_int_equal((uintptr_t)r.dlfo_map_start, f->map_start);
	assert_int_equal((uintptr_t)r.dlfo_map_end, f->map_end);
	assert_int_equal((uintptr_t)r.dlfo_link_map, f->link_map);
	assert_int_equal((uintptr_t)r.dlfo_eh_frame, f->hdr);
}

static void without_patches_it_is_as_before(void **state)
{
	struct sample *s = *state;

	memset(s->table->words, 0, sizeof(s->table->words));
	expect_original(s, 0);
	expect_original(s, 0x10000);
	expect_original(s, UINT64_MAX);
}

/* In the first and the last word, with free ones between. */
static void patches_are_found(void **state)
{
	struct sample *s = *state;

	memset(s->table->words, 0, sizeof(s->table->words));
	s->table->words[0] = (uint64_t)(uintptr_t)&s->b;
	s->table->words[FRAMES_WORDS - 1] = (uint64_t)(uintptr_t)&s->a;
	expect_found(s, 0x10000, &s->a);
	expect_found(s, 0x11fff, &s->a);
	expect_found(s, 0x20000, &s->b);
	expect_original(s, 0xffff);
	expect_original(s, 0x12000);
	expect_original(s, 0x21000);
	expect_original(s, UINT64_MAX);
	s->table->words[0] = 0;
	expect_original(s, 0x20000);
	expect_found(s, 0x10000, &s->a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_patches_it_is_as_before),
		cmocka_unit_test(patches_are_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
