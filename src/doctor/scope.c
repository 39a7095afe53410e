// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/scope.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MAX_LINK_MAPS 65536u /* in all namespaces */
#define MAX_NAMESPACES 64u
#define MAX_NEEDED 65536u /* names that objects need, together */

/* The public part of glibc's struct link_map and struct r_debug (link.h). */
struct remote_link_map {
	uint64_t l_addr, l_name, l_ld, l_next, l_prev;
};

struct remote_r_debug {
	uint64_t r_version; /* an int, and padding */
	uint64_t r_map, r_brk, r_state, r_ldbase;
	uint64_t r_next; /* from version 2 on (glibc 2.35): next namespace */
};

void scope_deinit(struct scope *s)
{
	free(s->order);
	memset(s, 0, sizeof(*s));
}

static void scope_add(struct scope *s, struct dynamic *d)
{
	VEC_GROW(s->order, s->count, s->cap);
	s->order[s->count++] = d;
}

static bool scope_has(const struct scope *s, const struct dynamic *d)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->order[i] == d)
			return true;
	}
	return false;
}

static struct dynamic *dynamic_at(const struct dynamics *ds, uint64_t addr)
{
	for (size_t i = 0; i < ds->count; i++) {
		const struct object *obj = ds->all[i].obj;

		if (addr >= obj->lo && addr < obj->hi)
			return &ds->all[i];
	}
	return NULL;
}

static void read_link_maps(struct dynamics *ds, uint64_t at,
			   struct scope *list, unsigned int *left)
{
	struct remote_link_map lm;

	for (; at && *left; (*left)--) {
		if (target_read_partial(ds->target, at, &lm, sizeof(lm)) !=
		    sizeof(lm))
			return;
		struct dynamic *d = dynamic_at(ds, lm.l_ld);
		if (d && !d->link_map) {
			d->link_map = at;
			scope_add(list, d);
		}
		at = lm.l_next;
	}
}

static void read_namespaces(struct dynamics *ds, uint64_t at)
{
	unsigned int left = MAX_LINK_MAPS;
	struct remote_r_debug dbg;

	for (unsigned int i = 0; at && i < MAX_NAMESPACES; i++) {
		struct scope list = {0};
		size_t n = target_read_partial(ds->target, at, &dbg,
					       sizeof(dbg));

		if (n < offsetof(struct remote_r_debug, r_next))
			return;
		read_link_maps(ds, dbg.r_map, &list, &left);
		VEC_GROW(ds->lists, ds->nlists, ds->lists_cap);
		ds->lists[ds->nlists++] = list;
		at = (uint32_t)dbg.r_version >= 2 && n == sizeof(dbg)
			     ? dbg.r_next : 0;
	}
}

void dynamics_read(struct target *t, const struct objects *objs,
		   struct dynamics *ret)
{
	struct dynamics ds = {.target = t, .count = objs->count};
	uint64_t debug = 0;

	ds.common = xcalloc(1, sizeof(*ds.common));
	ds.common->left = DYNAMIC_BUDGET;
	ds.all = xcalloc(objs->count, sizeof(*ds.all));
	for (size_t i = 0; i < objs->count; i++) {
		dynamic_read(t, &objs->all[i], ds.common, &ds.all[i]);
		/* Only programs have DT_DEBUG, and ld.so fills in but one. */
		if (ds.all[i].debug)
			debug = ds.all[i].debug;
	}
	read_namespaces(&ds, debug);
	*ret = ds;
}

void dynamics_deinit(struct dynamics *ds)
{
	for (size_t i = 0; i < ds->count; i++)
		dynamic_deinit(&ds->all[i]);
	for (size_t i = 0; i < ds->nlists; i++)
		scope_deinit(&ds->lists[i]);
	free(ds->all);
	free(ds->lists);
	free(ds->common);
	memset(ds, 0, sizeof(*ds));
}

struct dynamic *dynamics_of(const struct dynamics *ds,
			    const struct object *obj)
{
	for (size_t i = 0; i < ds->count; i++) {
		if (ds->all[i].obj == obj)
			return &ds->all[i];
	}
	return NULL;
}

static uint64_t read_at_phdr(pid_t pid)
{
	char path[64];
	uint64_t auxv[128];

	snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, auxv, sizeof(auxv));
	for (ssize_t i = 0; i + 1 < n / 8; i += 2) {
		if (auxv[i] == AT_PHDR)
			return auxv[i + 1];
	}
	return 0;
}

struct dynamic *dynamics_program(const struct dynamics *ds)
{
	if (ds->nlists && ds->lists[0].count)
		return ds->lists[0].order[0];
	return dynamic_at(ds, read_at_phdr(ds->target->pid));
}

static bool is_called(struct dynamic *d, const char *name)
{
	const char *soname = dynamic_soname(d);

	return !strcmp(object_name(d->obj), name) ||
	       (soname && !strcmp(soname, name)) ||
	       !strcmp(d->obj->path, name);
}

static void add_called(const struct scope *list, const char *name,
		       struct scope *closure)
{
	for (size_t i = 0; i < list->count; i++) {
		struct dynamic *d = list->order[i];

		if (is_called(d, name) && !scope_has(closure, d)) {
			scope_add(closure, d);
			return;
		}
	}
}

/* Appends `root` and all that it needs, breadth first, as ld.so does. */
static void add_closure(const struct scope *list, struct dynamic *root,
			struct scope *s)
{
	unsigned int left = MAX_NEEDED;
	struct scope closure = {0};

	scope_add(&closure, root);
	for (size_t i = 0; i < closure.count; i++) {
		struct dynamic *d = closure.order[i];

		for (size_t k = 0; d->present && k < d->nneeded && left; k++) {
			_autofree_ char *name =
				dynamic_string(d, d->needed[k]);

			left--;
			if (name)
				add_called(list, name, &closure);
		}
	}
	for (size_t i = 0; i < closure.count; i++)
		scope_add(s, closure.order[i]);
	scope_deinit(&closure);
}

static const struct scope *list_of(const struct dynamics *ds,
				   const struct dynamic *d)
{
	for (size_t i = 0; i < ds->nlists; i++) {
		if (scope_has(&ds->lists[i], d))
			return &ds->lists[i];
	}
	return NULL;
}

void dynamics_scope(const struct dynamics *ds, struct dynamic *d,
		    struct scope *ret)
{
	const struct scope *list = list_of(ds, d);
	struct scope s = {0}, closure = {0};
	size_t startup = 0;

	if (!list) {
		scope_add(&s, d);
		*ret = s;
		return;
	}
	/*
	 * What was loaded at the start, LD_PRELOAD included, comes first in
	 * the list, and what the program needs is all in it.
	 */
	add_closure(list, list->order[0], &closure);
	for (size_t i = 0; i < list->count; i++) {
		if (scope_has(&closure, list->order[i]))
			startup = i + 1;
	}
	scope_deinit(&closure);
	for (size_t i = 0; i < startup; i++)
		scope_add(&s, list->order[i]);
	add_closure(list, d, &s);
	for (size_t i = startup; i < list->count; i++)
		scope_add(&s, list->order[i]);
	*ret = s;
}
