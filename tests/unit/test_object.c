// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The finished patch object: a complete one is read as it is, and each thing
 * that may be wrong with one is named. How it comes about is tested end to end
 * in tests/elf.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "object/model.h"
#include "object/patch_object.h"
#include "object/show.h"
#include "object/strip.h"
#include "patch_builder.h"

/* Sections and symbols of the sample, by the order in which it adds them. */
enum { TEXT = 1, DATA, STUB_TEXT, STUB_DATA, STRTAB, INFO, ORIG, RODATA };
enum {
	SYM_STUB_TEXT = 1,
	SYM_STUB_DATA,
	SYM_TEXT,
	SYM_STRTAB,
	SYM_PUTS,
	SYM_TLS,
	SYM_ABS,
	SYM_NAMELESS
};

/* One entry of .kpatch.info with its relocations; SIZE_MAX: no such pointer. */
static void add_entry(struct builder *b, size_t daddr, uint64_t dlen,
		      size_t saddr, uint64_t slen, uint64_t name,
		      uint64_t flags)
{
	struct kpatch_info e = {.dlen = dlen, .slen = slen, .flags = flags};
	uint64_t at = add_data(b, INFO, &e, sizeof(e));

	if (daddr != SIZE_MAX)
		add_reloc(b, INFO, at, R_X86_64_64, SYM_STUB_TEXT,
			  (int64_t)daddr);
	if (saddr != SIZE_MAX)
		add_reloc(b, INFO, at + 16, R_X86_64_64, SYM_TEXT,
			  (int64_t)saddr);
	add_reloc(b, INFO, at + 32, R_X86_64_64, SYM_STRTAB, (int64_t)name);
}

/* func (32 bytes at .text+0x40) is replaced, fresh is new. */
static struct builder *sample(void)
{
	struct builder *b = xmalloc(sizeof(*b));
	char orig[32];

	builder_init(b);
	add_section(b, ".kpatch.text", SHF_ALLOC | SHF_EXECINSTR, 16);
	add_section(b, ".kpatch.data", SHF_ALLOC | SHF_WRITE, 8);
	add_stub(b, ".text", SHF_ALLOC | SHF_EXECINSTR, 0x1000, 0x100);
	add_stub(b, ".data", SHF_ALLOC | SHF_WRITE, 0x4000, 0x20);
	add_section(b, ".kpatch.strtab", SHF_ALLOC, 1);
	add_section(b, ".kpatch.info", SHF_ALLOC, 8);
	add_section(b, ".kpatch.orig", SHF_ALLOC, 1);
	add_symbol(b, "", STT_SECTION, STUB_TEXT, 0);
	add_symbol(b, "", STT_SECTION, STUB_DATA, 0);
	add_symbol(b, "", STT_SECTION, TEXT, 0);
	add_symbol(b, "", STT_SECTION, STRTAB, 0);
	add_symbol(b, "puts@GLIBC_2.2.5", STT_FUNC, SHN_UNDEF, 0);
	add_symbol(b, "errno", STT_TLS, SHN_UNDEF, 0);
	add_symbol(b, "five", STT_NOTYPE, SHN_ABS, 5);
	add_symbol(b, "", STT_NOTYPE, SHN_UNDEF, 0);
	add_data(b, TEXT, "\xe8\0\0\0\0\xc3\x90\xc3", 8);
	add_data(b, DATA, "\0\0\0\0\0\0\0\0", 8);
	add_data(b, STRTAB, "func\0fresh", 11);
	add_reloc(b, TEXT, 1, R_X86_64_PLT32, SYM_PUTS, -4);
	add_entry(b, 0x40, 32, 0, 6, 0, 0);
	add_entry(b, SIZE_MAX, 0, 7, 1, 5, KPATCH_INFO_NEW);
	memset(orig, 0x90, sizeof(orig));
	add_data(b, ORIG, orig, sizeof(orig));
	return b;
}

