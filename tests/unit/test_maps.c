// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "target/target.h"

#define MB ((uint64_t)1 << 20)
#define GB ((uint64_t)1 << 30)
#define REACH ((uint64_t)0x7fff0000)

static void parse(const char *text, struct maps *m)
{
	struct error *err = maps_parse(text, strlen(text), m);

	if (err)
		fail_msg("%s", err->message);
}

static void every_field_is_read(void **state)
{
	(void)state;
	_cleanup_(maps_deinit) struct maps m = {0};
	static const struct map expected[] = {
		{.start = 0x7000,
		 .end = 0x8000,
		 .dev_minor = 1,
		 .inode = 7,
		 .prot = MAP_R | MAP_W,
		 .shared = true,
		 .path = "/dev/zero",
		 .deleted = true},
		{.start = 0x9000, .end = 0xa000, .path = ""},
		{.start = 0x400000,
		 .end = 0x40b000,
		 .offset = 0x1000,
		 .dev_major = 0xfe,
		 .dev_minor = 0x0a,
		 .inode = 1048602,
		 .prot = MAP_R | MAP_X,
		 .path = "/bin/a b"},
		{.start = 0x410000,
		 .end = 0x411000,
		 .offset = 0xb000,
		 .dev_major = 0xfe,
		 .dev_minor = 0x0a,
		 .inode = 1048602,
		 .prot = MAP_R | MAP_W | MAP_X,
		 .path = "/x\ny\\040z"},
		{.start = 0xffffffffff600000,
		 .end = 0xffffffffff601000,
		 .prot = MAP_X,
		 .path = "[vsyscall]"},
	};

	parse("00007000-00008000 rw-s 00000000 00:01 7   /dev/zero (deleted)\n"
	      "00009000-0000a000 ---p 00000000 00:00 0 \n"
	      "00400000-0040b000 r-xp 00001000 fe:0a 1048602   /bin/a b\n"
	      "00410000-00411000 rwxp 0000b000 fe:0a 1048602   "
	      "/x\\012y\\040z\n"
	      "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  "
	      "[vsyscall]\n",
	      &m);
	assert_int_equal(m.count, 5);
	for (size_t i = 0; i < m.count; i++) {
		const struct map *a = &m.all[i], *b = &expected[i];

		assert_int_equal(a->start, b->start);
		assert_int_equal(a->end, b->end);
		assert_int_equal(a->offset, b->offset);
		assert_int_equal(a->dev_major, b->dev_major);
		assert_int_equal(a->dev_minor, b->dev_minor);
		assert_int_equal(a->inode, b->inode);
		assert_int_equal(a->prot, b->prot);
		assert_int_equal(a->shared, b->shared);
		assert_int_equal(a->deleted, b->deleted);
		assert_string_equal(a->path, b->path);
	}
}

static void malformed_lines_are_refused(void **state)
{
	(void)state;
	static const char good[] = "1000-2000 r-xp 00000000 00:00 0 \n";
	static const char *const bad[] = {
		"\n",
		"1000-2000 r-xp 00000000 00:00 0", /* cut off */
		"1000-2000 r-xp 00000000 00:00\n",
		"1000-2000 r-xp 00000000 00:00 \n",
		"1000-2000 r-xp 00000000 0000 0\n",
		"1000-2000 r-xp\n",
		"1000-2000 r-x 00000000 00:00 0\n",
		"1000-2000 rwxq 00000000 00:00 0\n",
		"1000-2000 xwrp 00000000 00:00 0\n",
		"1000 2000 r-xp 00000000 00:00 0\n",
		"-2000 r-xp 00000000 00:00 0\n",
		"2000-1000 r-xp 00000000 00:00 0\n",
		"1000-1000 r-xp 00000000 00:00 0\n",
		"10000000000000000-20000000000000000 r-xp 0 00:00 0\n",
		"1000-2000 r-xp 10000000000000000 00:00 0\n",
		"1000-2000 r-xp 0 100000000:00 0\n",
		"1000-2000 r-xp 0 00:00 18446744073709551616\n",
		"1000-2000 r-xp 0 00:00 0x\n",
		"0x1000-0x2000 r-xp 0 00:00 0\n",
		"1000-3000 r-xp 0 00:00 0\n2000-4000 r-xp 0 00:00 0\n",
		"3000-4000 r-xp 0 00:00 0\n1000-2000 r-xp 0 00:00 0\n",
	};
	struct maps m = {0};

	parse(good, &m);
	maps_deinit(&m);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct error *err = maps_parse(bad[i], strlen(bad[i]), &m);

		if (!err)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err->code, ERR_BADFILE);
		assert_non_null(strstr(err->message, "line "));
		error_free(err);
		assert_null(m.all);
	}
	/* A NUL within the line */
	struct error *err =
		maps_parse("1000-2000 r-xp 0 00:00 0 a\0b\n", 30, &m);

	assert_int_equal(err->code, ERR_BADFILE);
	error_free(err);
	assert_null(maps_parse("", 0, &m));
	assert_int_equal(m.count, 0);
}

