// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_user, alias kpatch_ctl: patches running processes. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/version.h"
#include "doctor/all.h"
#include "object/show.h"

#define DEFAULT_TIMEOUT_MS 5000u
#define MAX_TIMEOUT_S 3600.0

struct options {
	struct doctor_options doctor;
	const char *pid; /* a number or "all" */
	char **args;	 /* behind the verb */
	size_t nargs;
	struct store *store;
	struct buildid *ids;
};

struct verb {
	const char *name;
	struct error *(*run)(struct options *o);
	bool needs_pid;
	size_t min_args, max_args;
};

static const char usage[] =
	"Usage: kpatch_user [-v] patch -p PID|all [--dry-run] FILE|DIR\n"
	"       kpatch_user [-v] unpatch -p PID|all [--dry-run] [BUILDID...]\n"
	"       kpatch_user [-v] info -p PID|all\n"
	"       kpatch_user symbols -p PID DIR\n"
	"       kpatch_user show FILE...\n\n"
	"  patch    applies a .kpatch file, or what a directory has for the\n"
	"           process (BUILDID.kpatch, BUILDID/LEVEL/kpatch.bin)\n"
	"  unpatch  takes back the patches for these BuildIDs, or all of them\n"
	"  info     lists the objects of the process, and which are patched\n"
	"  symbols  writes ELF files with the patched functions' names and call\n"
	"           frames, and prints the commands by which gdb reads them\n"
	"  show     prints what a .kpatch file contains\n\n"
	"  -p, --pid=PID          the process; all: every one but init and us\n"
	"  -n, --dry-run          print what would be done, and do nothing\n"
	"  -t, --timeout=SECONDS  how long to wait for a thread that is inside a\n"
	"                         replaced function (default 5)\n"
	"      --retry=N          try again at most N times; the default is until\n"
	"                         the time is up\n"
	"      --park-ms=MS       hold threads for at most that long at a time,\n"
	"                         if some are always inside (default 100)\n"
	"      --skip-contexts    don't look for coroutines suspended inside: only\n"
	"                         if the program has none, see kpatch_user(8)\n"
	"      --context-ms=MS    how long one look for them may take (60000)\n"
	"      --callback-ms=MS   how long a patch's callbacks may take (100)\n"
	"      --no-callbacks     don't call them, see kpatch_user(8)\n"
	"  -v, --verbose          say what is done; twice: details\n"
	"  -h, --help             this text\n"
	"  -V, --version          the version\n\n"
	"Exit codes: 0 done, 1 failed, the process is as before, 2 usage,\n"
	"3 nothing to do or no matching patch, 4 privilege, 5 not safe now, try\n"
	"again, 6 bad patch file\n";

enum { OPT_RETRY = 256, OPT_PARK, OPT_CONTEXT, OPT_SKIP_CONTEXTS,
       OPT_CALLBACK, OPT_NO_CALLBACKS };

static const struct option long_options[] = {
	{"pid", required_argument, NULL, 'p'},
	{"dry-run", no_argument, NULL, 'n'},
	{"timeout", required_argument, NULL, 't'},
	{"retry", required_argument, NULL, OPT_RETRY},
	{"park-ms", required_argument, NULL, OPT_PARK},
	{"context-ms", required_argument, NULL, OPT_CONTEXT},
	{"callback-ms", required_argument, NULL, OPT_CALLBACK},
	{"no-callbacks", no_argument, NULL, OPT_NO_CALLBACKS},
	{"skip-contexts", no_argument, NULL, OPT_SKIP_CONTEXTS},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

static struct error *parse_pid(const char *text, pid_t *ret_pid)
{
	char *end;

	errno = 0;
	long pid = strtol(text, &end, 10);
	if (errno || *end || end == text || pid <= 0 || pid > 0x7fffffff)
		return error_new(ERR_USAGE, "-p: \"%s\" is neither a process "
				 "id nor \"all\"", text);
	*ret_pid = (pid_t)pid;
	return NULL;
}

static struct error *parse_timeout(const char *text, unsigned int *ret_ms)
{
	char *end;
	double s = strtod(text, &end);

	if (*end || end == text || !(s >= 0 && s <= MAX_TIMEOUT_S))
		return error_new(ERR_USAGE, "--timeout: \"%s\" is not a number "
				 "of seconds from 0 to %.0f", text,
				 MAX_TIMEOUT_S);
	*ret_ms = (unsigned int)(s * 1000);
	return NULL;
}

static struct error *parse_number(const char *option, const char *text,
				  unsigned int max, unsigned int *ret)
{
	char *end;

	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || n > max)
		return error_new(ERR_USAGE, "--%s: \"%s\" is not a number from "
				 "0 to %u", option, text, max);
	*ret = (unsigned int)n;
	return NULL;
}

