// SPDX-License-Identifier: GPL-2.0-or-later
/* Which pages of a process have been written, from /proc/PID/pagemap. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/priv.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PRESENT ((uint64_t)1 << 63)
#define SWAPPED ((uint64_t)1 << 62)
#define OF_FILE ((uint64_t)1 << 61) /* or of shared memory */

enum { PAGE = 4096, BATCH = 4096 /* entries: 16 MiB of the process */ };

/* The same from Linux 6.7 on, for ranges (PAGEMAP_SCAN): linux/fs.h. */
struct scanned {
	uint64_t start, end, categories;
};

struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages,
		category_inverted, category_mask, category_anyof_mask,
		return_mask;
};

#define SCAN _IOWR('f', 16, struct scan)
#define SCAN_FILE ((uint64_t)1 << 2)
#define SCAN_PRESENT ((uint64_t)1 << 3)
#define SCAN_SWAPPED ((uint64_t)1 << 4)

enum { REGIONS = 1024 };

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

static bool add_run(struct runs *r, uint64_t from, uint64_t to)
{
	if (r->to != from) {
		if (!end_run(r))
			return false;
		r->from = from;
	}
	r->to = to;
	return true;
}

static bool add_page(struct runs *r, uint64_t addr)
{
	return add_run(r, addr, addr + PAGE);
}

static bool add_scanned(struct runs *r, const struct scanned *s, size_t n,
			bool shared)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t is = s[i].categories;

		if ((is & SCAN_SWAPPED || shared || !(is & SCAN_FILE)) &&
		    !add_run(r, s[i].start, s[i].end))
			return false;
	}
	return true;
}

/*
 * From *from on, as far as the kernel can tell in this way, which takes no
 * time for what was never touched: terabytes of it are reserved by some.
 */
static bool scan(int fd, const struct map *m, uint64_t *from, struct runs *runs)
{
	struct scanned found[REGIONS];

	while (*from < m->end) {
		struct scan s = {
			.size = sizeof(s),
			.start = *from,
			.end = m->end,
			.vec = (uintptr_t)found,
			.vec_len = REGIONS,
			.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
			.return_mask = SCAN_PRESENT | SCAN_SWAPPED | SCAN_FILE,
		};
		int n = ioctl(fd, SCAN, &s);

		if (n < 0 || s.walk_end <= *from)
			return true;
		if (!add_scanned(runs, found, (size_t)n, m->shared))
			return false;
		*from = s.walk_end;
	}
	return true;
}

bool target_written_pages(struct target *t, const struct map *m, uint64_t from,
			  page_run_fn *fn, void *arg)
{
	int fd = open_pagemap(t);
	struct runs runs = {.fn = fn, .arg = arg};
	uint64_t entries[BATCH];

	from &= ~(uint64_t)(PAGE - 1);
	if (fd >= 0 && !scan(fd, m, &from, &runs))
		return false;
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