static void an_address_finds_its_mapping(void **state)
{
	(void)state;
	_cleanup_(maps_deinit) struct maps m = {0};

	parse("1000-2000 r-xp 0 00:00 0 a\n2000-3000 r-xp 0 00:00 0 b\n"
	      "5000-6000 r-xp 0 00:00 0 c\n",
	      &m);
	assert_null(maps_find(&m, 0xfff));
	assert_string_equal(maps_find(&m, 0x1000)->path, "a");
	assert_string_equal(maps_find(&m, 0x1fff)->path, "a");
	assert_string_equal(maps_find(&m, 0x2000)->path, "b");
	assert_null(maps_find(&m, 0x3000));
	assert_null(maps_find(&m, 0x4fff));
	assert_string_equal(maps_find(&m, 0x5fff)->path, "c");
	assert_null(maps_find(&m, 0x6000));
	assert_null(maps_find(&m, UINT64_MAX));
}

/* One row a process: what is mapped, what is wanted, where it is to be. */
static const struct {
	const char *what, *maps;
	uint64_t lo, hi;
	size_t size;
	uint64_t reach;
	uint64_t expected; /* 0: none */
} gaps[] = {
	{
		"a fixed-address executable: below it, since above is the heap",
		"400000-500000 r-xp 0 08:01 5 /bin/x\n"
		"1000000-1100000 rw-p 0 00:00 0 [heap]\n",
		0x400000,
		0x500000,
		0x10000,
		REACH,
		0x3f0000,
	},
	{
		"too big for the room below: above, leaving brk() its gigabyte",
		"400000-500000 r-xp 0 08:01 5 /bin/x\n"
		"1000000-1100000 rw-p 0 00:00 0 [heap]\n",
		0x400000,
		0x500000,
		16 << 20,
		REACH,
		0x1100000 + GB,
	},
	{
		"no gigabyte to be had: 256 MiB",
		"400000-500000 r-xp 0 08:01 5 /bin/x\n"
		"1000000-1100000 rw-p 0 00:00 0 [heap]\n"
		"30000000-100000000 rw-p 0 00:00 0 \n",
		0x400000,
		0x500000,
		16 << 20,
		REACH,
		0x1100000 + 256 * MB,
	},
	{
		"before the first brk(): the executable's end is the heap's",
		"400000-500000 r-xp 0 08:01 5 /bin/x\n"
		"500000-510000 rw-p 0 08:01 5 /bin/x\n",
		0x400000,
		0x500000,
		16 << 20,
		REACH,
		0x510000 + GB,
	},
	{
		"the closest of several gaps, exactly filled",
		"555500000000-555500100000 r-xp 0 08:01 5 /bin/x\n"
		"7f0000000000-7f0000100000 r-xp 0 08:01 6 /lib/a\n"
		"7f0000104000-7f0000200000 r-xp 0 08:01 7 /lib/b\n"
		"7f0000210000-7f0000300000 r-xp 0 08:01 8 /lib/c\n",
		0x7f0000104000,
		0x7f0000200000,
		0x4000,
		REACH,
		0x7f0000100000,
	},
	{
		"all of the object must be within reach, from below",
		"100000000-200000000 r-xp 0 08:01 5 /bin/x\n"
		"555500000000-555500100000 rw-p 0 00:00 0 [heap]\n",
		0x100000000,
		0x17ffe0000,
		0x10000,
		REACH,
		0xffff0000,
	},
	{
		"out of reach by a page",
		"100000000-200000000 r-xp 0 08:01 5 /bin/x\n"
		"555500000000-555500100000 rw-p 0 00:00 0 [heap]\n",
		0x100000000,
		0x17ffe1000,
		0x10000,
		REACH,
		0,
	},
	{
		"the stack's room to grow is left",
		"7ff000000000-7ffffc000000 r-xp 0 08:01 5 /lib/a\n"
		"7ffffe000000-7ffffe021000 rw-p 0 00:00 0 [stack]\n",
		0x7fffe0000000,
		0x7ffffc000000,
		16 << 20,
		REACH,
		0x7ffffc000000,
	},
	{
		"no place between library and stack",
		"7ff000000000-7ffffc000000 r-xp 0 08:01 5 /lib/a\n"
		"7ffffe000000-7ffffe021000 rw-p 0 00:00 0 [stack]\n"
		"7ffffe100000-7ffffffff000 r-xp 0 00:00 0 [vdso]\n",
		0x7fffe0000000,
		0x7ffffc000000,
		(16 << 20) + 4096,
		REACH,
		0,
	},
	{
		"nothing below vm.mmap_min_addr or beyond 47 bits",
		"10000-7ffffffff000 r-xp 0 08:01 5 /bin/x\n",
		0x10000,
		0x20000,
		4096,
		REACH,
		0,
	},
	{
		"[vsyscall] is beyond the end",
		"7ffff0000000-7ffffffff000 r-xp 0 08:01 5 /bin/x\n"
		"ffffffffff600000-ffffffffff601000 --xp 0 00:00 0 [vsyscall]\n",
		0x7ffffffff000,
		0x7ffffffff000,
		4096,
		MB,
		0,
	},
};

