// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory for patches in the patient: a file of its own (memfd), so that
 * /proc/PID/maps tells what it is, or anonymous where that can't be.
 *
 * Where a thread that runs has to do it, it does all calls in one go, and what
 * came of them is seen from outside (chain.c in src/target): it is stopped
 * only once. If what is seen isn't as it should be, it is done again call by
 * call, which tells why.
 */
#include "doctor/mapping.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3; glibc 2.36 doesn't know it */
#endif

#define PLACE_TRIES 5
#define TOGETHER 4 /* patches at most, whose memory is made in one stop */
#define MMAP_FD 4 /* the argument */
#define EFFECT_US 20000u /* for a running thread to do its calls */
#define LOOK_US 50u /* between two looks whether it has */

static const int part_prot[LINK_PARTS] = {
	[LINK_R] = PROT_READ,
	[LINK_RX] = PROT_READ | PROT_EXEC,
	[LINK_RW] = PROT_READ | PROT_WRITE,
};

static uint64_t total_size(const struct change *c)
{
	return c->part_addr[LINK_RW] + c->part_size[LINK_RW] -
	       c->part_addr[LINK_R];
}

struct memfd {
	int fd;	  /* in the patient; -1: none */
	pid_t of; /* a thread that has it: not all need have the same files */
	int ours; /* the same file; -1: none */
};

static void memfd_deinit(struct memfd *m)
{
	if (m->ours >= 0)
		close(m->ours);
}

/* The one whose link in /proc/PID/task/`tid`/fd is `link`; -1: none. */
static int find_fd(const struct target *t, pid_t tid, const char *link)
{
	char path[64], text[NAME_MAX];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/fd", t->pid, tid);
	_autoclosedir_ DIR *dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir));) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, text,
				       sizeof(text) - 1);

		if (n < 0 || !isdigit((unsigned char)e->d_name[0]))
			continue;
		text[n] = '\0';
		if (!strncmp(text, link, strlen(link)))
			return atoi(e->d_name);
	}
	return -1;
}

/*
 * Looks for the file of this name, with the leader's files first: the thread
 * that has made it may have exited. Opens it for us, too, as large as it needs
 * to be.
 */
static struct error *memfd_find(struct target *t, pid_t by, const char *name,
				uint64_t size, struct memfd *m)
{
	const pid_t tids[] = {t->pid, by, target_live_thread(t)};
	char link[NAME_MAX];

	memfd_deinit(m);
	*m = (struct memfd){.fd = -1, .ours = -1};
	snprintf(link, sizeof(link), "/memfd:%s", name);
	for (int i = 0; i < 3 && m->fd < 0; i++) {
		m->of = tids[i];
		m->fd = find_fd(t, tids[i], link);
	}
	if (m->fd < 0)
		return NULL;
	m->ours = target_open_fd(t, m->of, m->fd);
	if (m->ours < 0 || ftruncate(m->ours, (off_t)size))
		return error_errno(errno, "pid %d (%s): cannot make a file for "
				   "the patch", t->pid, t->comm);
	return NULL;
}

/* The kernel that we run on is that of the patient: does it know MFD_EXEC? */
static unsigned int memfd_flags(void)
{
	_autoclose_ int fd = memfd_create("test", MFD_CLOEXEC | MFD_EXEC);

	return fd < 0 ? MFD_CLOEXEC : MFD_CLOEXEC | MFD_EXEC;
}

/* There is no other of this name: clear_leftovers() was before us. */
static struct remote_call create_call(const struct change *c,
				      char name[NAME_MAX])
{
	char id[2 * BUILDID_MAX + 1];

	buildid_format(&c->kp.buildid, id);
	int len = snprintf(name, NAME_MAX, STATE_MEMFD_PREFIX "%s", id);
	return (struct remote_call){
		.nr = SYS_memfd_create,
		.args = {0, memfd_flags()},
		.data = name,
		.data_len = (size_t)len + 1,
	};
}

/* By a running thread, see above. */
static struct error *create_in_one_go(struct target *t, const struct change *c,
				      unsigned int timeout_ms, struct memfd *m)
{
	char name[NAME_MAX];
	struct remote_call call = create_call(c, name);
	struct chain chain;

	TRY(target_chain(t, timeout_ms, &call, 1, &chain));
	if (!chain.tid)
		return NULL;
	for (uint64_t end = now_us() + EFFECT_US; m->fd < 0 && now_us() < end;) {
		sleep_us(LOOK_US);
		TRY(memfd_find(t, chain.tid, name, total_size(c), m));
	}
	if (m->fd >= 0)
		return NULL;
	TRY(target_chain_settle(t, &chain, timeout_ms));
	return memfd_find(t, chain.tid, name, total_size(c), m);
}

