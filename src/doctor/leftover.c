// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a doctor that was killed while it prepared has left: the open memfd,
 * and mappings of it without a header. As fill() writes the header's magic
 * last of all, no code was ever led to memory that has none.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/prepare.h"

struct calls {
	struct remote_call *all;
	size_t n, cap;
};

static void calls_deinit(struct calls *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].ours)
			close(c->all[i].ours);
	free(c->all);
}

static void add_call(struct calls *c, long nr, uint64_t arg0, uint64_t arg1)
{
	VEC_GROW(c->all, c->n, c->cap);
	c->all[c->n++] = (struct remote_call){.nr = nr, .args = {arg0, arg1}};
}

static void add_close(struct target *t, struct calls *c, int fd)
{
	int ours = target_open_fd(t, t->pid, fd);

	if (ours < 0)
		return;
	add_call(c, SYS_close, (uint64_t)fd, 0);
	c->all[c->n - 1].fd = fd;
	c->all[c->n - 1].ours = ours;
}

static bool is_ours(const char *path)
{
	static const char prefix[] = "/memfd:" STATE_MEMFD_PREFIX;

	return !strncmp(path, prefix, sizeof(prefix) - 1);
}

static void find_files(struct target *t, struct calls *c)
{
	char path[64], link[sizeof("/memfd:" STATE_MEMFD_PREFIX)];

	snprintf(path, sizeof(path), "/proc/%d/fd", t->pid);
	_autoclosedir_ DIR *dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir));) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, link,
				       sizeof(link) - 1);

		if (n < 0 || !isdigit((unsigned char)e->d_name[0]))
			continue;
		link[n] = '\0';
		if (is_ours(link))
			add_close(t, c, atoi(e->d_name));
	}
}

static bool same_file(const struct map *a, const struct map *b)
{
	return a->inode == b->inode && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor;
}

/* What can't be read has none: the file may have no bytes yet. */
static bool is_part(struct target *t, const struct map *first,
		    const struct map *of)
{
	struct state_header h;

	return target_read_partial(t, first->start, &h, sizeof(h)) ==
		       sizeof(h) &&
	       !memcmp(h.magic, STATE_MAGIC, sizeof(h.magic)) &&
	       h.part_addr[LINK_R] == first->start &&
	       of->start >= first->start &&
	       of->start < h.part_addr[LINK_RW] + h.part_size[LINK_RW];
}

/*
 * Also without a header is what a header says to be elsewhere: a mmap() that
 * was still to come when the doctor was killed, and came when another one's
 * file had the descriptor of the first one's.
 */
static bool has_header(struct target *t, const struct map *of)
{
	for (size_t i = 0; i < t->maps.count; i++) {
		const struct map *m = &t->maps.all[i];

		if (same_file(m, of) && !m->offset && is_part(t, m, of))
			return true;
	}
	return false;
}

static void find_mappings(struct target *t, struct calls *c)
{
	for (size_t i = 0; i < t->maps.count; i++) {
		const struct map *m = &t->maps.all[i];

		if (is_ours(m->path) && !m->shared && !has_header(t, m))
			add_call(c, SYS_munmap, m->start, m->end - m->start);
	}
}

struct error *clear_leftovers(struct target *t, unsigned int timeout_ms)
{
	_cleanup_(calls_deinit) struct calls c = {0};

	find_files(t, &c);
	find_mappings(t, &c);
	if (!c.n)
		return NULL;
	log_info("pid %d (%s): files and memory of an attempt that was "
		 "interrupted are taken away", t->pid, t->comm);
	TRY(target_syscalls(t, timeout_ms, c.all, c.n));
	return target_refresh_maps(t);
}
