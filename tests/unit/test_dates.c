// SPDX-License-Identifier: GPL-2.0-or-later
/* __DATE__ and __TIME__ found in assembly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cc/dates.h"

/* 2026-11-03 00:10:20 UTC */
#define WRITTEN 1793664620

static const struct {
	const char *text, *date, *time;
} cases[] = {
	{"", "", ""},
	{".string \"Nov  3 2026\"", "Nov  3 2026", ""},
	{".string \"made Nov  2 2026, 23:59:58 by me\"", "Nov  2 2026",
	 "23:59:58"},
	{".string \"00:10:20\"", "", "00:10:20"},
	/* of another time: no date of this compilation */
	{".string \"Nov  1 2026\"", "", ""},
	{".string \"00:10:21\"", "", ""},
	{".string \"23:00:00\"", "", ""},
	{".string \"12:00:00\"\n.string \"00:09:00\"", "", "00:09:00"},
	{".string \"1:2:3\", \"aa:bb:cc\", \"00:10:2", "", ""},
	{":::::00:10:20", "", "00:10:20"},
	{"00:10:20", "", "00:10:20"},
};

static void test_find(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].text);
		char *exact = xmalloc(len + 1); /* for ASan: no byte more */
		struct dates d;

		exact = realloc(exact, len ? len : 1);
		memcpy(exact, cases[i].text, len);
		d = dates_find(exact, len, WRITTEN);
		assert_string_equal(d.date, cases[i].date);
		assert_string_equal(d.time, cases[i].time);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_find)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
