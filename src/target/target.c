// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/priv.h"

/* PF_KTHREAD of linux/sched.h, in field 9 of /proc/PID/stat. */
#define KTHREAD_FLAG 0x00200000u

enum {
	LIVE_TRIES = 1000, /* of threads that all end before they are looked at */
	EXEC_TRIES = 50,   /* of a process that doesn't seem to be there */
	EXEC_PAUSE_US = 1000,
	EXEC_US = 1000000, /* from the end of the threads to that of the memory */
	ZOMBIE_LOOKS = 3, /* its leader may be about to be another thread */
};

#define MAPS_TRIES 20

bool is_kernel_thread(pid_t pid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	const char *s;
	unsigned int flags;

	if (!proc_read(&b, "/proc/%d/stat", pid))
		return false;
	s = strrchr(b.data, ')');
	return s && sscanf(s, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       flags & KTHREAD_FLAG;
}

bool target_exists(pid_t pid, int *tries)
{
	if ((kill(pid, 0) && errno == ESRCH) || ++*tries > EXEC_TRIES)
		return false;
	sleep_us(EXEC_PAUSE_US);
	return true;
}

/*
 * A thread whose address space is still there: after pthread_exit() in main()
 * the leader is a zombie, and /proc/PID/maps and mem are empty.
 */
static pid_t live_among(pid_t pid, const struct tids *tids)
{
	for (size_t i = 0; i < tids->count; i++) {
		char state = proc_state(pid, tids->all[i]);

		if (state && state != 'Z' && state != 'X')
			return tids->all[i];
	}
	return 0;
}

static struct error *find_live_thread(pid_t pid, pid_t *ret_tid)
{
	bool any = false;

	for (int tries = 0, looks = 0; looks < ZOMBIE_LOOKS;) {
		_cleanup_(tids_deinit) struct tids tids = {0};

		any = proc_tids(pid, &tids) && tids.count;
		*ret_tid = any ? live_among(pid, &tids) : 0;
		if (*ret_tid)
			return NULL;
		looks += any;
		if (!target_exists(pid, &tries))
			break;
	}
	if (!any)
		return error_new(ERR_FAILED, "pid %d: no such process", pid);
	return error_new(ERR_FAILED,
			 "pid %d: is a zombie: it has exited, and its parent "
			 "has not taken note",
			 pid);
}

/*
 * mem_rw() of fs/proc/base.c: 0 from an address space that has no user any
 * more (or never had, when the thread ended before it was opened), EIO from an
 * address that isn't mapped.
 */
static bool has_memory(const struct target *t)
{
	char byte;

	return pread(t->priv->mem_fd, &byte, 1, 0) != 0;
}

/*
 * Threads may end at any moment: the memory is opened through one that was
 * still there after that.
 */
static struct error *open_mem(struct target *t, int flags)
{
	char path[64];

	for (int i = 0; i < LIVE_TRIES; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", t->pid,
			 t->priv->live);
		t->priv->mem_fd = open(path, flags | O_CLOEXEC);
		if (t->priv->mem_fd >= 0 && has_memory(t))
			return NULL;
		if (t->priv->mem_fd < 0 && errno != ENOENT && errno != ESRCH)
			break;
		if (t->priv->mem_fd >= 0)
			close(t->priv->mem_fd);
		t->priv->mem_fd = -1;
		TRY(find_live_thread(t->pid, &t->priv->live));
	}
	return diagnose_refusal(t->pid, t->priv->live, errno);
}

static struct error *open_memory(struct target *t, int flags)
{
	char path[64];

	TRY(open_mem(t, flags));
	snprintf(path, sizeof(path), "/proc/%d/task", t->pid);
	t->priv->task_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->priv->task_fd < 0)
		return diagnose_refusal(t->pid, t->priv->live, errno);
	return NULL;
}

