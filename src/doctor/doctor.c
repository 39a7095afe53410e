// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "doctor/callbacks.h"
#include "doctor/commit.h"
#include "doctor/lock.h"
#include "doctor/plan.h"
#include "doctor/prepare.h"

/* At least, for a thread to be stopped for a system call; or --timeout. */
#define CALL_MS 1000u
#define LOCK_MS 5000u

bool doctor_is_gone(pid_t pid)
{
	char path[64], byte;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH;
	ssize_t n = read(fd, &byte, 1);
	return n == 0 || (n < 0 && errno == ESRCH);
}

static struct error *carry_out(struct plan *p,
			       const struct doctor_options *options)
{
	struct commit_result result;

	unsigned int timeout_ms = options->commit.timeout_ms;
	unsigned int call_ms = timeout_ms > CALL_MS ? timeout_ms : CALL_MS;

	TRY(prepare(p, call_ms));
	struct error *err = commit(p, &options->commit, &result);
	if (err) {
		unprepare(p, call_ms);
		return err;
	}
	unmap_retired(p, &result, call_ms);
	commit_result_deinit(&result);
	return NULL;
}

static struct error *find_changes(struct target *t, const struct store *store,
				  const struct buildid *ids, size_t n,
				  struct plan *ret)
{
	return error_context(store ? plan_patch(t, store, ret)
				   : plan_unpatch(t, ids, n, ret),
			     "pid %d (%s)", t->pid, t->comm);
}

static struct error *treat(struct target *t, const struct store *store,
			   const struct buildid *ids, size_t n,
			   const struct doctor_options *options,
			   struct buf *out, size_t *ret_hunks)
{
	struct plan p;

	if (!options->dry_run)
		TRY(recover(t, options->commit.timeout_ms));
	TRY(find_changes(t, store, ids, n, &p));
	p.callback_ms = options->commit.callback_ms;
	if (callbacks_any(&p))
		target_will_call_back(t);
	size_t hunks = store ? plan_count_new(&p) : plan_count_old(&p);
	struct error *err = NULL;
	if (options->dry_run)
		plan_describe(&p, out);
	else
		err = carry_out(&p, options);
	if (!err && !options->dry_run && p.notes.len)
		buf_add_str(out, p.notes.data);
	plan_deinit(&p);
	if (!err)
		*ret_hunks = hunks;
	return err;
}

/* The arguments and result of one treatment, for target_session(). */
struct treatment {
	pid_t pid;
	const struct store *store; /* NULL: patches go out */
	const struct buildid *ids;
	size_t n;
	const struct doctor_options *options;
	struct buf *out;
	size_t hunks;
};

/*
 * A vfork child isn't a patient of its own: soon it starts its program. If it
 * doesn't, the commit refuses it.
 */
static void await_own_memory(pid_t pid, unsigned int timeout_ms)
{
	uint64_t end = now_us() + (uint64_t)timeout_ms * 1000;

	while (target_is_vfork_child(pid) && now_us() < end)
		sleep_us(1000);
}

static struct error *treat_pid(void *arg)
{
	_cleanup_(target_closep) struct target *t = NULL;
	_autoclose_ int lock = -1;
	struct treatment *m = arg;

	if (m->pid == getpid())
		return error_new(ERR_FAILED, "pid %d: is the doctor itself",
				 m->pid);
	await_own_memory(m->pid, m->options->commit.timeout_ms);
	TRY(lock_patient(m->pid, LOCK_MS, &lock));
	TRY(target_open(m->pid, &t));
	target_use_census(t, m->options->census);
	struct error *err = treat(t, m->store, m->ids, m->n, m->options,
				  m->out, &m->hunks);
	struct error *end = err ? target_check_alive(t) : NULL;
	if (end) {
		error_free(err);
		return end;
	}
	return err;
}

static struct error *run(struct treatment *m, size_t *ret_hunks)
{
	TRY(target_session(treat_pid, m));
	*ret_hunks = m->hunks;
	return NULL;
}

struct error *doctor_patch(pid_t pid, const struct store *store,
			   const struct doctor_options *options,
			   struct buf *out, size_t *ret_hunks)
{
	struct treatment m = {.pid = pid, .store = store, .options = options,
			      .out = out};

	return run(&m, ret_hunks);
}

struct error *doctor_unpatch(pid_t pid, const struct buildid *ids, size_t n,
			     const struct doctor_options *options,
			     struct buf *out, size_t *ret_hunks)
{
	struct treatment m = {.pid = pid, .ids = ids, .n = n,
			      .options = options, .out = out};

	return run(&m, ret_hunks);
}