/* Of the commit, those that have no letter. */
static struct error *parse_commit_option(int c, struct commit_options *o)
{
	switch (c) {
	case OPT_RETRY:
		return parse_number("retry", optarg, 1000000, &o->retries);
	case OPT_PARK:
		return parse_number("park-ms", optarg, 10000, &o->park_ms);
	case OPT_CONTEXT:
		return parse_number("context-ms", optarg, 3600000,
				    &o->context_ms);
	case OPT_CALLBACK:
		TRY(parse_number("callback-ms", optarg, 10000,
				 &o->callback_ms));
		if (!o->callback_ms)
			return error_new(ERR_USAGE, "--callback-ms: 0 ms is no "
					 "time; --no-callbacks calls none");
		return NULL;
	case OPT_NO_CALLBACKS:
		o->callback_ms = 0;
		return NULL;
	case OPT_SKIP_CONTEXTS:
		o->skip_contexts = true;
		return NULL;
	default:
		return error_new(ERR_USAGE, "see kpatch_user --help");
	}
}

static struct error *patch_one(void *arg, pid_t pid,
			       struct census *census, struct buf *out)
{
	struct options *o = arg;
	struct doctor_options options = o->doctor;
	size_t n = 0;

	options.census = census;
	TRY(doctor_patch(pid, o->store, &options, out, &n));
	if (o->doctor.dry_run)
		buf_addf(out, "%zu patch hunk(s) would be applied to PID "
			 "'%d'\n", n, pid);
	else
		buf_addf(out, "%zu patch hunk(s) have been successfully "
			 "applied to PID '%d'\n", n, pid);
	return NULL;
}

static struct error *unpatch_one(void *arg, pid_t pid,
				 struct census *census, struct buf *out)
{
	struct options *o = arg;
	struct doctor_options options = o->doctor;
	size_t n = 0;

	options.census = census;
	TRY(doctor_unpatch(pid, o->ids, o->nargs, &options, out, &n));
	if (o->doctor.dry_run)
		buf_addf(out, "%zu patch hunk(s) would be cancelled from PID "
			 "'%d'\n", n, pid);
	else
		buf_addf(out, "%zu patch hunk(s) were successfully cancelled "
			 "from PID '%d'\n", n, pid);
	return NULL;
}

static struct error *info_one(void *arg, pid_t pid,
			      struct census *census, struct buf *out)
{
	struct options *o = arg;

	(void)census;
	return doctor_info(pid, &o->doctor, out);
}

static struct error *for_pid(struct options *o, one_fn *one)
{
	_cleanup_(buf_deinit) struct buf out = BUF_INIT;
	pid_t pid;

	TRY(parse_pid(o->pid, &pid));
	struct error *err = one(o, pid, NULL, &out);
	if (!err && out.len)
		fputs(out.data, stdout);
	return err;
}

static void tell(const char *text, const struct error *err)
{
	fputs(text, stdout);
	if (!err)
		return;
	fflush(stdout);
	fprintf(stderr, "kpatch_user: %s\n", err->message);
}

/* `filter` may be NULL: then all processes, and nothing is summed up. */
static struct error *for_all(struct options *o, struct filter *filter,
			     one_fn *one)
{
	struct all_tally t;

	TRY(doctor_for_all(filter, one, o, tell, &t));
	if (filter)
		printf("%zu process(es) done, %zu with nothing to do, %zu "
		       "failed\n", t.done, t.nothing, t.failed);
	if (t.failed)
		return error_new(t.worst, "%zu of %zu processes failed",
				 t.failed, t.done + t.nothing + t.failed);
	return t.done ? NULL
		      : error_new(ERR_NOTHING, "nothing to do in any process");
}

