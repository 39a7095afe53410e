// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/all.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/workers.h"

/* Fewer are looked at sooner than a worker is started. */
#define FEW 32u

struct run {
	struct filter *filter;
	one_fn *one;
	void *arg;
	struct census *census;
	pid_t *pids;
	size_t n;
	tell_fn *tell;
	struct all_tally tally;
};

static struct error *all_pids(pid_t **ret_pids, size_t *ret_n)
{
	_autoclosedir_ DIR *dir = opendir("/proc");
	pid_t *pids = NULL;
	size_t n = 0, cap = 0;

	if (!dir)
		return error_errno(errno, "/proc");
	for (struct dirent *e; (e = readdir(dir));) {
		char *end;
		long pid = strtol(e->d_name, &end, 10);

		if (!isdigit((unsigned char)e->d_name[0]) || *end ||
		    pid <= 1 || pid == getpid())
			continue;
		VEC_GROW(pids, n, cap);
		pids[n++] = (pid_t)pid;
	}
	*ret_pids = pids;
	*ret_n = n;
	return NULL;
}

/* Which of two failures says more about a run over many processes. */
static int severity(enum error_code code)
{
	static const int order[] = {
		[ERR_UNSAFE] = 1, [ERR_PRIVILEGE] = 2, [ERR_BADFILE] = 3,
		[ERR_USAGE] = 4,  [ERR_FAILED] = 5,
	};

	return order[code];
}

/* ---- those that there is something to do in ---- */

static struct error *look(void *arg, size_t i, struct buf *out)
{
	struct run *r = arg;

	(void)out;
	return filter_passes(r->filter, r->pids[i])
		       ? NULL
		       : error_new(ERR_NOTHING, "has nothing for us");
}

/* They come in order: those that pass move to the front. */
static void note_look(void *arg, size_t i, const char *text, struct error *err)
{
	struct run *r = arg;

	(void)text;
	if (err && err->code == ERR_NOTHING) {
		r->tally.nothing++;
		log_debug("pid %d: %s", r->pids[i], err->message);
	} else {
		r->pids[r->n++] = r->pids[i];
	}
	error_free(err);
}

static void choose(struct run *r)
{
	size_t n = r->n;

	r->n = 0;
	workers_run(n, n < FEW ? 1 : workers_count(), look, note_look, r);
	if (r->n > 1)
		r->census = census_take(r->pids, r->n);
}

/* ---- what is done to them ---- */

static struct error *treat(void *arg, size_t i, struct buf *out)
{
	struct run *r = arg;

	return r->one(r->arg, r->pids[i], r->census, out);
}

static void note_outcome(void *arg, size_t i, const char *text,
			 struct error *err)
{
	struct run *r = arg;
	struct all_tally *t = &r->tally;

	if (!err) {
		t->done++;
		r->tell(text, NULL);
	} else if (err->code == ERR_NOTHING || doctor_is_gone(r->pids[i])) {
		t->nothing += err->code == ERR_NOTHING;
		log_debug("pid %d: %s", r->pids[i], err->message);
	} else {
		t->failed++;
		if (severity(err->code) > severity(t->worst))
			t->worst = err->code;
		r->tell(text, err);
	}
	error_free(err);
}

struct error *doctor_for_all(struct filter *filter, one_fn *one, void *arg,
			     tell_fn *tell, struct all_tally *ret_tally)
{
	struct run r = {.filter = filter, .one = one, .arg = arg,
			.tell = tell};

	TRY(all_pids(&r.pids, &r.n));
	if (filter)
		choose(&r);
	workers_run(r.n, workers_count(), treat, note_outcome, &r);
	census_free(r.census);
	free(r.pids);
	*ret_tally = r.tally;
	return NULL;
}