static struct error *read_comm(struct target *t)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	int tries = 0;

	while (!proc_read(&b, "/proc/%d/comm", t->pid))
		if (!target_exists(t->pid, &tries))
			return error_new(ERR_FAILED, "pid %d: no such process",
					 t->pid);
	if (b.len)
		b.data[strcspn(b.data, "\n")] = '\0';
	snprintf(t->comm, sizeof(t->comm), "%s", b.len ? b.data : "");
	return NULL;
}

static struct error *open_process(struct target *t, bool to_read)
{
	TRY(find_live_thread(t->pid, &t->priv->live));
	TRY(read_comm(t));
	if (is_kernel_thread(t->pid))
		return error_new(ERR_FAILED,
				 "pid %d (%s): is a thread of the kernel",
				 t->pid, t->comm);
	if (!to_read)
		TRY(diagnose_tracer(t->pid, t->priv->live));
	TRY(open_memory(t, to_read ? O_RDONLY : O_RDWR));
	return target_refresh_maps(t);
}

static struct error *open_target(pid_t pid, bool to_read,
				 struct target **ret_target)
{
	_cleanup_(target_closep) struct target *t = xcalloc(1, sizeof(*t));

	t->priv = xcalloc(1, sizeof(*t->priv));
	t->priv->mem_fd = -1;
	t->priv->task_fd = -1;
	t->priv->pages_fd = -1;
	t->priv->last_id_fd = -1;
	t->pid = pid;
	if (pid <= 0)
		return error_new(ERR_FAILED, "pid %d: no such process", pid);
	TRY(open_process(t, to_read));
	*ret_target = TAKE(t);
	return NULL;
}

struct error *target_open(pid_t pid, struct target **ret_target)
{
	return open_target(pid, false, ret_target);
}

struct error *target_open_to_read(pid_t pid, struct target **ret_target)
{
	return open_target(pid, true, ret_target);
}

void target_close(struct target *t)
{
	if (!t)
		return;
	target_release(t);
	if (t->priv->mem_fd >= 0)
		close(t->priv->mem_fd);
	if (t->priv->task_fd >= 0)
		close(t->priv->task_fd);
	if (t->priv->pages_fd >= 0)
		close(t->priv->pages_fd);
	if (t->priv->last_id_fd >= 0)
		close(t->priv->last_id_fd);
	maps_deinit(&t->maps);
	tids_deinit(&t->priv->sharers);
	tids_deinit(&t->priv->unborn);
	tids_deinit(&t->priv->dying);
	free(t->threads);
	free(t->priv);
	free(t);
}

void target_closep(struct target **t)
{
	target_close(*t);
}

static struct error *read_maps_once(struct target *t, struct maps *ret_maps)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read_list(&b, "/proc/%d/task/%d/maps", t->pid, t->priv->live))
		return diagnose_refusal(t->pid, t->priv->live, errno);
	if (!b.len)
		return error_new(ERR_FAILED,
				 "pid %d (%s): has no memory (any "
				 "more)",
				 t->pid, t->comm);
	return error_context(maps_parse(b.data, b.len, ret_maps), "pid %d (%s)",
			     t->pid, t->comm);
}

/*
 * Each read() of the file shows one moment, but not all the same one: a
 * mapping that moves in between can be listed twice.
 */
static struct error *read_maps(struct target *t, struct maps *ret_maps)
{
	struct error *err = read_maps_once(t, ret_maps);

	for (int i = 0; i < MAPS_TRIES && err && err->code == ERR_BADFILE;
	     i++) {
		error_free(err);
		err = read_maps_once(t, ret_maps);
	}
	return err;
}

struct error *target_refresh_maps(struct target *t)
{
	struct maps maps;
	struct error *err = read_maps(t, &maps);

	/* It ends, or has ended; while the memory is there another lives. */
	for (int i = 0; err && err->code == ERR_FAILED && has_memory(t) &&
			i < LIVE_TRIES; i++) {
		error_free(err);
		TRY(find_live_thread(t->pid, &t->priv->live));
		err = read_maps(t, &maps);
	}
	if (err) {
		struct error *end = target_check_alive(t);

		if (end)
			error_free(err);
		return end ? end : err;
	}
	maps_deinit(&t->maps);
	t->maps = maps;
	return NULL;
}

