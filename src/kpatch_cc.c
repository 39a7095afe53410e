// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_cc(1): stands for the compiler while a patch is built. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/version.h"
#include "cc/lto.h"
#include "cc/run.h"

/* Children get it: a real compiler that is kpatch_cc would call itself on. */
#define INSIDE "KPATCH_CC_INSIDE"

static const char usage[] =
	"Usage: kpatch_cc COMPILER-ARGUMENT...\n"
	"Runs the real compiler, and keeps the assembly on its way.\n\n"
	"  --kpatch-help      this text (--help is the compiler's)\n"
	"  --kpatch-version   the version\n\n"
	"Environment:\n"
	"  KPATCH_STAGE   configure (as is, the default), original (keeps\n"
	"                 .kpatch_NAME.original.s), patched (makes objects with\n"
	"                 the patch in them)\n"
	"  KPATCH_CC      the real C compiler, default gcc\n"
	"  KPATCH_CXX     the real C++ compiler, default g++; for a name that\n"
	"                 ends in ++, as kpatch_c++\n"
	"  KPATCH_PATH    the folder with kpatch_gensrc\n"
	"  KPATCH_VERBOSE 1: print the commands that are run\n\n"
	"Exit codes: the compiler's; of its own 1 failed, 2 usage, 6 bad file\n";

static const char *env_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

static struct error *read_stage(enum cc_stage *ret_stage)
{
	const char *stage = env_or("KPATCH_STAGE", "configure");

	if (!strcmp(stage, "configure"))
		*ret_stage = CC_STAGE_CONFIGURE;
	else if (!strcmp(stage, "original"))
		*ret_stage = CC_STAGE_ORIGINAL;
	else if (!strcmp(stage, "patched"))
		*ret_stage = CC_STAGE_PATCHED;
	else
		return error_new(ERR_USAGE, "KPATCH_STAGE is \"%s\", expected "
				 "configure, original or patched", stage);
	return NULL;
}

/* The folder of this program, where its sisters are. */
static void own_folder(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);

	path[len > 0 ? len : 0] = '\0';
	char *slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
}

/*
 * For libcare.h, in the folder of the programs or beside it. Where the compiler
 * looks last: nothing of the program's is hidden.
 */
static void add_headers(const char *folder)
{
	static const char *const names[] = {"C_INCLUDE_PATH",
					    "CPLUS_INCLUDE_PATH"};
	static const char *const places[] = {"include", "../include"};

	for (size_t i = 0; i < 2; i++) {
		_autofree_ char *dir = xasprintf("%s/%s", folder, places[i]);
		_autofree_ char *file = xasprintf("%s/libcare.h", dir);

		if (access(file, R_OK))
			continue;
		for (size_t k = 0; k < 2; k++) {
			const char *old = env_or(names[k], "");
			_autofree_ char *new = xasprintf(
				"%s%s%s", old, *old ? ":" : "", dir);

			setenv(names[k], new, 1);
		}
		return;
	}
}

static struct error *run(char **argv, int *ret_status)
{
	char folder[PATH_MAX];
	size_t len = argv[0] ? strlen(argv[0]) : 0;
	bool cxx = len > 2 && !strcmp(argv[0] + len - 2, "++");
	struct cc_environment env = {
		.compiler = cxx ? env_or("KPATCH_CXX", "g++")
				: env_or("KPATCH_CC", "gcc"),
	};

	TRY(read_stage(&env.stage));
	if (getenv(INSIDE))
		return error_new(ERR_USAGE, "the real compiler \"%s\" is "
				 "kpatch_cc again: set KPATCH_CC, KPATCH_CXX",
				 env.compiler);
	setenv(INSIDE, "1", 1);
	own_folder(folder, sizeof(folder));
	if (env.stage == CC_STAGE_PATCHED)
		add_headers(folder);
	env.allowed_layouts = getenv("KPATCH_ALLOW_LAYOUT");
	env.tools = env_or("KPATCH_PATH", folder);
	return cc_run(&env, len ? argv + 1 : argv, ret_status);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc && cc_lto_is_assembler(argv[0])) {
		struct error *err = cc_lto_assemble(argv + 1, &status);

		return err ? report_plain("kpatch_cc", err) : status;
	}
	if (argc == 2 && !strcmp(argv[1], "--kpatch-help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--kpatch-version")) {
		puts("kpatch_cc " LIBCARE_VERSION);
		return 0;
	}
	if (!strcmp(env_or("KPATCH_VERBOSE", "0"), "1"))
		log_level = LOG_INFO;
	struct error *err = run(argv, &status);
	return err ? report("kpatch_cc", err) : status;
}