static struct remote_call close_call(const struct memfd *m)
{
	return (struct remote_call){.nr = SYS_close, .ours = m->ours,
				    .fd = m->fd, .args = {(uint64_t)m->fd}};
}

static struct remote_call mapping(const struct change *c, enum link_part part,
				  const struct memfd *m)
{
	int fd = m->fd;
	uint64_t off = fd < 0 ? 0 : c->part_addr[part] - c->part_addr[LINK_R];
	uint64_t flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE |
			 (fd < 0 ? MAP_ANONYMOUS : 0);

	return (struct remote_call){
		.nr = SYS_mmap,
		.ours = fd < 0 ? 0 : m->ours,
		.fd = fd,
		.args = {c->part_addr[part], c->part_size[part],
			 (uint64_t)part_prot[part], flags,
			 (uint64_t)(int64_t)fd, off},
		.data_arg = -1,
	};
}

static struct error *call_failed(struct target *t, const struct change *c,
				 int64_t result)
{
	if (result == -ENOMEM)
		return target_no_memory(t, total_size(c));
	if (result < 0 && result > -4096)
		return error_errno((int)-result, "pid %d (%s): cannot map "
				   "memory for the patch", t->pid, t->comm);
	/* Kernels before 4.17 take the address for a hint. */
	return error_new(ERR_FAILED, "pid %d (%s): memory for the patch came "
			 "at another address", t->pid, t->comm);
}

/* Of calls that map all parts: what is mapped now, and what went wrong. */
static struct error *note_results(struct target *t, struct change *c,
				  const struct remote_call *calls,
				  struct error *err, bool *ret_taken)
{
	for (int i = 0; i < LINK_PARTS; i++) {
		if (!c->part_size[i])
			continue;
		int64_t r = calls->result;
		bool done = (uint64_t)r == calls->args[0];

		calls++;
		if (done)
			c->mapped |= 1u << i;
		if (done || err)
			continue;
		*ret_taken = r == -EEXIST;
		err = call_failed(t, c, r);
	}
	return err;
}

static size_t add_mappings(const struct change *c, const struct memfd *m,
			   struct remote_call *calls)
{
	size_t n = 0;

	for (int i = 0; i < LINK_PARTS; i++)
		if (c->part_size[i])
			calls[n++] = mapping(c, i, m);
	return n;
}

/*
 * The mappings, in one stop. `ret_taken` says that another mapping is in the
 * way: somebody was faster.
 */
static struct error *map_parts(struct target *t, struct change *c,
			       const struct memfd *m, unsigned int timeout_ms,
			       bool *ret_taken)
{
	struct remote_call calls[LINK_PARTS];
	size_t n = add_mappings(c, m, calls);
	struct error *err = target_syscalls(t, timeout_ms, calls, n);

	return note_results(t, c, calls, err, ret_taken);
}

/* A change, with all that is to be done for it by one thread in one stop. */
struct in_one_stop {
	struct change *c;
	char name[NAME_MAX];
	struct remote_call *calls; /* [0] makes the file, [1] its length */
};

#define CALLS_FOR_ONE (LINK_PARTS + 3)

/* To calls[at] and on; returns where the next may be. */
static size_t add_one(struct in_one_stop *o, struct remote_call *calls,
		      size_t at)
{
	static const struct memfd later = {.fd = 0, .ours = 0};
	unsigned int from = (unsigned int)at + 1;
	size_t n = at + 2;

	o->calls = calls + at;
	calls[at] = create_call(o->c, o->name);
	calls[at + 1] = (struct remote_call){.nr = SYS_ftruncate,
					     .fd_from = from,
					     .args = {0, total_size(o->c)}};
	n += add_mappings(o->c, &later, calls + n);
	for (size_t i = at + 2; i < n; i++) {
		calls[i].fd_from = from;
		calls[i].fd_arg = MMAP_FD;
	}
	calls[n++] = (struct remote_call){.nr = SYS_close, .fd_from = from,
					  .always = true};
	return n;
}

/* Not `*ret_done` if the patient can't have such a file. */
static struct error *map_in_one_stop(struct target *t, struct change *c,
				     unsigned int timeout_ms, bool *ret_done,
				     bool *ret_taken)
{
	struct remote_call calls[CALLS_FOR_ONE];
	struct in_one_stop o = {.c = c};
	struct error *err = target_syscalls(t, timeout_ms, calls,
					    add_one(&o, calls, 0));

	*ret_done = err || calls[0].result >= 0;
	if (!*ret_done)
		return NULL;
	if (!err && calls[1].result)
		return error_errno((int)-calls[1].result, "pid %d (%s): cannot "
				   "make a file for the patch", t->pid,
				   t->comm);
	return note_results(t, c, calls + 2, err, ret_taken);
}

