// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_make: puts the header before a patch object. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "kpfile/kpfile.h"
#include "object/patch_object.h"

struct options {
	const char *buildid, *object_name, *level, *description, *cves;
	const char *input, *output;
};

static const char usage[] =
	"Usage: kpatch_make -b BUILDID [OPTION]... PATCH -o FILE\n"
	"Makes a .kpatch file of PATCH, a relocatable object as kpatch_strip\n"
	"--undo-link leaves it.\n\n"
	"  -b, --buildid=HEX       BuildID of the object that is patched\n"
	"  -o, --output=FILE       the .kpatch file to write\n"
	"  -n, --name=NAME         name of that object (libfoo.so.1)\n"
	"  -l, --level=LEVEL       patchlevel, from 1; a higher one replaces a "
	"lower\n"
	"  -d, --description=TEXT  what the patch does\n"
	"  -c, --cve=CVE[,CVE]     which vulnerabilities it fixes\n"
	"  -v, --verbose           say what is done\n"
	"  -h, --help              this text\n"
	"  -V, --version           the version\n\n"
	"The build time is SOURCE_DATE_EPOCH if that is set, else now.\n"
	"Exit codes: 0 done, 1 failed, 2 usage, 4 privilege, 6 bad input "
	"file\n";

static const struct option long_options[] = {
	{"buildid", required_argument, NULL, 'b'},
	{"output", required_argument, NULL, 'o'},
	{"name", required_argument, NULL, 'n'},
	{"level", required_argument, NULL, 'l'},
	{"description", required_argument, NULL, 'd'},
	{"cve", required_argument, NULL, 'c'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static struct error *parse_number(const char *what, const char *text,
				  unsigned long long max, uint64_t *ret_number)
{
	char *end;

	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || number > max)
		return error_new(ERR_USAGE,
				 "%s \"%s\" is not a number from 0 "
				 "to %llu",
				 what, text, max);
	*ret_number = number;
	return NULL;
}

static struct error *build_time(uint64_t *ret_time)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	if (epoch && *epoch)
		return parse_number("SOURCE_DATE_EPOCH", epoch, LLONG_MAX,
				    ret_time);
	*ret_time = (uint64_t)time(NULL);
	return NULL;
}

static struct error *read_patch(const char *path, struct buf *ret_bytes)
{
	_cleanup_(patch_object_freep) struct patch_object *po = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;

	TRY(file_read(path, 0, &bytes));
	TRY(patch_object_read(path, bytes.data, bytes.len, &po));
	TRY(patch_object_check(po));
	*ret_bytes = bytes;
	bytes = BUF_INIT;
	return NULL;
}

static struct error *make(const struct options *o)
{
	_cleanup_(kpfile_deinit) struct kpfile kp = {0};
	_cleanup_(buf_deinit) struct buf out = BUF_INIT;
	uint64_t level = 0;

	TRY(error_context(buildid_parse(o->buildid, &kp.buildid), "-b"));
	if (o->level)
		TRY(parse_number("patchlevel", o->level, UINT32_MAX, &level));
	TRY(build_time(&kp.build_time));
	kp.patchlevel = (uint32_t)level;
	kp.object_name = xstrdup(o->object_name ? o->object_name : "");
	kp.description = xstrdup(o->description ? o->description : "");
	kp.cves = xstrdup(o->cves ? o->cves : "");
	TRY(read_patch(o->input, &kp.image));
	TRY(kpfile_format(&kp, &out));
	log_info("%s: %zu bytes, of which %zu the patch object", o->output,
		 out.len, kp.image.len);
	return file_write(o->output, out.data, out.len, 0644);
}

/* Returns false for --help and --version, which are done with. */
static struct error *parse_options(int argc, char **argv, struct options *o,
				   bool *ret_go_on)
{
	int c;

	while ((c = getopt_long(argc, argv, "b:o:n:l:d:c:vhV", long_options,
				NULL)) != -1) {
		switch (c) {
		case 'b':
			o->buildid = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case 'n':
			o->object_name = optarg;
			break;
		case 'l':
			o->level = optarg;
			break;
		case 'd':
			o->description = optarg;
			break;
		case 'c':
			o->cves = optarg;
			break;
		case 'v':
			log_level++;
			break;
		case 'h':
			fputs(usage, stdout);
			return NULL;
		case 'V':
			puts("kpatch_make " LIBCARE_VERSION);
			return NULL;
		default:
			return error_new(ERR_USAGE, "see kpatch_make --help");
		}
	}
	if (optind + 1 != argc)
		return error_new(ERR_USAGE, "expected one PATCH; see "
					    "kpatch_make --help");
	if (!o->buildid || !o->output)
		return error_new(ERR_USAGE, "-b BUILDID and -o FILE are "
					    "needed; see kpatch_make --help");
	o->input = argv[optind];
	*ret_go_on = true;
	return NULL;
}

int main(int argc, char **argv)
{
	struct options o = {0};
	bool go_on = false;
	struct error *err = parse_options(argc, argv, &o, &go_on);

	if (!err && go_on)
		err = make(&o);
	return report("kpatch_make", err);
}
