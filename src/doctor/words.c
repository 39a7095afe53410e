// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/words.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define CHUNK ((size_t)1 << 20)
#define BLOCK ((size_t)64) /* words that are looked at together */

struct scan {
	struct target *t;
	struct word_search *s;
	const struct map *map;
	uint64_t *words;
	uint64_t last, last_end; /* the word before the next chunk */
};

void word_ranges(struct word_search *s, const struct word_range *all, size_t n)
{
	/* More and more is joined until they are few. */
	for (uint64_t gap = 4096; gap; gap *= 4) {
		size_t k = 0;

		for (size_t i = 0; i < n && k <= MAX_WORD_RANGES; i++) {
			struct word_range *r = k ? &s->ranges[k - 1] : NULL;

			if (r && all[i].lo <= r->lo + r->len + gap) {
				uint64_t end = all[i].lo + all[i].len;

				if (end > r->lo + r->len)
					r->len = end - r->lo;
			} else if (k++ < MAX_WORD_RANGES) {
				s->ranges[k - 1] = all[i];
			}
		}
		s->nranges = k;
		if (k <= MAX_WORD_RANGES)
			return;
	}
	s->ranges[0] = (struct word_range){0, UINT64_MAX};
	s->nranges = 1;
}

uint64_t word_demangle(uint64_t word, uint64_t guard)
{
	return (word >> 17 | word << 47) ^ guard;
}

bool word_pointer_guard(struct target *t, uint64_t *ret_guard)
{
	Elf64_auxv_t aux[64];
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/auxv", t->pid);
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, aux, sizeof(aux));
	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(aux[0]); i++) {
		if (aux[i].a_type == AT_RANDOM)
			return target_read_partial(t, aux[i].a_un.a_val + 8,
						   ret_guard, 8) == 8;
	}
	return false;
}

static bool in_ranges(const struct word_search *s, uint64_t v)
{
	for (size_t i = 0; i < s->nranges; i++) {
		if (v - s->ranges[i].lo < s->ranges[i].len)
			return true;
	}
	return false;
}

static uint64_t decode(const struct word_search *s, uint64_t v, bool mangled)
{
	return mangled ? word_demangle(v, s->guard) : v;
}

static void report_word(struct scan *x, uint64_t addr, size_t i, size_t n,
			bool mangled)
{
	const struct word_search *s = x->s;
	uint64_t before = i ? x->words[i - 1]
			    : x->last_end == addr ? x->last : 0;
	uint64_t after = i + 1 < n ? x->words[i + 1] : 0;

	s->fn(s->arg, &(struct found_word){
		.map = x->map,
		.addr = addr,
		.raw = x->words[i],
		.value = decode(s, x->words[i], mangled),
		.before = before ? decode(s, before, mangled) : 0,
		.after = after ? decode(s, after, mangled) : 0,
		.mangled = mangled,
		.self = x->words[i] == addr,
	});
}

static bool is_self(const struct scan *x, uint64_t addr, size_t i, size_t n)
{
	return x->s->selves && x->words[i] == addr && i + 2 < n &&
	       x->words[i + 2] == addr;
}

/* Something in this block is wanted. */
static void look_closely(struct scan *x, uint64_t addr, size_t from, size_t to,
			 size_t n)
{
	const struct word_search *s = x->s;

	for (size_t i = from; i < to; i++) {
		uint64_t w = x->words[i];

		if (in_ranges(s, w) || is_self(x, addr + 8 * i, i, n))
			report_word(x, addr + 8 * i, i, n, false);
		if (s->has_guard && in_ranges(s, word_demangle(w, s->guard)))
			report_word(x, addr + 8 * i, i, n, true);
	}
}

/* Without branches, as this is done for each word of gigabytes. */
static bool may_be_wanted(const struct scan *x, uint64_t addr, size_t from,
			  size_t to)
{
	const struct word_search *s = x->s;
	const uint64_t *words = x->words;
	uint64_t any = 0;

	for (size_t r = 0; r < s->nranges; r++) {
		uint64_t lo = s->ranges[r].lo, len = s->ranges[r].len;

		for (size_t i = from; i < to; i++)
			any |= words[i] - lo < len;
		for (size_t i = from; s->has_guard && i < to; i++)
			any |= word_demangle(words[i], s->guard) - lo < len;
	}
	for (size_t i = from; s->selves && i < to; i++)
		any |= words[i] == addr + 8 * i;
	return any;
}

static void look_at_chunk(struct scan *x, uint64_t addr, size_t n)
{
	for (size_t i = 0; i < n; i += BLOCK) {
		size_t to = i + BLOCK < n ? i + BLOCK : n;

		if (may_be_wanted(x, addr, i, to))
			look_closely(x, addr, i, to, n);
	}
	if (n) {
		x->last = x->words[n - 1];
		x->last_end = addr + 8 * n;
	}
}

static bool look_at_run(void *arg, uint64_t from, uint64_t to)
{
	struct scan *x = arg;

	while (from < to) {
		struct iorange r = {
			.addr = from,
			.data = x->words,
			.len = to - from < CHUNK ? to - from : CHUNK,
		};

		if (x->s->deadline && now_us() > x->s->deadline)
			return false;
		target_read_many(x->t, &r, 1);
		look_at_chunk(x, from, r.done / 8);
		x->s->bytes += r.done;
		/* Pages that can't be read can't be read by the patient. */
		from += r.done < r.len ? (r.done | 4095) + 1 : r.len;
	}
	return true;
}

static bool is_device(const struct map *m)
{
	return !strncmp(m->path, "/dev/", 5) &&
	       strncmp(m->path, "/dev/shm/", 9) && strcmp(m->path, "/dev/zero");
}

bool words_search(struct target *t, struct word_search *s)
{
	_autofree_ uint64_t *words = xmalloc(CHUNK);
	struct scan x = {.t = t, .s = s, .words = words};

	s->bytes = 0;
	for (size_t i = 0; i < t->maps.count; i++) {
		x.map = &t->maps.all[i];
		if (!(x.map->prot & MAP_W) || !(x.map->prot & MAP_R) ||
		    is_device(x.map))
			continue;
		if (!target_written_pages(t, x.map, x.map->start, look_at_run,
					  &x))
			return false;
	}
	return true;
}