/* Reads and checks what `b` makes, which it frees. NULL: it is good. */
static char *check(struct builder *b)
{
	_cleanup_(patch_object_freep) struct patch_object *po = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;

	build_image(b, &bytes);
	builder_deinit(b);
	free(b);
	struct error *err =
		patch_object_read("p.o", bytes.data, bytes.len, &po);
	if (!err)
		err = patch_object_check(po);
	if (!err)
		return NULL;
	assert_int_equal(err->code, ERR_BADFILE);
	char *message = xstrdup(err->message);
	error_free(err);
	return message;
}

static void refused(struct builder *b, const char *message)
{
	_autofree_ char *got = check(b);

	assert_non_null(got);
	assert_string_equal(got, message);
}

static void a_complete_object_is_read(void **state)
{
	(void)state;
	_cleanup_(patch_object_freep) struct patch_object *po = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;
	struct builder *b = sample();

	build_image(b, &bytes);
	assert_null(patch_object_read("p.o", bytes.data, bytes.len, &po));
	assert_null(patch_object_check(po));
	assert_int_equal(po->nfuncs, 2);
	assert_string_equal(po->funcs[0].name, "func");
	assert_string_equal(po->funcs[0].orig.section->name, ".text");
	assert_int_equal(po->funcs[0].orig.offset, 0x40);
	assert_int_equal(po->funcs[0].orig_len, 32);
	assert_int_equal(po->funcs[0].repl_len, 6);
	assert_string_equal(po->funcs[1].name, "fresh");
	assert_null(po->funcs[1].orig.section);
	assert_int_equal(po->funcs[1].repl.offset, 7);
	builder_deinit(b);
	free(b);
}

static const struct {
	uint16_t section;
	uint64_t offset;
	uint32_t type, sym;
	const char *message;
} relocations[] = {
	{TEXT, 1, R_X86_64_PLT32, SYM_PUTS,
	 "p.o: .kpatch.text+0x1: relocation R_X86_64_PLT32 (4) by "
	 "\"puts@GLIBC_2.2.5\": the second of one field"},
	{TEXT, 3, R_X86_64_SIZE32, SYM_PUTS,
	 "p.o: .kpatch.text+0x3: relocation R_X86_64_SIZE32 (32) by "
	 "\"puts@GLIBC_2.2.5\": of an unsupported type"},
	{TEXT, 3, 99, SYM_PUTS,
	 "p.o: .kpatch.text+0x3: relocation R_X86_64_??? (99) by "
	 "\"puts@GLIBC_2.2.5\": of an unsupported type"},
	{TEXT, 5, R_X86_64_PC32, SYM_PUTS,
	 "p.o: .kpatch.text+0x5: relocation R_X86_64_PC32 (2) by "
	 "\"puts@GLIBC_2.2.5\": outside its section"},
	{DATA, 1, R_X86_64_64, SYM_PUTS,
	 "p.o: .kpatch.data+0x1: relocation R_X86_64_64 (1) by "
	 "\"puts@GLIBC_2.2.5\": outside its section"},
	{DATA, UINT64_MAX, R_X86_64_64, SYM_PUTS,
	 "p.o: .kpatch.data+0xffffffffffffffff: relocation R_X86_64_64 (1) by "
	 "\"puts@GLIBC_2.2.5\": outside its section"},
	{DATA, 0, R_X86_64_64, 0,
	 "p.o: .kpatch.data+0x0: relocation R_X86_64_64 (1) by \"\": without a "
	 "symbol"},
	{DATA, 0, R_X86_64_64, SYM_ABS,
	 "p.o: .kpatch.data+0x0: relocation R_X86_64_64 (1) by \"five\": an "
	 "absolute or common symbol can't be bound"},
	{DATA, 0, R_X86_64_64, SYM_NAMELESS,
	 "p.o: .kpatch.data+0x0: relocation R_X86_64_64 (1) by \"\": an import "
	 "without a name"},
	{DATA, 0, R_X86_64_64, SYM_TLS,
	 "p.o: .kpatch.data+0x0: relocation R_X86_64_64 (1) by \"errno\": "
	 "thread-local and not at the same time"},
	{DATA, 0, R_X86_64_TPOFF64, SYM_PUTS,
	 "p.o: .kpatch.data+0x0: relocation R_X86_64_TPOFF64 (18) by "
	 "\"puts@GLIBC_2.2.5\": thread-local and not at the same time"},
	{STUB_DATA, 0, R_X86_64_64, SYM_PUTS,
	 "p.o: .rela: relocations of a section that is not of the patch"},
};