/* A thread of a process that ends may be there, but has no memory. */
static bool runs_something(const struct target *t)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	pid_t tid;
	struct error *err = find_live_thread(t->pid, &tid);

	if (err) {
		error_free(err);
		return false;
	}
	return proc_read_list(&b, "/proc/%d/task/%d/maps", t->pid, tid) && b.len;
}

struct error *has_execed(const struct target *t)
{
	return error_new(ERR_FAILED,
			 "pid %d (%s): has started another program; run again "
			 "for that one",
			 t->pid, t->comm);
}

struct error *target_check_alive(struct target *t)
{
	if (has_memory(t))
		return NULL;
	if (runs_something(t))
		return has_execed(t);
	return error_new(ERR_FAILED, "pid %d (%s): has exited", t->pid,
			 t->comm);
}

/* An exec has ended all other threads a moment before the memory goes. */
struct error *all_gone(struct target *t)
{
	uint64_t end = now_us() + EXEC_US;
	struct error *err = target_check_alive(t);

	while (!err && now_us() < end) {
		sleep_us(1000);
		err = target_check_alive(t);
	}
	return err ? err : error_new(ERR_FAILED,
				     "pid %d (%s): its threads have exited",
				     t->pid, t->comm);
}

/* ---- memory ---- */

size_t target_read_partial(struct target *t, uint64_t addr, void *data,
			   size_t len)
{
	size_t done = 0;

	/* The offset is signed; [vsyscall] is beyond, and not readable. */
	while (done < len && addr + done <= INT64_MAX) {
		ssize_t n = pread(t->priv->mem_fd, (char *)data + done,
				  len - done, (off_t)(addr + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

struct error *target_read(struct target *t, uint64_t addr, void *data,
			  size_t len)
{
	size_t n = target_read_partial(t, addr, data, len);

	if (n == len)
		return NULL;
	return error_new(ERR_FAILED,
			 "pid %d (%s): cannot read %zu bytes at %#lx: only %zu "
			 "are mapped",
			 t->pid, t->comm, len, (unsigned long)addr, n);
}

struct error *target_write(struct target *t, uint64_t addr, const void *data,
			   size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = -1;

		errno = EFAULT;
		if (addr + done <= INT64_MAX)
			n = pwrite(t->priv->mem_fd, (const char *)data + done,
				   len - done, (off_t)(addr + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_errno(
				n ? errno : ESRCH,
				"pid %d (%s): cannot write %zu bytes "
				"at %#lx",
				t->pid, t->comm, len, (unsigned long)addr);
		done += (size_t)n;
	}
	return NULL;
}

/*
 * process_vm_readv() stops at the first range with a hole: what it read
 * before is counted to the ranges, the others are read one by one.
 */
static void read_batch(struct target *t, struct iorange *r, size_t n)
{
	struct iovec local[IOV_MAX], remote[IOV_MAX];
	ssize_t got;
	size_t left;

	for (size_t i = 0; i < n; i++) {
		local[i] = (struct iovec){r[i].data, r[i].len};
		remote[i] =
			(struct iovec){(void *)(uintptr_t)r[i].addr, r[i].len};
	}
	got = process_vm_readv(t->priv->live, local, n, remote, n, 0);
	left = got > 0 ? (size_t)got : 0;
	for (size_t i = 0; i < n; i++) {
		r[i].done = left < r[i].len ? left : r[i].len;
		left -= r[i].done;
		if (r[i].done < r[i].len)
			r[i].done += target_read_partial(
				t, r[i].addr + r[i].done,
				(char *)r[i].data + r[i].done,
				r[i].len - r[i].done);
	}
}

void target_read_many(struct target *t, struct iorange *ranges, size_t n)
{
	for (size_t i = 0; i < n; i += IOV_MAX)
		read_batch(t, ranges + i, n - i < IOV_MAX ? n - i : IOV_MAX);
}
