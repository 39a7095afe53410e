// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_lines(1): a patched source with the line numbers of the original. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "cc/lines.h"

static const char usage[] =
	"Usage: diff -U0 ORIGINAL PATCHED | kpatch_lines PATCHED\n"
	"Adds #line directives to PATCHED, so that what a patch doesn't touch\n"
	"keeps its line numbers (__LINE__). kpmake does it.\n"
	"\n"
	"  -h, --help   this text\n"
	"  --version    version\n"
	"\n"
	"Exit codes: 0 done, 1 failed, 2 usage, 6 the input isn't a diff.\n";

static struct error *read_stdin(struct buf *ret_buf)
{
	char part[4096];
	size_t n;

	*ret_buf = BUF_INIT;
	while ((n = fread(part, 1, sizeof(part), stdin)) > 0)
		buf_add(ret_buf, part, n);
	return ferror(stdin) ? error_new(ERR_FAILED, "standard input: cannot "
					 "be read") : NULL;
}

static struct error *run(const char *path)
{
	_cleanup_(buf_deinit) struct buf diff = BUF_INIT, source = BUF_INIT;
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	struct stat st;

	TRY(read_stdin(&diff));
	TRY(file_read(path, 0, &source));
	TRY(error_context(lines_keep(&source, &diff, &text), "%s", path));
	if (text.len == source.len)
		return NULL;
	if (stat(path, &st))
		return error_new(ERR_FAILED, "%s: cannot be looked at", path);
	return file_write(path, text.data, text.len, st.st_mode & 07777);
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			return ERR_OK;
		case 'V':
			puts("kpatch_lines (LibCare) " LIBCARE_VERSION);
			return ERR_OK;
		default:
			return ERR_USAGE;
		}
	}
	if (optind + 1 != argc)
		return report("kpatch_lines",
			      error_new(ERR_USAGE, "needs one file; see "
					"--help"));
	return report("kpatch_lines", run(argv[optind]));
}