static void unbindable_relocations_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(relocations) / sizeof(relocations[0]);
	     i++) {
		struct builder *b = sample();

		add_reloc(b, relocations[i].section, relocations[i].offset,
			  relocations[i].type, relocations[i].sym, 0);
		refused(b, relocations[i].message);
	}
}

/* A third entry beside the sample's two. */
static const struct {
	size_t daddr;
	uint64_t dlen;
	size_t saddr;
	uint64_t slen, name, flags;
	const char *message;
} entries[] = {
	{0x20, 4, 0, 6, 0, 0,
	 "p.o: function func: its 4 bytes and 0 of padding have no room for a "
	 "jump of 5"},
	{0x20, 3, 0, 6, 0, 1ull << 32,
	 "p.o: function func: its 3 bytes and 1 of padding have no room for a "
	 "jump of 5"},
	{0x20, 0x100, 0, 6, 0, 0,
	 "p.o: function func: the original reaches over the end of its "
	 "section"},
	{0x20, UINT64_MAX, 0, 6, 0, 0,
	 "p.o: function func: the original reaches over the end of its "
	 "section"},
	{0xf0, 16, 0, 6, 0, 1ull << 32,
	 "p.o: function func: the original reaches over the end of its "
	 "section"},
	{0x20, 16, 0, 9, 0, 0,
	 "p.o: function func: its replacement is not in .kpatch.text"},
	{0x20, 16, 0, 0, 0, 0,
	 "p.o: function func: its replacement is not in .kpatch.text"},
	{0x20, 16, SIZE_MAX, 0, 0, 0, "p.o: function func: has no replacement"},
	{SIZE_MAX, 0, 0, 6, 0, 0,
	 "p.o: function func: replaces nothing and is not new"},
	{0x20, 16, 0, 6, 0, KPATCH_INFO_NEW,
	 "p.o: function func: is new and yet replaces something"},
	{0x20, 16, 0, 6, 0, 4, "p.o: function func: unknown flags"},
	{0x20, 16, 0, 6, 0, 128, "p.o: function func: unknown flags"},
	{0x20, 16, 0, 6, 0, KPATCH_INFO_RANGE | KPATCH_INFO_PRE_PATCH,
	 "p.o: function func: unknown flags"},
	{SIZE_MAX, 0, 0, 6, 0,
	 KPATCH_INFO_NEW | KPATCH_INFO_KEEP | KPATCH_INFO_POST_PATCH,
	 "p.o: function func: unknown flags"},
	{SIZE_MAX, 0, 0, 6, 0, KPATCH_INFO_NEW | KPATCH_INFO_KEEP,
	 "p.o: function func: the variable is not in .kpatch.data"},
	{0x20, 16, 0, 6, 4, 0, "p.o: function : has no name"},
	{0x50, 16, 0, 6, 5, 0,
	 "p.o: functions func and fresh replace the same bytes (.text+0x50)"},
	{0x30, 15, 0, 6, 5, 2ull << 32,
	 "p.o: functions fresh and func replace the same bytes (.text+0x40)"},
	{0x20, 16, 0, 6, 0, 0,
	 "p.o: .kpatch.orig has 32 bytes, the originals have 48; run "
	 "kpatch_strip --rel-fixup first"},
	{0x200, 16, 0, 6, 0, 0,
	 "p.o: .kpatch.info: the pointer at 0x60 leads nowhere"},
	{0x20, 16, 0, 6, 12, 0,
	 "p.o: .kpatch.info: the pointer at 0x80 leads nowhere"},
	{0x20, 16, 0, 6, 11, 0,
	 "p.o: .kpatch.info: the name at 0x80 is not in .kpatch.strtab"},
};

