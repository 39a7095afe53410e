// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "cc/dates.h"
#include "cc/lto.h"
#include "cc/spawn.h"
#include "cc/shifts.h"
#include "cc/steps.h"
#include "cc/types.h"

/* One command under way. */
struct job {
	const struct cc_environment *env;
	struct cc_command command;
	struct cc_compiler compiler;
	struct cc_names *names; /* of each source */
	char **argv;
	bool stale_products; /* built, but not by us in the original stage */
	bool plain; /* the command runs unchanged, -S beside it */
	int status; /* of the first step that failed */
};

static void job_deinit(struct job *j)
{
	for (size_t i = 0; j->names && i < j->command.nsources; i++)
		cc_names_deinit(&j->names[i]);
	free(j->names);
	cc_command_deinit(&j->command);
	cc_args_deinit(&j->compiler.words);
}

static void start_args(const struct job *j, struct cc_args *args)
{
	for (size_t i = 0; i < j->compiler.words.n; i++)
		cc_args_add(args, j->compiler.words.v[i]);
}

/* In the patched stage the time of the build is the original's. */
static void add_dates(const struct job *j, size_t i, struct cc_args *args)
{
	if (j->env->stage != CC_STAGE_PATCHED)
		return;
	struct dates dates = dates_of_file(j->names[i].original);
	dates_add(&dates, args);
}

static struct error *run_plain(struct job *j)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;

	start_args(j, &args);
	add_dates(j, 0, &args);
	for (char **p = j->argv; *p; p++)
		cc_args_add(&args, *p);
	return cc_spawn(&args, 0, &j->status);
}

static struct error *move(const char *from, const char *to)
{
	if (rename(from, to) < 0)
		return error_errno(errno, "%s: cannot be renamed to %s", from,
				   to);
	return NULL;
}

/*
 * Source to .s; on a failed compilation the object goes, as with -c. `dates`
 * are those to compile with, NULL: the present, or the original's.
 */
static struct error *capture(struct job *j, size_t i, const struct dates *dates)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;
	const struct cc_names *names = &j->names[i];
	bool original = j->env->stage == CC_STAGE_ORIGINAL;

	start_args(j, &args);
	if (dates)
		dates_add(dates, &args);
	else
		add_dates(j, i, &args);
	cc_step_capture(&j->command, i, names, !j->plain, &j->compiler, &args);
	TRY(cc_spawn(&args, j->plain ? CC_SPAWN_QUIET : 0, &j->status));
	if (!j->status)
		return move(names->captured,
			    original ? names->original : names->patched);
	unlink(names->captured);
	unlink(names->included);
	if (j->plain)
		return error_new(ERR_FAILED, "%s compiles, but not with -S "
				 "(exit code %d)",
				 j->command.words[j->command.sources[i].word]
					 .text, j->status);
	if (j->command.action == CC_COMPILE)
		unlink(names->object);
	return NULL;
}

/*
 * Where clang's assembler would make other bytes of the text than clang has
 * made of the same code, it gets another text: shifts.h.
 */
static struct error *keep_forms(const struct job *j, size_t i,
				const char **assembly)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	_cleanup_(buf_deinit) struct buf kept = BUF_INIT;
	const char *to = j->names[i].augmented;

	if (!j->compiler.clang || !cc_is_self_assembled(&j->command))
		return NULL;
	TRY(file_read(*assembly, 0, &text));
	if (!shifts_keep_form(text.data, text.len, &kept))
		return NULL;
	TRY(file_write(to, kept.data, kept.len, 0644));
	*assembly = to;
	return NULL;
}

static struct error *assemble_as_is(struct job *j, size_t i,
				    const char *assembly)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;

	start_args(j, &args);
	cc_step_assemble(&j->command, &j->names[i], assembly, &j->compiler,
			 &args);
	return cc_spawn(&args, 0, &j->status);
}

