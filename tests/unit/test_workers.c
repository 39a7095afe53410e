// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/workers.h"

enum { MANY = 300 };

struct seen {
	size_t next, errors;
	char last[128]; /* error */
	pid_t caller;
};

/* An answer of a size of its own; every seventh is an error. */
static struct error *say(void *arg, size_t i, struct buf *out)
{
	(void)arg;
	for (size_t k = 0; k < i * 10; k++)
		buf_addf(out, "%zu;", i);
	if (i % 40 == 0)
		usleep(20000); /* others get ahead */
	return i % 7 ? NULL : error_new(ERR_UNSAFE, "of %zu", i);
}

static void hear(void *arg, size_t i, const char *text, struct error *err)
{
	struct seen *s = arg;
	char expected[32];

	assert_int_equal(i, s->next++);
	snprintf(expected, sizeof(expected), "%zu;", i);
	assert_int_equal(strlen(text), i * 10 * strlen(expected));
	assert_true(!i || !strncmp(text, expected, strlen(expected)));
	snprintf(expected, sizeof(expected), "of %zu", i);
	assert_int_equal(err != NULL, i % 7 == 0);
	if (err) {
		assert_int_equal(err->code, ERR_UNSAFE);
		assert_string_equal(err->message, expected);
	}
	error_free(err);
}

static void answers_come_in_order(void **state)
{
	(void)state;
	for (unsigned int count = 0; count < 9; count += 4) {
		struct seen s = {0};

		workers_run(MANY, count, say, hear, &s);
		assert_int_equal(s.next, MANY);
	}
}

static void nothing_to_do(void **state)
{
	(void)state;
	struct seen s = {0};

	workers_run(0, 4, say, hear, &s);
	assert_int_equal(s.next, 0);
}

static struct error *die_at_some(void *arg, size_t i, struct buf *out)
{
	struct seen *s = arg;

	(void)out;
	assert_int_not_equal(getpid(), s->caller);
	if (i % 10 == 3)
		raise(SIGKILL);
	usleep(1000);
	return NULL;
}

static void note(void *arg, size_t i, const char *text, struct error *err)
{
	struct seen *s = arg;

	assert_int_equal(i, s->next++);
	assert_string_equal(text, "");
	if (!err)
		return;
	s->errors++;
	snprintf(s->last, sizeof(s->last), "%s", err->message);
	assert_int_equal(err->code, ERR_FAILED);
	if (i % 10 == 3)
		assert_non_null(strstr(err->message, "signal 9"));
	error_free(err);
}

/* The others go on; when none is left the rest isn't tried. */
static void what_a_killed_one_was_at_is_named(void **state)
{
	(void)state;
	struct seen s = {.caller = getpid()};

	workers_run(20, 4, die_at_some, note, &s);
	assert_int_equal(s.next, 20);
	assert_int_equal(s.errors, 2);
	s = (struct seen){.caller = getpid()};
	workers_run(20, 2, die_at_some, note, &s);
	assert_int_equal(s.next, 20);
	assert_true(s.errors > 2);
	assert_non_null(strstr(s.last, "was not tried"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_in_order),
		cmocka_unit_test(nothing_to_do),
		cmocka_unit_test(what_a_killed_one_was_at_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
