// SPDX-License-Identifier: GPL-2.0-or-later
/* BuildID and patchlevel to file. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "store/store.h"

static const struct buildid id = {.len = 2, .bytes = {0xab, 0xcd}};
static const struct buildid other = {.len = 2, .bytes = {0xab, 0xce}};

static char dir[] = "/tmp/store-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char *in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void make_dir(const char *name)
{
	_autofree_ char *path = in_dir(name);

	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const char *name, const char *target)
{
	_autofree_ char *path = in_dir(name);

	assert_int_equal(symlink(target, path), 0);
}

static void make_text(const char *name, const char *text)
{
	_autofree_ char *path = in_dir(name);

	assert_null(file_write(path, text, strlen(text), 0644));
}

/* A patch whose description says where it was put. */
static void make_patch(const char *name, const struct buildid *buildid,
		       uint32_t level)
{
	_autofree_ char *path = in_dir(name);
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;
	struct kpfile kp = {.buildid = *buildid,
			    .patchlevel = level,
			    .object_name = (char *)"",
			    .description = (char *)name,
			    .cves = (char *)""};

	assert_null(kpfile_format(&kp, &bytes));
	assert_null(file_write(path, bytes.data, bytes.len, 0644));
}

/* "NAME level N", "nothing", or the message without the directory's name. */
static char *find(const char *store_name, const struct buildid *buildid)
{
	_cleanup_(store_closep) struct store *s = NULL;
	_cleanup_(kpfile_deinit) struct kpfile kp = {0};
	_autofree_ char *path = in_dir(store_name);
	bool found = false;
	struct error *err = store_open(path, &s);

	if (!err)
		err = store_find(s, buildid, &kp, &found);
	if (err) {
		const char *text = err->message;
		char *result;

		text += strncmp(text, dir, strlen(dir)) ? 0 : strlen(dir) + 1;
		result = xasprintf("%d: %s", (int)err->code, text);
		error_free(err);
		return result;
	}
	return found ? xasprintf("%s level %u", kp.description, kp.patchlevel)
		     : xstrdup("nothing");
}

static void expect(const char *store_name, const struct buildid *buildid,
		   const char *outcome)
{
	_autofree_ char *found = find(store_name, buildid);
	char *at = strstr(found, dir);

	/* A second path in the same message. */
	if (at)
		memmove(at, at + strlen(dir) + 1, strlen(at + strlen(dir)));
	assert_string_equal(found, outcome);
}

static void a_file_is_a_store_of_one(void **state)
{
	(void)state;
	make_patch("f", &id, 0);
	expect("f", &id, "f level 0");
	expect("f", &other, "nothing");
	make_text("empty", "");
	expect("empty", &id, "6: empty: not a .kpatch file (wrong magic)");
	expect("missing", &id,
	       "1: missing: cannot open patch file or "
	       "directory: No such file or directory");
}

static void the_single_patch_is_shown(void **state)
{
	(void)state;
	_cleanup_(store_closep) struct store *s = NULL;
	_autofree_ char *path = in_dir("f");

	make_patch("f", &id, 5);
	assert_null(store_open(path, &s));
	assert_int_equal(store_single(s)->patchlevel, 5);
	store_close(s);
	s = NULL;
	assert_null(store_open(dir, &s));
	assert_null(store_single(s));
}

static void a_directory_has_files_by_buildid(void **state)
{
	(void)state;
	static const struct buildid none = {0};

	make_patch("abcd.kpatch", &id, 3);
	expect(".", &id, "abcd.kpatch level 3");
	expect(".", &other, "nothing");
	expect(".", &none, "nothing");
	make_patch("abce.kpatch", &id, 3);
	expect(".", &other,
	       "6: ./abce.kpatch: is a patch for BuildID abcd, "
	       "its name says abce");
}

static void the_highest_level_counts(void **state)
{
	(void)state;
	make_patch("abcd.kpatch", &id, 0);
	make_dir("abcd");
	expect(".", &id, "abcd.kpatch level 0");
	make_dir("abcd/9");
	make_dir("abcd/10");
	make_dir("abcd/nonsense");
	make_dir("abcd/0");
	make_patch("abcd/9/kpatch.bin", &id, 0);
	make_patch("abcd/10/kpatch.bin", &id, 0);
	expect(".", &id, "abcd/10/kpatch.bin level 10");
	make_dir("abcd/11");
	expect(".", &id,
	       "1: ./abcd/11/kpatch.bin: cannot open: No such file "
	       "or directory");
	make_patch("abcd/11/kpatch.bin", &other, 0);
	expect(".", &id,
	       "6: ./abcd/11/kpatch.bin: is a patch for BuildID "
	       "abce, its name says abcd");
	make_patch("abcd/11/kpatch.bin", &id, 12);
	expect(".", &id,
	       "6: ./abcd/11/kpatch.bin: is of patchlevel 12, its "
	       "directory says 11");
	make_patch("abcd/11/kpatch.bin", &id, 11);
	expect(".", &id, "abcd/11/kpatch.bin level 11");
	make_dir("abcd/011");
	_autofree_ char *found = find(".", &id);
	assert_non_null(strstr(found, "are the same level"));
}

static void latest_wins(void **state)
{
	(void)state;
	make_dir("abcd");
	make_dir("abcd/1");
	make_dir("abcd/2");
	make_patch("abcd/1/kpatch.bin", &id, 0);
	make_patch("abcd/2/kpatch.bin", &id, 0);
	make_link("abcd/latest", "1");
	expect(".", &id, "abcd/1/kpatch.bin level 1");

	_autofree_ char *latest = in_dir("abcd/latest");
	assert_int_equal(unlink(latest), 0);
	_autofree_ char *absolute = xasprintf("%s/abcd/1/", dir);
	make_link("abcd/latest", absolute);
	expect(".", &id, "abcd/1/kpatch.bin level 1");
	make_text("abcd/latest", "1\n");
	expect(".", &id, "abcd/1/kpatch.bin level 1");
}

static void latest_leads_nowhere_else(void **state)
{
	(void)state;
	static const struct {
		const char *target, *outcome;
	} links[] = {
		{"3", "1: ./abcd/latest: cannot follow link to 3: No such file "
		      "or directory"},
		{"..", "6: ./abcd/latest: leads to .., which is no patchlevel"},
		{"../elsewhere/1", "6: ./abcd/latest: leads to another "
				   "directory than ./abcd/1"},
		{"latest", "1: ./abcd/latest: cannot follow link to latest: "
			   "Too many levels of symbolic links"},
	};
	static const char *const texts[] = {"",    "1/..", "../1",       "-1",
					    "1 2", "0x1",  "4294967296", "0"};

	make_dir("abcd");
	make_dir("abcd/1");
	make_dir("elsewhere");
	make_dir("elsewhere/1");
	make_patch("elsewhere/1/kpatch.bin", &id, 0);
	make_patch("abcd/1/kpatch.bin", &id, 0);
	_autofree_ char *latest = in_dir("abcd/latest");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		make_link("abcd/latest", links[i].target);
		expect(".", &id, links[i].outcome);
		assert_int_equal(unlink(latest), 0);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		make_text("abcd/latest", texts[i]);
		expect(".", &id,
		       "6: ./abcd/latest: does not hold the number "
		       "of a patchlevel");
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_a_store_of_one),
		TEST(the_single_patch_is_shown),
		TEST(a_directory_has_files_by_buildid),
		TEST(the_highest_level_counts),
		TEST(latest_wins),
		TEST(latest_leads_nowhere_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