/* A file that only we make, by what is known of the mappings. */
static bool is_of_our_file(const struct target *t, uint64_t addr)
{
	static const char prefix[] = "/memfd:" STATE_MEMFD_PREFIX;
	const struct map *m = maps_find(&t->maps, addr);

	return m && !strncmp(m->path, prefix, sizeof(prefix) - 1);
}

/* Whether nothing is there any more, as far as can be seen quickly. */
static bool await_gone(struct target *t, uint64_t addr)
{
	char byte;

	for (uint64_t end = now_us() + EFFECT_US; now_us() < end;) {
		if (target_read_partial(t, addr, &byte, 1) == 0)
			return true;
		sleep_us(LOOK_US);
	}
	return false;
}

/*
 * `*ret_done` if a running thread has unmapped it: there is nothing any more,
 * or something else by now, which must not be unmapped.
 */
static struct error *unmap_in_one_go(struct target *t,
				     const struct remote_call *unmap,
				     unsigned int timeout_ms, bool *ret_done)
{
	struct remote_call call = *unmap;
	struct chain chain;

	*ret_done = false;
	if (!is_of_our_file(t, call.args[0]))
		return NULL;
	TRY(target_chain(t, timeout_ms, &call, 1, &chain));
	if (!chain.tid)
		return NULL;
	*ret_done = await_gone(t, call.args[0]);
	if (*ret_done)
		return NULL;
	TRY(target_chain_settle(t, &chain, timeout_ms));
	TRY(target_refresh_maps(t));
	*ret_done = !is_of_our_file(t, call.args[0]);
	return NULL;
}

static struct error *unmap_range(struct target *t, uint64_t addr, uint64_t len,
				 unsigned int timeout_ms)
{
	struct remote_call call = {.nr = SYS_munmap, .args = {addr, len}};
	bool done;

	TRY(unmap_in_one_go(t, &call, timeout_ms, &done));
	if (done)
		return NULL;
	TRY(target_syscalls(t, timeout_ms, &call, 1));
	if (call.result)
		return error_errno((int)-call.result, "pid %d (%s): munmap",
				   t->pid, t->comm);
	return NULL;
}

struct error *state_unmap(struct target *t, const struct state *s,
			  unsigned int timeout_ms)
{
	const struct state_header *h = s->header;

	return unmap_range(t, h->part_addr[LINK_R],
			   h->part_addr[LINK_RW] + h->part_size[LINK_RW] -
				   h->part_addr[LINK_R],
			   timeout_ms);
}

void unmap_change(struct target *t, struct change *c,
			 unsigned int timeout_ms)
{
	for (int i = 0; i < LINK_PARTS; i++) {
		if (!(c->mapped & 1u << i))
			continue;
		struct error *err = unmap_range(t, c->part_addr[i],
						c->part_size[i], timeout_ms);
		if (err)
			log_info("memory of a failed attempt stays: %s",
				 err->message);
		error_free(err);
	}
	c->mapped = 0;
}

/* Closes it if it is open, whatever has happened before. */
static struct error *close_after(struct target *t, const struct memfd *m,
				 unsigned int timeout_ms, struct error *err)
{
	struct remote_call call = close_call(m);
	struct error *err2;

	if (m->fd < 0 || m->ours < 0)
		return err;
	err2 = target_syscalls(t, timeout_ms, &call, 1);
	if (!err)
		return err2;
	error_free(err2);
	return err;
}

/* Notes the parts that are mapped now; false if one isn't. */
static bool note_mapped(struct target *t, struct change *c,
			const struct memfd *m)
{
	struct stat st;

	if (fstat(m->ours, &st))
		return false;
	for (int i = 0; i < LINK_PARTS; i++) {
		const struct map *map = maps_find(&t->maps, c->part_addr[i]);

		if (!c->part_size[i])
			continue;
		if (!map || map->inode != st.st_ino ||
		    map->start != c->part_addr[i] ||
		    map->end - map->start != c->part_size[i])
			return false;
		c->mapped |= 1u << i;
	}
	return true;
}

/*
 * By a running thread, see above: all mappings, and close(), which comes last,
 * so that its effect shows that all were tried. `*ret_done` if all is mapped;
 * m->fd is -1 if it was closed.
 */
