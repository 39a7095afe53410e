// SPDX-License-Identifier: GPL-2.0-or-later
/* The .kpatch file: what is written is read, what is damaged is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "kpfile/format.h"
#include "kpfile/kpfile.h"

static struct kpfile sample(void)
{
	struct kpfile kp = {
		.buildid = {.len = 3, .bytes = {0xab, 0x01, 0xff}},
		.patchlevel = 7,
		.build_time = 1234567890123,
		.object_name = (char *)"libfoo.so.1",
		.description = (char *)"fixes ä \"quoted\" thing",
		.cves = (char *)"CVE-2026-1,CVE-2026-2",
	};

	buf_add(&kp.image,
		"\x7f"
		"ELF and so on",
		14);
	return kp;
}

static struct buf sample_bytes(void)
{
	struct kpfile kp = sample();
	struct buf bytes;
	struct error *err = kpfile_format(&kp, &bytes);

	assert_null(err);
	buf_deinit(&kp.image);
	return bytes;
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	struct kpfile kp = sample(), read;
	struct buf bytes = sample_bytes();

	assert_null(kpfile_parse("f", bytes.data, bytes.len, &read));
	assert_true(buildid_equal(&kp.buildid, &read.buildid));
	assert_int_equal(read.patchlevel, 7);
	assert_int_equal(read.build_time, 1234567890123);
	assert_string_equal(read.object_name, kp.object_name);
	assert_string_equal(read.description, kp.description);
	assert_string_equal(read.cves, kp.cves);
	assert_int_equal(read.image.len, 14);
	assert_memory_equal(read.image.data, kp.image.data, 14);
	assert_int_equal((uintptr_t)read.image.data % 16, 0);
	kpfile_deinit(&read);
	buf_deinit(&bytes);
	buf_deinit(&kp.image);
}

static void the_layout_is_that_of_the_manual_page(void **state)
{
	(void)state;
	struct buf b = sample_bytes();
	const uint8_t *u = (const uint8_t *)b.data;

	assert_memory_equal(u, "\x7fKPATCH\0", 8);
	assert_memory_equal(u + 8, "\1\0\0\0", 4);
	assert_int_equal(u[40], 7);
	assert_int_equal(u[48], 3);
	assert_memory_equal(u + 56, "\xab\x01\xff\0", 4);
	assert_int_equal(u[120] + 256 * u[121], 272);
	assert_string_equal((const char *)u + 272, "libfoo.so.1");
	for (int i = 192; i < 272; i++)
		assert_int_equal(u[i], 0);
	assert_int_equal((u[12] + 256 * u[13]) % 16, 0);
	assert_memory_equal(u + u[12] + 256 * u[13],
			    "\x7f"
			    "ELF",
			    4);
	buf_deinit(&b);
}

static void every_flipped_bit_is_noticed(void **state)
{
	(void)state;
	struct buf b = sample_bytes();

	for (size_t bit = 0; bit < b.len * 8; bit++) {
		struct kpfile read;

		b.data[bit / 8] ^= (char)(1 << bit % 8);
		struct error *err = kpfile_parse("f", b.data, b.len, &read);
		assert_non_null(err);
		assert_int_equal(err->code, ERR_BADFILE);
		error_free(err);
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_deinit(&b);
}

static void every_truncation_is_noticed(void **state)
{
	(void)state;
	struct buf b = sample_bytes();

	for (size_t len = 0; len < b.len; len++) {
		struct kpfile read;
		struct error *err = kpfile_parse("f", b.data, len, &read);

		assert_non_null(err);
		assert_int_equal(err->code, ERR_BADFILE);
		error_free(err);
	}
	buf_deinit(&b);
}

/* What is written over a good file, whose checksum is then made anew. */
static const struct damage {
	size_t off;
	uint64_t value;
	unsigned int width;
	const char *message;
} damages[] = {
	{0, 0, 1, "f: not a .kpatch file (wrong magic)"},
	{8, 2, 4,
	 "f: version 2 of the .kpatch format is unknown (known: 1); "
	 "use a newer LibCare"},
	{12, 256, 4, "f: wrong header size 256"},
	{12, 280, 4, "f: wrong header size 280"},
	{12, 0xfffffff0, 4, "f: wrong header size 4294967280"},
	{16, 100, 8, "f: trailing garbage: 350 bytes, the header says 100"},
	{16, ~0ull, 8, "f: truncated: 350 bytes of 18446744073709551615"},
	{24, 1, 8,
	 "f: wrong size of the ELF object: 1 bytes where the file "
	 "has 14"},
	{44, 1, 4, "f: unknown flags 0x1"},
	{48, 0, 1, "f: wrong BuildID length 0"},
	{48, 65, 1, "f: wrong BuildID length 65"},
	{49, 1, 1, "f: reserved header bytes are not zero"},
	{59, 1, 1, "f: bytes behind the end of the BuildID"},
	{120, 0, 4, "f: the object name is outside the header"},
	{120, 0xffffffff, 4, "f: the object name is outside the header"},
	{124, 10, 4, "f: the object name is outside the header"},
	{124, 0xffffffff, 4, "f: the object name is outside the header"},
	{128, 336, 4, "f: the description is outside the header"},
	{136, 271, 4, "f: the list of CVEs is outside the header"},
	{144, 1, 1, "f: reserved header bytes are not zero"},
	{273, '\n', 1, "f: control character 0x0a in the object name"},
};

