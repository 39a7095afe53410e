// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/demangle.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strmap.h"

static void errors_carry_code_and_context(void **state)
{
	(void)state;
	struct error *err = error_errno(EPERM, "pid %d: cannot attach", 7);

	assert_int_equal(err->code, ERR_PRIVILEGE);
	assert_string_equal(err->message,
			    "pid 7: cannot attach: Operation not permitted");
	err = error_context(err, "patch %s", "x.kpatch");
	assert_string_equal(err->message,
			    "patch x.kpatch: pid 7: cannot attach: "
			    "Operation not permitted");
	error_free(err);

	err = error_errno(ENOENT, "f");
	assert_int_equal(err->code, ERR_FAILED);
	error_free(err);
	/* Names come from outside. */
	err = error_new(ERR_BADFILE, "symbol %s", "a\n\033[2Jb\177\303\244");
	assert_string_equal(err->message, "symbol a??[2Jb?\303\244");
	err = error_context(err, "%s", "x\ty");
	assert_string_equal(err->message,
			    "x?y: symbol a??[2Jb?\303\244");
	error_free(err);
	assert_null(error_context(NULL, "nothing"));
	error_free(error_context(&error_oom, "context is dropped"));
}

static void buffers_grow_and_stay_strings(void **state)
{
	(void)state;
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i);
	assert_int_equal(b.len, strlen(b.data));
	assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4);
	assert_int_equal(strncmp(b.data, "0,1,2,", 6), 0);
	buf_add(&b, NULL, 0);
	buf_align(&b, 4096);
	assert_int_equal(b.len, 4096);
	buf_add_u32(&b, 0x01020304);
	buf_add_u64(&b, 0x1122334455667788);
	assert_memory_equal(b.data + 4096,
			    "\x04\x03\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11",
			    12);
}

static void maps_keep_every_key(void **state)
{
	(void)state;
	enum { N = 5000 };
	static char keys[N][16];
	_cleanup_(strmap_deinit) struct strmap m = STRMAP_INIT;

	assert_null(strmap_gets(&m, "none"));
	for (int i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%d", i);
		assert_null(strmap_put(&m, keys[i], strlen(keys[i]), keys[i]));
	}
	assert_int_equal(m.count, N);
	for (int i = 0; i < N; i++)
		assert_ptr_equal(strmap_gets(&m, keys[i]), keys[i]);
	assert_ptr_equal(strmap_put(&m, "k7", 2, keys[8]), keys[7]);
	assert_ptr_equal(strmap_get(&m, "k7 and more", 2), keys[8]);
	assert_int_equal(m.count, N);
	assert_null(strmap_get(&m, "k", 1));
}

static void files_are_whole_or_unchanged(void **state)
{
	(void)state;
	char dir[] = "/tmp/test_base.XXXXXX";
	assert_non_null(mkdtemp(dir));
	_autofree_ char *path = xasprintf("%s/f", dir);
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	struct error *err = file_read(path, 0, &b);

	assert_int_equal(err->code, ERR_FAILED);
	assert_non_null(strstr(err->message, path));
	error_free(err);

	assert_null(file_write(path, "abc\0def", 7, 0640));
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_null(file_read(path, 0, &b));
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "abc\0def", 8);

	struct buf c = BUF_INIT;
	err = file_read(path, 6, &c);
	assert_int_equal(err->code, ERR_BADFILE);
	error_free(err);
	err = file_read(dir, 0, &c);
	assert_int_equal(err->code, ERR_BADFILE);
	error_free(err);
	assert_null(c.data);

	err = file_write("/nonexistent/f", "", 0, 0600);
	assert_int_equal(err->code, ERR_FAILED);
	error_free(err);
	unlink(path);
	assert_int_equal(rmdir(dir), 0); /* no temporary file is left */
}

static void what_is_no_file_is_not_replaced(void **state)
{
	char dir[] = "/tmp/test_base.XXXXXX", path[64], got[8] = "";
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	int fd = open(path, O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);

	assert_null(file_write(path, "abc", 3, 0600));
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_string_equal(got, "abc");
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	close(fd);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

static void names_are_as_in_the_source(void **state)
{
	static const char *const texts[][2] = {
		{"a.s:3: _Z5firsti changed", "a.s:3: first(int) changed"},
		{"vtable _ZTV1B.", "vtable vtable for B."},
		{"_Z5firsti.cold (+0x2)", "first(int).cold (+0x2)"},
		{"set A=_Z5firsti", "set A=_Z5firsti"},
		{"my_Z5firsti, _Z, _Zzz", "my_Z5firsti, _Z, _Zzz"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_autofree_ char *plain = demangle_text(texts[i][0]);

		assert_string_equal(plain, texts[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_carry_code_and_context),
		cmocka_unit_test(buffers_grow_and_stay_strings),
		cmocka_unit_test(maps_keep_every_key),
		cmocka_unit_test(files_are_whole_or_unchanged),
		cmocka_unit_test(what_is_no_file_is_not_replaced),
		cmocka_unit_test(names_are_as_in_the_source),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
