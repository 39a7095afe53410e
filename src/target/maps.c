// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* What is left of one line. */
struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, char ch)
{
	if (c->at == c->end || *c->at != ch)
		return false;
	c->at++;
	return true;
}

static int digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	return -1;
}

/* At least one digit, and no more than fit. */
static bool take_number(struct cursor *c, unsigned int base, uint64_t max,
			uint64_t *ret)
{
	const char *first = c->at;
	uint64_t v = 0;

	for (; c->at < c->end; c->at++) {
		int d = digit(*c->at);

		if (d < 0 || d >= (int)base)
			break;
		if (v > (max - (uint64_t)d) / base)
			return false;
		v = v * base + (uint64_t)d;
	}
	*ret = v;
	return c->at > first;
}

/* A flag letter, or '-' for none. */
static bool take_flag(struct cursor *c, char letter, uint8_t bit, uint8_t *prot)
{
	if (take(c, letter)) {
		*prot |= bit;
		return true;
	}
	return take(c, '-');
}

static bool take_prot(struct cursor *c, struct map *m)
{
	if (!take_flag(c, 'r', MAP_R, &m->prot) ||
	    !take_flag(c, 'w', MAP_W, &m->prot) ||
	    !take_flag(c, 'x', MAP_X, &m->prot))
		return false;
	m->shared = take(c, 's');
	return m->shared || take(c, 'p');
}

/*
 * The kernel writes a newline in a name as \012 (fs/proc/task_mmu.c passes
 * only "\n" to seq_path()); a backslash is not escaped, so \012 could be
 * four characters of the name as well: taken as a newline.
 */
static char *unescape(const char *s, size_t len)
{
	char *name = xmalloc(len + 1), *out = name;

	for (size_t i = 0; i < len;) {
		if (len - i >= 4 && !memcmp(s + i, "\\012", 4)) {
			*out++ = '\n';
			i += 4;
		} else {
			*out++ = s[i++];
		}
	}
	*out = '\0';
	return name;
}

static bool parse_fields(struct cursor *c, struct map *m)
{
	uint64_t major, minor;

	if (!take_number(c, 16, UINT64_MAX, &m->start) || !take(c, '-') ||
	    !take_number(c, 16, UINT64_MAX, &m->end) || !take(c, ' ') ||
	    m->start >= m->end || !take_prot(c, m) || !take(c, ' ') ||
	    !take_number(c, 16, UINT64_MAX, &m->offset) || !take(c, ' ') ||
	    !take_number(c, 16, UINT32_MAX, &major) || !take(c, ':') ||
	    !take_number(c, 16, UINT32_MAX, &minor) || !take(c, ' ') ||
	    !take_number(c, 10, UINT64_MAX, &m->inode))
		return false;
	m->dev_major = (uint32_t)major;
	m->dev_minor = (uint32_t)minor;
	return c->at == c->end || *c->at == ' ';
}

static bool parse_line(struct cursor c, struct map *m)
{
	static const char suffix[] = " (deleted)";
	size_t len;

	if (memchr(c.at, '\0', (size_t)(c.end - c.at)) || !parse_fields(&c, m))
		return false;
	while (take(&c, ' '))
		;
	len = (size_t)(c.end - c.at);
	if (len >= strlen(suffix) &&
	    !memcmp(c.end - strlen(suffix), suffix, strlen(suffix))) {
		m->deleted = true;
		len -= strlen(suffix);
	}
	m->path = unescape(c.at, len);
	return true;
}

void maps_deinit(struct maps *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->all[i].path);
	free(m->all);
	*m = (struct maps){0};
}

struct error *maps_parse(const char *text, size_t len, struct maps *ret_maps)
{
	_cleanup_(maps_deinit) struct maps maps = {0};
	const char *at = text, *end = text + len;
	size_t cap = 0;

	for (unsigned int line = 1; at < end; line++) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		struct map m = {0};

		if (!nl || !parse_line((struct cursor){at, nl}, &m))
			return error_new(ERR_BADFILE,
					 "maps, line %u: malformed", line);
		if (maps.count && m.start < maps.all[maps.count - 1].end) {
			free(m.path);
			return error_new(ERR_BADFILE,
					 "maps, line %u: not ascending", line);
		}
		VEC_GROW(maps.all, maps.count, cap);
		maps.all[maps.count++] = m;
		at = nl + 1;
	}
	*ret_maps = maps;
	maps = (struct maps){0};
	return NULL;
}