static void each_damage_has_its_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct buf b = sample_bytes();
		struct kpfile read;

		memcpy(b.data + damages[i].off, &damages[i].value,
		       damages[i].width);
		kpfile_checksum(
			b.data, b.len,
			(uint8_t *)b.data +
				offsetof(struct kpfile_header, checksum));
		struct error *err = kpfile_parse("f", b.data, b.len, &read);
		assert_non_null(err);
		assert_int_equal(err->code, ERR_BADFILE);
		assert_string_equal(err->message, damages[i].message);
		error_free(err);
		buf_deinit(&b);
	}
}

static void a_wrong_checksum_and_garbage_have_theirs(void **state)
{
	(void)state;
	struct buf b = sample_bytes();
	struct kpfile read;

	b.data[b.len - 1] ^= 1;
	struct error *err = kpfile_parse("f", b.data, b.len, &read);
	assert_string_equal(err->message,
			    "f: wrong checksum: the file was altered");
	error_free(err);
	b.data[b.len - 1] ^= 1;
	buf_add(&b, "x", 1);
	err = kpfile_parse("f", b.data, b.len, &read);
	assert_string_equal(err->message, "f: trailing garbage: 351 bytes, the "
					  "header says 350");
	error_free(err);
	buf_deinit(&b);
}

static void what_cannot_be_written_is_refused(void **state)
{
	(void)state;
	struct kpfile kp = sample();
	struct buf out = BUF_INIT;

	kp.description = (char *)"two\nlines";
	struct error *err = kpfile_format(&kp, &out);
	assert_string_equal(err->message, "kpatch header: control character "
					  "0x0a in the description");
	error_free(err);
	kp.description = (char *)"";
	kp.buildid.len = 0;
	err = kpfile_format(&kp, &out);
	assert_string_equal(err->message, "a .kpatch file needs a BuildID");
	assert_int_equal(err->code, ERR_USAGE);
	error_free(err);
	kp.buildid.len = 1;
	char *huge = xmalloc(70001);
	memset(huge, 'x', 70000);
	huge[70000] = '\0';
	kp.cves = huge;
	err = kpfile_format(&kp, &out);
	assert_string_equal(err->message,
			    "the list of CVEs is too long (70000 bytes; all "
			    "labels together have room for 65536)");
	error_free(err);
	assert_null(out.data);
	free(huge);
	buf_deinit(&kp.image);
}

static void buildids_are_hex(void **state)
{
	(void)state;
	static const char *const bad[] = {"",      "a",    "abc", "0g",
					  "ab cd", "0x12", "ab\n"};
	struct buildid id = {.len = 9};
	char text[2 * BUILDID_MAX + 1], longest[2 * BUILDID_MAX + 3];

	assert_null(buildid_parse("00aBFf", &id));
	assert_int_equal(id.len, 3);
	buildid_format(&id, text);
	assert_string_equal(text, "00abff");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error *err = buildid_parse(bad[i], &id);

		assert_non_null(err);
		assert_int_equal(err->code, ERR_USAGE);
		error_free(err);
		assert_int_equal(id.len, 3);
	}
	memset(longest, 'e', sizeof(longest));
	longest[2 * BUILDID_MAX] = '\0';
	assert_null(buildid_parse(longest, &id));
	buildid_format(&id, text);
	assert_string_equal(text, longest);
	longest[2 * BUILDID_MAX] = 'e';
	longest[2 * BUILDID_MAX + 2] = '\0';
	struct error *err = buildid_parse(longest, &id);
	assert_non_null(err);
	error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_layout_is_that_of_the_manual_page),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(every_truncation_is_noticed),
		cmocka_unit_test(each_damage_has_its_message),
		cmocka_unit_test(a_wrong_checksum_and_garbage_have_theirs),
		cmocka_unit_test(what_cannot_be_written_is_refused),
		cmocka_unit_test(buildids_are_hex),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
