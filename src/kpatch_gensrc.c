// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_gensrc(1): compares two assembly files, writes the augmented one. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asm/asm.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "diff/diff.h"

static const char usage[] =
	"Usage: kpatch_gensrc -i ORIGINAL.s -i PATCHED.s -o OUT.s [OPTION...]\n"
	"Writes the original assembly with what changed in .kpatch.* sections.\n"
	"\n"
	"  -i FILE            input: the original first, then the patched one\n"
	"  -o FILE            output, - for standard output\n"
	"  --os=NAME          accepted for compatibility, without effect\n"
	"  --force-gotpcrel   reach every symbol of other files through a slot\n"
	"  -v                 say which functions changed; twice: more\n"
	"  -h, --help         this text\n"
	"  --version          version\n"
	"\n"
	"Exit codes: 0 done, 1 a difference can't be carried, 2 usage,\n"
	"6 an input isn't assembly as a compiler emits it.\n";

struct arguments {
	const char *inputs[2];
	int ninputs;
	const char *output;
	struct gensrc_options options;
};

static struct error *run(const struct arguments *args)
{
	_cleanup_(asm_freep) struct asm_file *a = NULL, *b = NULL;
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	struct gensrc_result result;

	TRY(asm_read(args->inputs[0], &a));
	TRY(asm_read(args->inputs[1], &b));
	TRY(gensrc(a, b, &args->options, &result));
	text = result.text;
	log_info("%zu function(s) changed, %zu new, %zu variable(s) and "
		 "constant(s)",
		 result.changed, result.added, result.variables);
	if (strcmp(args->output, "-") != 0)
		return file_write(args->output, text.data, text.len, 0644);
	if (fwrite(text.data, 1, text.len, stdout) != text.len ||
	    fflush(stdout) != 0)
		return error_new(ERR_FAILED, "cannot write to standard output");
	return NULL;
}

int main(int argc, char **argv)
{
	enum { OPT_OS = 256, OPT_FORCE, OPT_VERSION };
	static const struct option longopts[] = {
		{"os", required_argument, NULL, OPT_OS},
		{"force-gotpcrel", no_argument, NULL, OPT_FORCE},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, OPT_VERSION},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {
		.options.allowed_init = getenv("KPATCH_ALLOW_INIT"),
	};
	int c;

	while ((c = getopt_long(argc, argv, "i:o:vh", longopts, NULL)) != -1) {
		switch (c) {
		case 'i':
			if (args.ninputs < 2)
				args.inputs[args.ninputs] = optarg;
			args.ninputs++;
			break;
		case 'o':
			args.output = optarg;
			break;
		case 'v':
			log_level++;
			break;
		case 'h':
			fputs(usage, stdout);
			return ERR_OK;
		case OPT_VERSION:
			puts("kpatch_gensrc (LibCare) " LIBCARE_VERSION);
			return ERR_OK;
		case OPT_OS:
			break;
		case OPT_FORCE:
			args.options.force_gotpcrel = true;
			break;
		default:
			return ERR_USAGE;
		}
	}
	if (args.ninputs != 2 || !args.output || optind != argc)
		return report("kpatch_gensrc",
			      error_new(ERR_USAGE,
					"needs two -i and one -o; see --help"));
	return report_plain("kpatch_gensrc", run(&args));
}
