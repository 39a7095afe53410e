// SPDX-License-Identifier: GPL-2.0-or-later
/* The link's side: see lto_as.c for what is done in the assembler's place. */
#include "cc/lto.h"

#include <errno.h>
#include <limits.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "cc/dates.h"
#include "cc/lto_parts.h"
#include "cc/names.h"
#include "cc/spawn.h"

static const char *const part_names[] = {"original", "patched"};

/* What an earlier link has left: the program may have had more parts. */
static void remove_parts(const struct cc_lto *l)
{
	static const char *const of_patched[] = {"patched", "augmented"};
	bool patched = l->stage == CC_STAGE_PATCHED;

	for (size_t i = 0; i < 2; i++) {
		_cleanup_(globfree) glob_t g = {0};

		if (!patched && i)
			break;
		cc_lto_find(l->base, patched ? of_patched[i] : "original", &g);
		for (size_t k = 0; k < g.gl_pathc; k++)
			unlink(g.gl_pathv[k]);
	}
}

static struct error *make_folder(struct cc_lto *l)
{
	const char *tmp = getenv("TMPDIR");
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return error_errno(errno, "/proc/self/exe");
	self[len] = '\0';
	_autofree_ char *folder =
		xasprintf("%s/kpatch_as.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		return error_errno(errno, "%s: cannot be created", folder);
	_autofree_ char *as = xasprintf("%s/as", folder);
	l->folder = TAKE(folder);
	if (symlink(self, as))
		return error_errno(errno, "%s: cannot be created", as);
	return NULL;
}

static struct error *find_assembler(const struct cc_compiler *compiler,
				    char **ret_path)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;

	for (size_t i = 0; i < compiler->words.n; i++)
		cc_args_add(&args, compiler->words.v[i]);
	cc_args_add(&args, "-print-prog-name=as");
	return cc_first_line(&args, ret_path);
}

struct error *cc_lto_begin(struct cc_lto *l, const struct cc_environment *env,
			   const struct cc_compiler *compiler,
			   const char *product, struct cc_args *args)
{
	_autofree_ char *as = NULL, *base = cc_names_base(product);
	_autofree_ char *here = getcwd(NULL, 0);

	TRY(find_assembler(compiler, &as));
	TRY(make_folder(l));
	l->stage = env->stage;
	l->base = *base == '/' || !here ? TAKE(base)
					: xasprintf("%s/%s", here, base);
	remove_parts(l);
	setenv(CC_LTO_STAGE, part_names[env->stage == CC_STAGE_PATCHED], 1);
	setenv(CC_LTO_BASE, l->base, 1);
	setenv(CC_LTO_AS, *as ? as : "as", 1);
	setenv(CC_LTO_TOOLS, env->tools, 1);
	cc_args_add(args, "-B");
	cc_args_add(args, l->folder);
	return NULL;
}

static size_t count_parts(const struct cc_lto *l, const char *stage)
{
	_cleanup_(globfree) glob_t g = {0};

	cc_lto_find(l->base, stage, &g);
	return g.gl_pathc;
}

struct error *cc_lto_end(struct cc_lto *l)
{
	if (l->stage != CC_STAGE_PATCHED)
		return NULL;
	size_t original = count_parts(l, "original");
	size_t patched = count_parts(l, "patched");

	if (original == patched)
		return NULL;
	return error_new(ERR_FAILED, "%s: -flto divides the patched program "
			 "into %zu parts, the original into %zu, and functions "
			 "may have moved: build both stages with "
			 "-flto-partition=one", l->base, patched, original);
}

void cc_lto_deinit(struct cc_lto *l)
{
	if (l->folder) {
		_autofree_ char *as = xasprintf("%s/as", l->folder);

		unlink(as);
		rmdir(l->folder);
	}
	free(l->folder);
	free(l->base);
	*l = (struct cc_lto){0};
}

/* ---- compilations ---- */

/* In both stages what was the time in the original's. */
static struct error *add_dates(const struct cc_environment *env,
			       const struct cc_names *names,
			       struct cc_args *args)
{
	const char *path = names->dates;
	struct dates dates;

	if (env->stage == CC_STAGE_ORIGINAL) {
		dates = dates_now();
		_autofree_ char *text =
			xasprintf("%s %s\n", dates.date, dates.time);

		TRY(file_write(path, text, strlen(text), 0644));
	} else {
		dates = dates_of_file(path);
	}
	dates_add(&dates, args);
	return NULL;
}

/* kpmake asks for it to know that the source was compiled in this stage. */
static struct error *leave_marks(const struct cc_environment *env,
				 const struct cc_command *c,
				 const struct cc_names *names)
{
	if (env->stage != CC_STAGE_PATCHED)
		return NULL;
	for (size_t i = 0; i < c->nsources; i++)
		TRY(file_write(names[i].patched, "", 0, 0644));
	return NULL;
}

static struct error *compile(const struct cc_environment *env,
			     const struct cc_command *c,
			     const struct cc_names *names,
			     struct cc_args *args, int *ret_status)
{
	TRY(add_dates(env, names, args));
	cc_step_whole(c, names, false, args);
	TRY(cc_spawn(args, 0, ret_status));
	return *ret_status ? NULL : leave_marks(env, c, names);
}

static struct error *build(const struct cc_environment *env,
			   const struct cc_compiler *compiler,
			   const struct cc_command *c,
			   const struct cc_names *names, struct cc_args *args,
			   int *ret_status)
{
	_cleanup_(cc_lto_deinit) struct cc_lto lto = {0};

	TRY(add_dates(env, names, args));
	TRY(cc_lto_begin(&lto, env, compiler, names->product, args));
	cc_step_whole(c, names, env->stage == CC_STAGE_PATCHED, args);
	TRY(cc_spawn(args, 0, ret_status));
	if (*ret_status)
		return NULL;
	TRY(cc_lto_end(&lto));
	return leave_marks(env, c, names);
}

struct error *cc_lto_run(const struct cc_environment *env,
			 const struct cc_compiler *compiler,
			 const struct cc_command *c,
			 const struct cc_names *names, int *ret_status)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;

	if (compiler->clang)
		return error_new(ERR_FAILED, "%s: clang's -flto leaves no "
				 "assembly of its functions to compare; build "
				 "both stages with -fno-lto, or by gcc",
				 names->product);
	for (size_t i = 0; i < compiler->words.n; i++)
		cc_args_add(&args, compiler->words.v[i]);
	return c->action == CC_BUILD
		       ? build(env, compiler, c, names, &args, ret_status)
		       : compile(env, c, names, &args, ret_status);
}
