// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other processes in the memory of ours: clone(CLONE_VM) without CLONE_THREAD.
 * They run the same code, and aren't stopped with its threads.
 *
 * A vfork() child is one, too, but its parent doesn't stop before it is gone.
 * So candidates are looked for while all run, and judged when all are stopped.
 * All processes are compared only once: who had another memory then can't get
 * into ours, and those that were started since have ids that the kernel has
 * given out since, one after the other.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/priv.h"

/* More new processes than that: all are compared again. */
#define MAX_NEW 512
/*
 * Of those with the last ids some may not be seen yet: from the id to the place
 * in the list it is some 100 us (copy_process() of the kernel).
 */
#define JUST_GIVEN 4

/* As kcmp(2): 0 the same, 1 and 2 before and behind in some order, or -1. */
static int compare_memory(pid_t a, pid_t b)
{
	return (int)syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0);
}

/*
 * False as well if it can't be told: another user's process, which got there
 * without an exec that had given it memory of its own, is none of ours.
 */
static bool same_memory(pid_t a, pid_t b)
{
	return compare_memory(a, b) == 0;
}

static void add_tid(struct tids *list, pid_t tid)
{
	VEC_GROW(list->all, list->count, list->cap);
	list->all[list->count++] = tid;
}

/* ---- ids given out ---- */

/*
 * The last id that was given out in our PID namespace, in which all processes
 * that we can treat have one (pid_ns_ctl_handler() of kernel/pid_namespace.c);
 * 0: not known. /proc/loadavg has it, too, but containers get a false one.
 */
static pid_t last_id(int fd)
{
	char text[32];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return (pid_t)atoi(text);
}

static int open_last_id(void)
{
	return open("/proc/sys/kernel/ns_last_pid", O_RDONLY | O_CLOEXEC);
}

/* ---- all processes, for several targets ---- */

struct member {
	pid_t pid;
	pid_t first; /* of those in the same memory */
};

struct census {
	pid_t last_id; /* before */
	struct tids firsts; /* one process of each memory, in kcmp()'s order */
	struct member *members; /* others in their memories */
	size_t nmembers, cap;
	bool failed;
	struct gadgets gadgets; /* of a process that was treated */
};

static void add_member(struct census *c, pid_t pid, pid_t first)
{
	if (pid == first)
		return;
	VEC_GROW(c->members, c->nmembers, c->cap);
	c->members[c->nmembers++] = (struct member){pid, first};
}

/* With `insert` it is one whose memory is of interest. */
static void place(struct census *c, pid_t pid, bool insert)
{
	size_t lo = 0, hi = c->firsts.count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		pid_t first = c->firsts.all[mid];

		switch (compare_memory(pid, first)) {
		case 0: add_member(c, pid, first); return;
		case 1: hi = mid; break;
		case 2: lo = mid + 1; break;
		default:
			/* That one has ended, or else this one. */
			c->failed |= compare_memory(first, first) != 0;
			return;
		}
	}
	if (!insert || compare_memory(pid, pid) != 0)
		return;
	add_tid(&c->firsts, pid);
	memmove(&c->firsts.all[lo + 1], &c->firsts.all[lo],
		(c->firsts.count - 1 - lo) * sizeof(pid_t));
	c->firsts.all[lo] = pid;
}

static void for_each_process(void (*fn)(void *arg, pid_t pid), void *arg)
{
	_autoclosedir_ DIR *dir = opendir("/proc");

	for (struct dirent *e; dir && (e = readdir(dir));)
		if (isdigit((unsigned char)e->d_name[0]))
			fn(arg, (pid_t)atoi(e->d_name));
}

static void place_other(void *arg, pid_t pid)
{
	place(arg, pid, false);
}

struct census *census_take(const pid_t *pids, size_t n)
{
	struct census *c = xcalloc(1, sizeof(*c));
	_autoclose_ int fd = open_last_id();

	c->last_id = last_id(fd);
	for (size_t i = 0; i < n && c->last_id; i++)
		place(c, pids[i], true);
	if (c->last_id)
		for_each_process(place_other, c);
	if (c->last_id && !c->failed)
		return c;
	census_free(c);
	return NULL;
}