/* Patches and unpatches: a process that has nothing to do with it is skipped. */
static struct error *for_each_pid(struct options *o, one_fn *one)
{
	struct filter filter;

	if (strcmp(o->pid, "all"))
		return for_pid(o, one);
	filter_init(&filter, o->store);
	struct error *err = for_all(o, &filter, one);
	filter_deinit(&filter);
	return err;
}

static struct error *run_patch(struct options *o)
{
	TRY(store_open(o->args[0], &o->store));
	struct error *err = for_each_pid(o, patch_one);
	store_close(o->store);
	return err;
}

static struct error *run_unpatch(struct options *o)
{
	_autofree_ struct buildid *ids = xcalloc(o->nargs, sizeof(*ids));

	for (size_t i = 0; i < o->nargs; i++)
		TRY(buildid_parse(o->args[i], &ids[i]));
	o->ids = ids;
	return for_each_pid(o, unpatch_one);
}

static struct error *run_info(struct options *o)
{
	return strcmp(o->pid, "all") ? for_pid(o, info_one)
				     : for_all(o, NULL, info_one);
}

static struct error *run_symbols(struct options *o)
{
	_cleanup_(buf_deinit) struct buf out = BUF_INIT;
	pid_t pid;

	TRY(parse_pid(o->pid, &pid));
	TRY(doctor_symbols(pid, o->args[0], &out));
	fputs(out.data, stdout);
	return NULL;
}

static struct error *run_show(struct options *o)
{
	for (size_t i = 0; i < o->nargs; i++) {
		_cleanup_(kpfile_deinit) struct kpfile kp = {0};

		TRY(kpfile_read(o->args[i], &kp));
		TRY(kpfile_show(&kp, stdout));
	}
	return NULL;
}

static const struct verb verbs[] = {
	{"patch", run_patch, true, 1, 1},
	{"unpatch", run_unpatch, true, 0, SIZE_MAX},
	{"info", run_info, true, 0, 0},
	{"symbols", run_symbols, true, 1, 1},
	{"show", run_show, false, 1, SIZE_MAX},
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

/* Leaves `ret_verb` NULL for --help and --version, which are done with. */
static struct error *parse_options(int argc, char **argv, struct options *o,
				   const struct verb **ret_verb)
{
	int c;

	while ((c = getopt_long(argc, argv, "p:nt:vhV", long_options, NULL)) !=
	       -1) {
		switch (c) {
		case 'p': o->pid = optarg; break;
		case 'n': o->doctor.dry_run = true; break;
		case 't':
			TRY(parse_timeout(optarg,
					  &o->doctor.commit.timeout_ms));
			break;
		case 'v':
			log_level++;
			o->doctor.verbose = true;
			break;
		case 'h': fputs(usage, stdout); return NULL;
		case 'V': puts("kpatch_user " LIBCARE_VERSION); return NULL;
		default: TRY(parse_commit_option(c, &o->doctor.commit));
		}
	}
	if (optind == argc)
		return error_new(ERR_USAGE, "expected patch, unpatch, info, "
				 "symbols or show; see kpatch_user --help");
	const struct verb *v = find_verb(argv[optind]);
	if (!v)
		return error_new(ERR_USAGE, "\"%s\" is no command; see "
				 "kpatch_user --help", argv[optind]);
	o->args = argv + optind + 1;
	o->nargs = (size_t)(argc - optind - 1);
	if (o->nargs < v->min_args || o->nargs > v->max_args)
		return error_new(ERR_USAGE, "%s: wrong number of arguments; "
				 "see kpatch_user --help", v->name);
	if (v->needs_pid && !o->pid)
		return error_new(ERR_USAGE, "%s: which process? -p PID or -p "
				 "all", v->name);
	*ret_verb = v;
	return NULL;
}

int main(int argc, char **argv)
{
	struct options o = {.doctor.commit = {
		.timeout_ms = DEFAULT_TIMEOUT_MS,
		.retries = UINT_MAX,
		.park_ms = DEFAULT_PARK_MS,
		.context_ms = DEFAULT_CONTEXT_MS,
		.callback_ms = DEFAULT_CALLBACK_MS,
	}};
	const struct verb *verb = NULL;
	struct error *err = parse_options(argc, argv, &o, &verb);

	if (!err && verb)
		err = verb->run(&o);
	return report("kpatch_user", err);
}