const struct map *maps_find(const struct maps *m, uint64_t addr)
{
	size_t lo = 0, hi = m->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (addr < m->all[mid].start)
			hi = mid;
		else if (addr >= m->all[mid].end)
			lo = mid + 1;
		else
			return &m->all[mid];
	}
	return NULL;
}

enum {
	MIN_ADDR = 0x10000, /* default vm.mmap_min_addr */
	PAGE = 4096,
};

#define MAX_ADDR (((uint64_t)1 << 47) - PAGE)
/* The stack may grow by RLIMIT_STACK (8 MiB) and 1 MiB of guard gap. */
#define STACK_ROOM ((uint64_t)16 << 20)
/* What brk() is to have; the last resort is to give it less. */
static const uint64_t heap_rooms[] = {(uint64_t)1 << 30, (uint64_t)256 << 20,
				      (uint64_t)1 << 20};

/* An aligned place of `size` in [from, to) close to [lo, hi). */
struct wanted {
	uint64_t lo, hi;   /* what it is to be near to */
	uint64_t from, to; /* what is within reach */
	uint64_t size;
	uint64_t best, best_distance;
	bool found;
};

static void try_gap(struct wanted *w, uint64_t from, uint64_t to)
{
	uint64_t addr, distance;

	if (from < w->from)
		from = w->from;
	if (to > w->to)
		to = w->to;
	if (from >= to)
		return;
	from = (from + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	to &= ~(uint64_t)(PAGE - 1);
	if (from >= to || to - from < w->size)
		return;
	if (from >= w->hi) { /* above */
		addr = from;
		distance = from - w->hi;
	} else { /* below */
		addr = to - w->size;
		distance = w->lo > to ? w->lo - to : 0;
	}
	if (w->found && distance >= w->best_distance)
		return;
	w->found = true;
	w->best = addr;
	w->best_distance = distance;
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Libraries are mapped above, executables below (arch/x86/mm/mmap.c). */
#define MMAP_AREA ((uint64_t)0x7e << 40)

/*
 * The mapping above which brk() grows: [heap], or before the first brk() call
 * the last one of the object at `lo`, should that be the executable.
 */
static size_t find_heap(const struct maps *m, uint64_t lo)
{
	size_t of_object = m->count;
	const char *path = NULL;

	for (size_t i = 0; i < m->count; i++) {
		const struct map *map = &m->all[i];

		if (!strcmp(map->path, "[heap]"))
			return i;
		if (lo >= map->start && lo < map->end && lo < MMAP_AREA)
			path = map->path;
		if (path && !strcmp(path, map->path))
			of_object = i;
	}
	return of_object;
}

static void try_gaps(const struct maps *m, struct wanted *w, uint64_t heap_room)
{
	size_t heap = find_heap(m, w->lo);
	uint64_t from = MIN_ADDR;

	for (size_t i = 0; i <= m->count; i++) {
		uint64_t to = i < m->count ? m->all[i].start : MAX_ADDR;

		if (i && heap == i - 1)
			from = add_capped(from, heap_room);
		if (i < m->count && !strcmp(m->all[i].path, "[stack]"))
			to = to > STACK_ROOM ? to - STACK_ROOM : 0;
		try_gap(w, from, to);
		if (i < m->count)
			from = m->all[i].end;
	}
}

bool maps_find_gap(const struct maps *m, uint64_t lo, uint64_t hi, size_t size,
		   uint64_t reach, uint64_t *ret_addr)
{
	struct wanted w = {
		.lo = lo,
		.hi = hi,
		.from = hi > reach && hi - reach > MIN_ADDR ? hi - reach
							    : MIN_ADDR,
		.to = add_capped(lo, reach),
		.size = size,
	};

	if (!size)
		return false;
	if (w.to > MAX_ADDR)
		w.to = MAX_ADDR;
	for (size_t i = 0; i < sizeof(heap_rooms) / sizeof(*heap_rooms); i++) {
		try_gaps(m, &w, heap_rooms[i]);
		if (w.found) {
			*ret_addr = w.best;
			return true;
		}
	}
	return false;
}