static struct error *assemble(struct job *j, size_t i, const char *assembly)
{
	TRY(keep_forms(j, i, &assembly));
	return assemble_as_is(j, i, assembly);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static struct error *same_content(const char *a, const char *b, bool *ret_same)
{
	_cleanup_(buf_deinit) struct buf first = BUF_INIT;
	_cleanup_(buf_deinit) struct buf second = BUF_INIT;

	TRY(file_read(a, 0, &first));
	TRY(file_read(b, 0, &second));
	*ret_same = first.len == second.len &&
		    (!first.len || !memcmp(first.data, second.data, first.len));
	return NULL;
}

/*
 * Products that are there, though no source of theirs has an .original.s: then
 * nothing could be compared, and all of them would pass for new.
 */
static bool has_stale_products(const struct job *j)
{
	for (size_t i = 0; i < j->command.nsources; i++)
		if (exists(j->names[i].original))
			return false;
	for (size_t i = 0; i < j->command.nsources; i++)
		if (exists(j->names[i].product))
			return true;
	return false;
}

/* A source without .original.s is new in the patch. */
static struct error *check_new_source(const struct job *j, size_t i)
{
	const struct cc_names *names = &j->names[i];

	if (exists(names->original))
		return NULL;
	if (j->stale_products)
		return error_new(ERR_FAILED, "%s: %s is missing, though %s had "
				 "been built: build the original with "
				 "KPATCH_STAGE=original first (kpmake --clean)",
				 j->command.words[j->command.sources[i].word]
					 .text, names->original,
				 names->product);
	return file_write(names->original, "", 0, 0644);
}

static struct error *gensrc(struct job *j, size_t i)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;
	_autofree_ char *program =
		xasprintf("%s/kpatch_gensrc", j->env->tools);
	const struct cc_names *names = &j->names[i];
	const char *const words[] = {program, "-i", names->original, "-i",
		names->patched, "-o", names->augmented, NULL};

	for (size_t w = 0; words[w]; w++)
		cc_args_add(&args, words[w]);
	return cc_spawn(&args, 0, &j->status);
}

static struct error *has_text(const char *path, const char *text, bool *ret_has)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	TRY(file_read(path, 0, &b));
	*ret_has = b.len && memmem(b.data, b.len, text, strlen(text));
	return NULL;
}

/*
 * Debug information of the patched source is in no object: one is made of it
 * for a moment. The object with the patch has that of the original.
 */
static struct error *assemble_compared(struct job *j, size_t i)
{
	const struct cc_names *names = &j->names[i];
	_cleanup_(types_deinit) struct types a = {0}, b = {0};
	bool changed, debug;

	TRY(has_text(names->augmented, ".kpatch.info", &changed));
	TRY(has_text(names->patched, ".debug_info", &debug));
	if (changed && debug) {
		TRY(assemble_as_is(j, i, names->patched));
		if (j->status)
			return NULL;
		types_read(names->object, &b);
	}
	TRY(assemble(j, i, names->augmented));
	if (j->status || !changed || !debug)
		return NULL;
	types_read(names->object, &a);
	struct error *err = types_compare(&a, &b,
					  j->env->allowed_layouts);
	if (err)
		unlink(names->object);
	return err;
}

/* The object with the patch; from the original's .s if nothing changed. */
static struct error *make_patched(struct job *j, size_t i)
{
	const struct cc_names *names = &j->names[i];
	bool same;

	unlink(names->augmented);
	TRY(same_content(names->original, names->patched, &same));
	if (same)
		return j->plain && j->command.action == CC_COMPILE
			       ? NULL
			       : assemble(j, i, names->original);
	TRY(gensrc(j, i));
	if (!j->status)
		TRY(assemble_compared(j, i));
	if (j->status && j->command.action == CC_COMPILE)
		unlink(names->object);
	return NULL;
}

/* The plain command and -S may have run in different seconds. */
static struct error *capture_dates(struct job *j, size_t i)
{
	struct dates captured = dates_of_file(j->names[i].original);

	if (!*captured.date && !*captured.time)
		return NULL;
	struct dates plain = dates_of_file(j->names[i].product);
	if (!strcmp(plain.date, captured.date) &&
	    !strcmp(plain.time, captured.time))
		return NULL;
	return capture(j, i, &plain);
}

static struct error *do_source(struct job *j, size_t i)
{
	if (j->env->stage == CC_STAGE_PATCHED)
		TRY(check_new_source(j, i));
	TRY(capture(j, i, NULL));
	if (j->status)
		return NULL;
	if (j->plain && j->env->stage == CC_STAGE_ORIGINAL)
		TRY(capture_dates(j, i));
	if (j->env->stage == CC_STAGE_PATCHED)
		return make_patched(j, i);
	return j->plain ? NULL : assemble(j, i, j->names[i].original);
}