static void gaps_are_close_and_out_of_the_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++) {
		_cleanup_(maps_deinit) struct maps m = {0};
		uint64_t addr = 0;

		parse(gaps[i].maps, &m);
		if (maps_find_gap(&m, gaps[i].lo, gaps[i].hi, gaps[i].size,
				  gaps[i].reach,
				  &addr) != (gaps[i].expected != 0) ||
		    addr != gaps[i].expected)
			fail_msg("%s: %#lx, not %#lx", gaps[i].what,
				 (unsigned long)addr,
				 (unsigned long)gaps[i].expected);
	}
}

/* Whatever the layout: free, aligned, and within reach of both ends. */
static void random_layouts_give_valid_gaps(void **state)
{
	(void)state;
	unsigned int seed = 4711, found = 0;

	for (int round = 0; round < 2000; round++) {
		struct map all[40] = {0};
		struct maps m = {all, 0};
		uint64_t at = 0x10000 + (uint64_t)(rand_r(&seed) % 64) * 4096;
		uint64_t addr;

		for (int i = 0; i < 40; i++) {
			uint64_t len = 4096u << rand_r(&seed) % 14;

			all[m.count++] = (struct map){
				.start = at, .end = at + len, .path = ""};
			at += len + (4096ull << rand_r(&seed) % 16) *
					    (uint64_t)(rand_r(&seed) % 3);
		}
		const struct map *o = &all[rand_r(&seed) % 40];
		uint64_t reach = 64 * MB, size = 4096ull << rand_r(&seed) % 8;

		if (!maps_find_gap(&m, o->start, o->end, size, reach, &addr))
			continue;
		found++;
		assert_int_equal(addr % 4096, 0);
		assert_true(addr >= 0x10000);
		assert_true(addr + size <= o->start + reach);
		assert_true(o->end <= addr + reach);
		for (size_t i = 0; i < m.count; i++)
			assert_true(addr + size <= all[i].start ||
				    addr >= all[i].end);
	}
	assert_true(found > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_read),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(an_address_finds_its_mapping),
		cmocka_unit_test(gaps_are_close_and_out_of_the_way),
		cmocka_unit_test(random_layouts_give_valid_gaps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
