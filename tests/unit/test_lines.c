// SPDX-License-Identifier: GPL-2.0-or-later
/* Where #line directives go in a patched source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cc/lines.h"

/* Lines of the patched source, with '|' for a line feed. */
static const struct {
	const char *what, *diff, *source, *expected;
} cases[] = {
	{"nothing", "", "a;|b;|", "a;|b;|"},
	{"two lines added", "@@ -1,0 +2,2 @@", "a;|new;|new;|b;|",
	 "a;|new;|new;|#line 2|b;|"},
	{"one replaced: none moves", "@@ -2 +2 @@", "a;|new;|c;|",
	 "a;|new;|c;|"},
	{"one removed", "@@ -2 +1,0 @@", "a;|c;|", "a;|#line 3|c;|"},
	{"at the end", "@@ -1,0 +2 @@", "a;|new;|", "a;|new;|"},
	{"two changes", "@@ -1,0 +2 @@\n@@ -2,0 +4 @@", "a;|n;|b;|n;|c;|",
	 "a;|n;|#line 2|b;|n;|#line 3|c;|"},
	{"one takes back the other", "@@ -1,0 +2 @@\n@@ -3 +3,0 @@",
	 "a;|n;|b;|d;|", "a;|n;|#line 2|b;|#line 4|d;|"},
	{"not in arguments", "@@ -1,0 +2 @@", "f(a,|n,|b,|c);|d;|",
	 "f(a,|n,|b,|c);|#line 4|d;|"},
	{"not in a comment", "@@ -1,0 +2 @@", "a; /*|n|b|*/|d;|",
	 "a; /*|n|b|*/|#line 4|d;|"},
	{"not in a macro", "@@ -1,0 +2 @@", "#define M \\|n \\|b \\|c|d;|",
	 "#define M \\|n \\|b \\|c|#line 4|d;|"},
	{"parentheses of a macro don't count", "@@ -1,0 +2 @@",
	 "#define OPEN (|n;|b;|", "#define OPEN (|n;|#line 2|b;|"},
	{"nor those in strings and characters", "@@ -1,0 +2 @@",
	 "a = \"(\\\"(\" + '(';|n;|b;|",
	 "a = \"(\\\"(\" + '(';|n;|#line 2|b;|"},
	{"nor those in comments", "@@ -1,0 +2 @@", "a; // (|n; /* ( */|b;|",
	 "a; // (|n; /* ( */|#line 2|b;|"},
	{"branches with a parenthesis each", "@@ -6,0 +7 @@",
	 "#if X|f(a,|#else|g(a,|#endif|b);|n;|c;|",
	 "#if X|f(a,|#else|g(a,|#endif|b);|n;|#line 7|c;|"},
	{"a function's end", "@@ -3,0 +4 @@", "a(|b;|}|n;|c;|",
	 "a(|b;|}|n;|#line 4|c;|"},
	{"a raw string", "@@ -1,0 +2 @@", "a = R\"x(|n|)\" (|)x\";|b;|",
	 "a = R\"x(|n|)\" (|)x\";|#line 4|b;|"},
	{"digits", "@@ -1,0 +2 @@", "a = 1'000'0;|n;|b;|",
	 "a = 1'000'0;|n;|#line 2|b;|"},
	{"no line feed at the end", "@@ -1,0 +2 @@", "a;|n;|b;",
	 "a;|n;|#line 2|b;"},
	{"directives of its own", "@@ -1,0 +2 @@", "a;|n;|b;|#line 7|c;|",
	 "a;|n;|b;|#line 7|c;|"},
	{"of the preprocessor", "@@ -1,0 +2 @@", "a;|n;|b;|# 7 \"x\"|c;|",
	 "a;|n;|b;|# 7 \"x\"|c;|"},
};

static struct buf text_of(const char *s)
{
	struct buf b = BUF_INIT;

	buf_add_str(&b, s);
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '|')
			b.data[i] = '\n';
	return b;
}

static void test_keep(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf source = text_of(cases[i].source);
		struct buf expected = text_of(cases[i].expected);
		struct buf diff = text_of(cases[i].diff), text;

		print_message("%s\n", cases[i].what);
		assert_null(lines_keep(&source, &diff, &text));
		assert_string_equal(text.data, expected.data);
		buf_deinit(&source);
		buf_deinit(&expected);
		buf_deinit(&diff);
		buf_deinit(&text);
	}
}

static void test_not_a_diff(void **state)
{
	struct buf source = text_of("a;|"), text;
	static const char *const wrong[] = {"@@", "@@ -1 1 @@", "@@ -x +1 @@",
					    "@@ -1,2 +3,4", "@@ -1,2"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct buf diff = text_of(wrong[i]);
		struct error *err = lines_keep(&source, &diff, &text);

		assert_non_null(err);
		assert_int_equal(err->code, ERR_BADFILE);
		error_free(err);
		buf_deinit(&diff);
	}
	buf_deinit(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_not_a_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
