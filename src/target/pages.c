// SPDX-License-Identifier: GPL-2.0-or-later
/* Which pages of a process have been written, from /proc/PID/pagemap. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/priv.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PRESENT ((uint64_t)1 << 63)
#define SWAPPED ((uint64_t)1 << 62)
#define OF_FILE ((uint64_t)1 << 61) /* or of shared memory */

enum { PAGE = 4096, BATCH = 4096 /* entries: 16 MiB of the process */ };

/* Of the memory that was opened, whatever becomes of the thread. */
static int open_pagemap(const struct target *t)
{
	char path[64];

	if (t->priv->pages_fd >= 0)
		return t->priv->pages_fd;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/pagemap", t->pid,
		 t->priv->live);
	t->priv->pages_fd = open(path, O_RDONLY | O_CLOEXEC);
	return t->priv->pages_fd;
}

static bool holds_data(uint64_t entry, bool shared)
{
	return entry & SWAPPED ||
	       (entry & PRESENT && (shared || !(entry & OF_FILE)));
}

/* Runs of pages that hold data, joined where they are adjacent. */
struct runs {
	uint64_t from, to;
	page_run_fn *fn;
	void *arg;
};

static bool end_run(struct runs *r)
{
	uint64_t from = r->from, to = r->to;

	r->from = r->to = 0;
	return from == to || r->fn(r->arg, from, to);
}

static bool add_page(struct runs *r, uint64_t addr)
{
	if (r->to != addr) {
		if (!end_run(r))
			return false;
		r->from = addr;
	}
	r->to = addr + PAGE;
	return true;
}

bool target_written_pages(struct target *t, const struct map *m, uint64_t from,
			  page_run_fn *fn, void *arg)
{
	int fd = open_pagemap(t);
	struct runs runs = {.fn = fn, .arg = arg};
	uint64_t entries[BATCH];

	from &= ~(uint64_t)(PAGE - 1);
	while (from < m->end) {
		size_t want = (m->end - from) / PAGE;

		if (want > BATCH)
			want = BATCH;
		ssize_t got = fd < 0 ? -1
				     : pread(fd, entries, want * 8,
					     (off_t)(from / PAGE * 8));
		/* Where it isn't told, any page may hold something. */
		if (got < 8)
			return end_run(&runs) && fn(arg, from, m->end);
		for (size_t i = 0; i < (size_t)got / 8; i++, from += PAGE) {
			if (holds_data(entries[i], m->shared) &&
			    !add_page(&runs, from))
				return false;
		}
	}
	return end_run(&runs);
}
