// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_strip: from the linked ELF with .kpatch.* to the patch object. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/demangle.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "object/shipped.h"
#include "object/strip.h"

enum mode {
	MODE_NONE,
	MODE_STRIP,
	MODE_FIXUP,
	MODE_UNDO_LINK,
	MODE_COMPARE,
	MODE_VERIFY,
	MODE_DONE
};

static const char usage[] =
	"Usage: kpatch_strip --strip SRC DST\n"
	"       kpatch_strip --rel-fixup ORIGINAL PATCH\n"
	"       kpatch_strip --undo-link [ORIGINAL] PATCH\n"
	"       kpatch_strip --compare ORIGINAL LINKED\n"
	"       kpatch_strip --verify BUILT SHIPPED [DEBUG]\n"
	"Turns a program that was linked with -Wl,-q and has .kpatch sections\n"
	"into a relocatable patch object, in three steps.\n\n"
	"  -s, --strip       writes to DST what SRC has of the patch\n"
	"  -f, --rel-fixup   binds what PATCH refers to in ORIGINAL, compares "
	"the\n"
	"                    rest with it, and writes PATCH anew\n"
	"  -u, --undo-link   makes addresses relative to sections again; "
	"checks\n"
	"                    PATCH against ORIGINAL if that is given\n"
	"  -c, --compare     checks that LINKED, linked with -q, is ORIGINAL\n"
	"                    but for .kpatch sections; writes nothing\n"
	"      --verify      compares BUILT, made from the source, with SHIPPED,\n"
	"                    which may be stripped and have a DEBUG file, and\n"
	"                    reports what was compared and what differs\n"
	"  -v, --verbose     say what is done\n"
	"  -h, --help        this text\n"
	"  -V, --version     the version\n\n"
	"ORIGINAL is the program as it was built without the patch.\n"
	"Exit codes: 0 done, 1 failed, 2 usage, 3 nothing changed, 4 "
	"privilege,\n"
	"6 bad input file\n";

#define OPT_VERIFY 256

static const struct option long_options[] = {
	{"strip", no_argument, NULL, 's'},
	{"rel-fixup", no_argument, NULL, 'f'},
	{"undo-link", no_argument, NULL, 'u'},
	{"compare", no_argument, NULL, 'c'},
	{"verify", no_argument, NULL, OPT_VERIFY},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static struct error *run_strip(const char *src, const char *dst)
{
	_cleanup_(elf_image_closep) struct elf_image *linked = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;

	TRY(elf_image_open_file(src, &linked));
	TRY(kpatch_strip(linked, &bytes));
	return file_write(dst, bytes.data, bytes.len, 0644);
}

static struct error *run_fixup(const char *original_path, const char *path)
{
	_cleanup_(elf_image_closep) struct elf_image *original = NULL;
	_cleanup_(elf_image_closep) struct elf_image *patch = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;

	TRY(elf_image_open_file(original_path, &original));
	TRY(elf_image_open_file(path, &patch));
	TRY(kpatch_fixup(original, patch, &bytes));
	return file_write(path, bytes.data, bytes.len, 0644);
}

/* `original_path` may be NULL. */
static struct error *run_undo_link(const char *original_path, const char *path)
{
	_cleanup_(elf_image_closep) struct elf_image *original = NULL;
	_cleanup_(elf_image_closep) struct elf_image *patch = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;

	if (original_path)
		TRY(elf_image_open_file(original_path, &original));
	TRY(elf_image_open_file(path, &patch));
	TRY(kpatch_undo_link(original, patch, &bytes));
	return file_write(path, bytes.data, bytes.len, 0644);
}

static struct error *run_compare(const char *original_path, const char *path)
{
	_cleanup_(elf_image_closep) struct elf_image *original = NULL;
	_cleanup_(elf_image_closep) struct elf_image *linked = NULL;

	TRY(elf_image_open_file(original_path, &original));
	TRY(elf_image_open_file(path, &linked));
	return kpatch_compare(original, linked);
}

/* `debug_path` may be NULL. The report is printed whatever it says. */
static struct error *run_verify(const char *built_path, const char *path,
				const char *debug_path)
{
	_cleanup_(elf_image_closep) struct elf_image *built = NULL;
	_cleanup_(elf_image_closep) struct elf_image *shipped = NULL;
	_cleanup_(elf_image_closep) struct elf_image *debug = NULL;
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;

	TRY(elf_image_open_file(built_path, &built));
	TRY(elf_image_open_file(path, &shipped));
	if (debug_path)
		TRY(elf_image_open_debug_file(debug_path, &debug));
	struct error *err = shipped_verify(built, shipped, debug, &text);
	if (text.len) {
		_autofree_ char *plain = demangle_text(text.data);

		fputs(plain, stdout);
	}
	return err;
}

static struct error *set_mode(enum mode *mode, enum mode wanted)
{
	if (*mode != MODE_NONE && *mode != wanted)
		return error_new(ERR_USAGE,
				 "--strip, --rel-fixup, --undo-link, "
				 "--compare and --verify exclude each other");
	*mode = wanted;
	return NULL;
}

static struct error *parse_options(int argc, char **argv, enum mode *mode)
{
	int c;

	while ((c = getopt_long(argc, argv, "sfucvhV", long_options, NULL)) !=
	       -1) {
		switch (c) {
		case 's':
			TRY(set_mode(mode, MODE_STRIP));
			break;
		case 'f':
			TRY(set_mode(mode, MODE_FIXUP));
			break;
		case 'u':
			TRY(set_mode(mode, MODE_UNDO_LINK));
			break;
		case 'c':
			TRY(set_mode(mode, MODE_COMPARE));
			break;
		case OPT_VERIFY:
			TRY(set_mode(mode, MODE_VERIFY));
			break;
		case 'v':
			log_level++;
			break;
		case 'h':
			fputs(usage, stdout);
			*mode = MODE_DONE;
			return NULL;
		case 'V':
			puts("kpatch_strip " LIBCARE_VERSION);
			*mode = MODE_DONE;
			return NULL;
		default:
			return error_new(ERR_USAGE, "see kpatch_strip --help");
		}
	}
	return NULL;
}

static struct error *run(int argc, char **argv)
{
	enum mode mode = MODE_NONE;

	TRY(parse_options(argc, argv, &mode));
	int n = argc - optind;
	const char *first = argv[optind], *last = argv[argc - 1];
	switch (mode) {
	case MODE_DONE:
		return NULL;
	case MODE_STRIP:
		if (n == 2)
			return run_strip(first, last);
		break;
	case MODE_FIXUP:
		if (n == 2)
			return run_fixup(first, last);
		break;
	case MODE_UNDO_LINK:
		if (n == 1 || n == 2)
			return run_undo_link(n == 2 ? first : NULL, last);
		break;
	case MODE_COMPARE:
		if (n == 2)
			return run_compare(first, last);
		break;
	case MODE_VERIFY:
		if (n == 2 || n == 3)
			return run_verify(first, argv[optind + 1],
					  n == 3 ? last : NULL);
		break;
	case MODE_NONE:
		break;
	}
	return error_new(ERR_USAGE,
			 "expected --strip SRC DST, --rel-fixup ORIGINAL "
			 "PATCH, --undo-link [ORIGINAL] PATCH, --compare "
			 "ORIGINAL LINKED or --verify BUILT SHIPPED [DEBUG]; "
			 "see kpatch_strip --help");
}

int main(int argc, char **argv)
{
	return report_plain("kpatch_strip", run(argc, argv));
}