static void impossible_functions_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		struct builder *b = sample();

		add_entry(b, entries[i].daddr, entries[i].dlen,
			  entries[i].saddr, entries[i].slen, entries[i].name,
			  entries[i].flags);
		refused(b, entries[i].message);
	}
}

static void ranges_need_no_room_and_no_replacement(void **state)
{
	(void)state;
	struct builder *b = sample();

	add_entry(b, 0x20, 2, SIZE_MAX, 0, 0, KPATCH_INFO_RANGE);
	add_data(b, ORIG, "\x90\x90", 2);
	assert_null(check(b));
}

static void wrong_sections_are_refused(void **state)
{
	(void)state;
	struct builder *b = sample();

	b->sections[STUB_TEXT].sh.sh_flags = SHF_ALLOC;
	refused(b, "p.o: function func: the original is not in an executable "
		   "section of the patched object");
	b = sample();
	strcpy(b->sections[INFO].name, ".kpatch.inf");
	refused(b, "p.o: no .kpatch.info: it is no patch object");
	b = sample();
	add_data(b, INFO, "x", 1);
	refused(b, "p.o: .kpatch.info: 97 bytes are no multiple of 48");
}

static void linked_files_are_refused(void **state)
{
	(void)state;
	struct patch_object *po = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;
	struct builder *b = sample();

	build_image(b, &bytes);
	builder_deinit(b);
	free(b);
	bytes.data[offsetof(Elf64_Ehdr, e_type)] = ET_DYN;
	struct error *err =
		patch_object_read("p.o", bytes.data, bytes.len, &po);
	assert_string_equal(err->message,
			    "p.o: not a relocatable object; run kpatch_strip "
			    "--undo-link first");
	error_free(err);
	assert_null(po);
}

static void a_model_is_written_as_it_was_read(void **state)
{
	(void)state;
	_cleanup_(buf_deinit) struct buf first = BUF_INIT, second = BUF_INIT;
	struct buf source = BUF_INIT;
	struct builder *b = sample();
	struct elf_image *image = NULL;
	struct model *m = NULL;

	build_image(b, &source);
	builder_deinit(b);
	free(b);
	assert_null(
		elf_image_open_bytes("p.o", source.data, source.len, &image));
	assert_null(model_load(image, &m));
	assert_null(model_write(m, &first));
	model_free(m);
	elf_image_close(image);
	buf_deinit(&source);

	assert_null(elf_image_open_bytes("p.o", first.data, first.len, &image));
	assert_null(model_load(image, &m));
	assert_null(model_write(m, &second));
	model_free(m);
	elf_image_close(image);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);

	struct patch_object *po = NULL;
	assert_null(patch_object_read("p.o", first.data, first.len, &po));
	assert_null(patch_object_check(po));
	assert_int_equal(po->nfuncs, 2);
	patch_object_free(po);
}

/* Found by fuzz_elf: what was written was as large as the alignment. */
static void impossible_alignments_are_refused(void **state)
{
	static const uint64_t aligns[] = {3, (uint64_t)4 << 20,
					  (uint64_t)1 << 59};

	(void)state;
	for (size_t i = 0; i < sizeof(aligns) / sizeof(*aligns); i++) {
		_cleanup_(buf_deinit) struct buf source = BUF_INIT;
		_cleanup_(elf_image_closep) struct elf_image *image = NULL;
		struct builder *b = sample();
		struct model *m = NULL;

		add_section(b, ".kpatch.odd", SHF_ALLOC, aligns[i]);
		build_image(b, &source);
		builder_deinit(b);
		free(b);
		assert_null(elf_image_open_bytes("p.o", source.data, source.len,
						 &image));
		struct error *err = model_load(image, &m);
		assert_non_null(err);
		assert_int_equal(err->code, ERR_BADFILE);
		assert_non_null(strstr(err->message,
				       "section .kpatch.odd has the alignment"));
		error_free(err);
	}
}