void census_free(struct census *c)
{
	if (!c)
		return;
	tids_deinit(&c->firsts);
	free(c->members);
	free(c);
}

static pid_t census_first(const struct census *c, pid_t pid)
{
	for (size_t i = 0; i < c->firsts.count; i++)
		if (c->firsts.all[i] == pid)
			return pid;
	for (size_t i = 0; i < c->nmembers; i++)
		if (c->members[i].pid == pid)
			return c->members[i].first;
	return 0;
}

void target_use_census(struct target *t, struct census *c)
{
	struct target_priv *p = t->priv;
	pid_t first = c ? census_first(c, t->pid) : 0;

	p->known = c ? &c->gadgets : NULL;
	if (!first)
		return;
	p->last_id = c->last_id < JUST_GIVEN ? 1 : c->last_id - JUST_GIVEN;
	p->sharers.count = 0;
	if (first != t->pid)
		add_tid(&p->sharers, first);
	for (size_t i = 0; i < c->nmembers; i++)
		if (c->members[i].first == first && c->members[i].pid != t->pid)
			add_tid(&p->sharers, c->members[i].pid);
}

/* ---- one target ---- */

static void add_if_same(void *arg, pid_t pid)
{
	struct target *t = arg;

	if (pid != t->pid && same_memory(t->priv->live, pid))
		add_tid(&t->priv->sharers, pid);
}

static bool is_own_thread(const struct target *t, pid_t tid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	for (size_t i = 0; i < t->nthreads; i++)
		if (t->threads[i].tid == tid)
			return true;
	return proc_read(&b, "/proc/%d/status", tid) &&
	       (pid_t)proc_status(b.data, "Tgid", 10) == t->pid;
}

/*
 * An id that was given out. Where there is no such process (yet) it is looked
 * at again: it may be one that is just being started. Ids are those of threads
 * as well.
 */
static void look_at_id(struct target *t, pid_t id)
{
	int order = id == t->pid ? 1 : compare_memory(t->priv->live, id);

	if (order < 0 && errno == ESRCH)
		add_tid(&t->priv->unborn, id);
	if (order == 0 && !is_own_thread(t, id))
		add_tid(&t->priv->sharers, id);
}

static void look_at_new(struct target *t, pid_t last)
{
	struct tids unborn = t->priv->unborn;

	t->priv->unborn = (struct tids){0};
	for (size_t i = 0; i < unborn.count; i++)
		look_at_id(t, unborn.all[i]);
	tids_deinit(&unborn);
	for (pid_t id = t->priv->last_id + 1; id <= last; id++)
		look_at_id(t, id);
}

static void look_at_all(struct target *t, pid_t last)
{
	t->priv->sharers.count = t->priv->unborn.count = 0;
	for_each_process(add_if_same, t);
	for (pid_t id = last < JUST_GIVEN ? 1 : last - JUST_GIVEN; id <= last;
	     id++)
		look_at_id(t, id);
}

void find_sharers(struct target *t)
{
	struct target_priv *p = t->priv;

	if (p->last_id_fd < 0)
		p->last_id_fd = open_last_id();
	pid_t last = last_id(p->last_id_fd);

	if (p->last_id && last >= p->last_id &&
	    (size_t)(last - p->last_id) + p->unborn.count <= MAX_NEW)
		look_at_new(t, last);
	else
		look_at_all(t, last);
	p->last_id = last;
}

struct error *check_sharers(struct target *t)
{
	const struct tids *found = &t->priv->sharers;

	if (t->priv->last_id)
		find_sharers(t);
	for (size_t i = 0; i < found->count; i++) {
		if (t->nthreads &&
		    same_memory(t->threads[0].tid, found->all[i]))
			return error_new(
				ERR_UNSAFE,
				"pid %d (%s): shares its memory with process "
				"%d, which would run while it is changed; try "
				"again when that has ended",
				t->pid, t->comm, found->all[i]);
	}
	return NULL;
}

bool target_is_vfork_child(pid_t pid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	pid_t parent;

	if (!proc_read(&b, "/proc/%d/status", pid))
		return false;
	parent = (pid_t)proc_status(b.data, "PPid", 10);
	return parent && same_memory(pid, parent);
}