static struct error *map_in_one_go(struct target *t, struct change *c,
				   struct memfd *m, unsigned int timeout_ms,
				   bool *ret_done)
{
	struct remote_call calls[LINK_PARTS + 1];
	struct chain chain;
	size_t n = add_mappings(c, m, calls);

	*ret_done = false;
	calls[n++] = close_call(m);
	TRY(target_chain(t, timeout_ms, calls, n, &chain));
	if (!chain.tid)
		return NULL;
	for (uint64_t end = now_us() + EFFECT_US; now_us() < end;) {
		if (!target_has_fd(t, m->of, m->fd, m->ours))
			break;
		sleep_us(LOOK_US);
	}
	if (target_has_fd(t, m->of, m->fd, m->ours))
		TRY(target_chain_settle(t, &chain, timeout_ms));
	if (!target_has_fd(t, m->of, m->fd, m->ours))
		m->fd = -1;
	TRY(target_refresh_maps(t));
	*ret_done = note_mapped(t, c, m);
	return NULL;
}

static struct error *map_with(struct target *t, struct change *c,
			      struct memfd *m, unsigned int timeout_ms,
			      bool *ret_taken)
{
	bool done = false;

	*ret_taken = false;
	if (!target_may_have_file(t, total_size(c)))
		return map_parts(t, c, m, timeout_ms, ret_taken);
	TRY(create_in_one_go(t, c, timeout_ms, m));
	if (m->fd >= 0)
		TRY(map_in_one_go(t, c, m, timeout_ms, &done));
	if (done)
		return NULL;
	unmap_change(t, c, timeout_ms); /* perhaps part of it */
	if (m->fd < 0)
		TRY(map_in_one_stop(t, c, timeout_ms, &done, ret_taken));
	return done ? NULL : map_parts(t, c, m, timeout_ms, ret_taken);
}

static struct error *map_once(struct target *t, struct change *c,
			      unsigned int timeout_ms, bool *ret_taken)
{
	_cleanup_(memfd_deinit) struct memfd m = {.fd = -1, .ours = -1};
	struct error *err = map_with(t, c, &m, timeout_ms, ret_taken);

	err = close_after(t, &m, timeout_ms, err);
	if (err && c->mapped)
		unmap_change(t, c, timeout_ms);
	return err;
}

static struct error *map_change(struct plan *p, struct change *c,
				unsigned int timeout_ms)
{
	struct error *err = NULL;
	bool taken = true;

	for (int i = 0; taken && i < PLACE_TRIES; i++) {
		if (i) {
			error_free(err);
			TRY(target_refresh_maps(p->t));
			TRY(change_place(p, c));
		}
		err = map_once(p->t, c, timeout_ms, &taken);
	}
	return error_context(err, "patch for %s", c->obj->path);
}

static bool is_to_be_mapped(const struct change *c)
{
	bool missing = false;

	for (int i = 0; i < LINK_PARTS; i++)
		missing |= c->part_size[i] && !(c->mapped & 1u << i);
	return c->has_new && !c->reuse && missing;
}

/*
 * Several in one stop. Those that aren't mapped afterwards are left as if
 * nothing had been tried: map_change() will find out why.
 */
static struct error *map_together(struct target *t, struct change **changes,
				  size_t n, unsigned int timeout_ms)
{
	struct remote_call calls[TOGETHER * CALLS_FOR_ONE];
	struct in_one_stop all[TOGETHER];
	size_t ncalls = 0;
	bool taken;

	for (size_t i = 0; i < n; i++) {
		all[i].c = changes[i];
		ncalls = add_one(&all[i], calls, ncalls);
	}
	struct error *err = target_syscalls(t, timeout_ms, calls, ncalls);
	for (size_t i = 0; i < n; i++) {
		error_free(note_results(t, changes[i], all[i].calls + 2, NULL,
					&taken));
		if (is_to_be_mapped(changes[i]))
			unmap_change(t, changes[i], timeout_ms);
	}
	return err;
}

struct error *map_changes(struct plan *p, unsigned int timeout_ms)
{
	struct change *together[TOGETHER];
	size_t n = 0;

	for (size_t i = 0; i < p->nchanges && n < TOGETHER; i++) {
		struct change *c = &p->changes[i];

		if (is_to_be_mapped(c) &&
		    target_may_have_file(p->t, total_size(c)))
			together[n++] = c;
	}
	if (n > 1 && !target_has_runner(p->t))
		TRY(map_together(p->t, together, n, timeout_ms));
	for (size_t i = 0; i < p->nchanges; i++)
		if (is_to_be_mapped(&p->changes[i]))
			TRY(map_change(p, &p->changes[i], timeout_ms));
	return NULL;
}