/* An executable with and without what kpatch_strip looks for. */
static void strip_wants_a_linked_file_with_info(void **state)
{
	(void)state;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT, out = BUF_INIT;
	struct builder *b = sample();
	struct elf_image *image = NULL;

	build_image(b, &bytes);
	builder_deinit(b);
	free(b);
	assert_null(
		elf_image_open_bytes("a.out", bytes.data, bytes.len, &image));
	struct error *err = kpatch_strip(image, &out);
	assert_string_equal(err->message,
			    "a.out: not a linked executable or library");
	assert_int_equal(err->code, ERR_BADFILE);
	error_free(err);
	elf_image_close(image);

	assert_null(elf_image_open_file("/proc/self/exe", &image));
	err = kpatch_strip(image, &out);
	assert_int_equal(err->code, ERR_NOTHING);
	assert_string_equal(err->message,
			    "/proc/self/exe: nothing changed: it has no "
			    ".kpatch.info");
	error_free(err);
	elf_image_close(image);
}

static void show_prints_what_there_is(void **state)
{
	(void)state;
	struct kpfile kp;
	struct builder *b = sample();
	char *text = NULL;
	size_t len;

	build_patch(b, &kp);
	builder_deinit(b);
	free(b);
	kp.buildid = (struct buildid){.len = 2, .bytes = {0xab, 0xcd}};
	kp.patchlevel = 3;
	kp.build_time = 86400;
	free(kp.cves);
	kp.cves = xstrdup("CVE-2026-1");
	free(kp.object_name);
	kp.object_name = xstrdup("evil\033[31m");
	FILE *out = open_memstream(&text, &len);
	assert_null(kpfile_show(&kp, out));
	fclose(out);
	assert_string_equal(text,
			    "object:      evil?[31m\n"
			    "BuildID:     abcd\n"
			    "patchlevel:  3\n"
			    "description: -\n"
			    "CVEs:        CVE-2026-1\n"
			    "built:       1970-01-02 00:00:00 UTC\n"
			    "SHA-256:     00000000000000000000000000000000"
			    "00000000000000000000000000000000\n"
			    "functions:\n"
			    "  func: 32 bytes at .text+0x40, replaced by 6\n"
			    "  fresh: new, 1 bytes\n"
			    "sections:\n"
			    "  .kpatch.text: 8 bytes\n"
			    "  .kpatch.data: 8 bytes\n"
			    "  .kpatch.strtab: 11 bytes\n"
			    "  .kpatch.info: 96 bytes\n"
			    "  .kpatch.orig: 32 bytes\n"
			    "imports:\n"
			    "  puts@GLIBC_2.2.5\n"
			    "  errno (thread-local)\n"
			    "relocations:\n"
			    "  R_X86_64_64: 5\n"
			    "  R_X86_64_PLT32: 1\n");
	free(text);
	kpfile_deinit(&kp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_complete_object_is_read),
		cmocka_unit_test(unbindable_relocations_are_refused),
		cmocka_unit_test(impossible_functions_are_refused),
		cmocka_unit_test(ranges_need_no_room_and_no_replacement),
		cmocka_unit_test(wrong_sections_are_refused),
		cmocka_unit_test(linked_files_are_refused),
		cmocka_unit_test(a_model_is_written_as_it_was_read),
		cmocka_unit_test(impossible_alignments_are_refused),
		cmocka_unit_test(strip_wants_a_linked_file_with_info),
		cmocka_unit_test(show_prints_what_there_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