static struct error *run_others(struct job *j)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;

	if (j->plain || !j->command.ninputs)
		return NULL;
	start_args(j, &args);
	cc_step_others(&j->command, &args);
	return cc_spawn(&args, 0, &j->status);
}

/* Objects or libraries may be of -flto, though this command doesn't say so. */
static struct error *run_link(struct job *j)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;
	_cleanup_(cc_lto_deinit) struct cc_lto lto = {0};
	const struct cc_command *c = &j->command;
	bool patched = j->env->stage == CC_STAGE_PATCHED;

	start_args(j, &args);
	if (!j->compiler.clang && !c->relocatable)
		TRY(cc_lto_begin(&lto, j->env, &j->compiler,
				 c->output ? c->output : "a.out", &args));
	cc_step_link(c, j->names, patched && !c->relocatable, &args);
	TRY(cc_spawn(&args, 0, &j->status));
	return lto.folder && !j->status ? cc_lto_end(&lto) : NULL;
}

static struct error *run_steps(struct job *j)
{
	const struct cc_command *c = &j->command;
	bool patched = j->env->stage == CC_STAGE_PATCHED;

	j->stale_products = has_stale_products(j);
	if (j->plain)
		TRY(run_plain(j));
	for (size_t i = 0; i < c->nsources && !j->status; i++)
		TRY(do_source(j, i));
	if (j->status)
		return NULL;
	if (c->action == CC_COMPILE)
		return run_others(j);
	return j->plain && !patched ? NULL : run_link(j);
}

static void remove_temporary_objects(const struct job *j)
{
	for (size_t i = 0; i < j->command.nsources; i++)
		if (j->command.action == CC_BUILD)
			unlink(j->names[i].object);
}

/* Output to a device or a pipe (configure scripts use /dev/null). */
static bool output_is_special(const struct cc_command *c)
{
	struct stat st;

	return c->output && (!strcmp(c->output, "-") ||
			     (stat(c->output, &st) == 0 &&
			      !S_ISREG(st.st_mode)));
}

static bool is_passed_through(const struct job *j)
{
	const struct cc_command *c = &j->command;

	if (j->env->stage == CC_STAGE_CONFIGURE || c->action == CC_PASS ||
	    output_is_special(c))
		return true;
	/* -o of many objects: the compiler has a message for that */
	if (c->action == CC_COMPILE && c->output &&
	    c->nsources + c->ninputs > 1)
		return true;
	/* nothing to see in its objects; the patched stage says so */
	return j->env->stage == CC_STAGE_ORIGINAL && j->compiler.clang &&
	       (c->lto || c->action == CC_LINK);
}

static void prepare(struct job *j)
{
	const struct cc_command *c = &j->command;

	j->plain = c->nsources && cc_needs_plain(c, &j->compiler);
	j->names = xcalloc(c->nsources + 1, sizeof(*j->names));
	for (size_t i = 0; i < c->nsources; i++)
		cc_names_init(&j->names[i], c, i);
}

struct error *cc_run(const struct cc_environment *env, char **argv,
		     int *ret_status)
{
	_cleanup_(job_deinit) struct job j = {.env = env, .argv = argv};

	cc_args_split(&j.compiler.words, env->compiler);
	if (!j.compiler.words.n)
		return error_new(ERR_USAGE, "the real compiler's name "
				 "(KPATCH_CC, KPATCH_CXX) is empty");
	if (env->stage != CC_STAGE_CONFIGURE) {
		TRY(cc_parse(argv, &j.command));
		TRY(cc_is_clang(&j.compiler.words, &j.compiler.clang));
	}
	if (is_passed_through(&j))
		return cc_become(&j.compiler.words, argv);
	prepare(&j);
	struct error *err =
		j.command.lto && j.command.nsources
			? cc_lto_run(env, &j.compiler, &j.command, j.names,
				     &j.status)
			: run_steps(&j);
	remove_temporary_objects(&j);
	TRY(err);
	*ret_status = j.status;
	return NULL;
}
