// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In which order ld.so looks for symbols: its list of objects (struct r_debug,
 * found through DT_DEBUG) and their DT_NEEDED.
 */
#ifndef DOCTOR_SCOPE_H
#define DOCTOR_SCOPE_H

#include "doctor/dynamic.h"

struct scope {
	struct dynamic **order;
	size_t count, cap;
};

void scope_deinit(struct scope *s);

/* The dynamic information of all objects of a process. */
struct dynamics {
	struct target *target;
	struct dynamic_common *common;
	struct dynamic *all; /* parallel to struct objects */
	size_t count;
	struct scope *lists; /* ld.so's list of each namespace; [0] the program's */
	size_t nlists, lists_cap;
};

void dynamics_read(struct target *t, const struct objects *objs,
		   struct dynamics *ret);
void dynamics_deinit(struct dynamics *ds);

struct dynamic *dynamics_of(const struct dynamics *ds,
			    const struct object *obj);

/*
 * The program that runs: first in ld.so's list, or, without ld.so, the object
 * that the kernel loaded (AT_PHDR). NULL if neither is known.
 */
struct dynamic *dynamics_program(const struct dynamics *ds);

/*
 * Where a reference of `d` is looked up, in order: what was loaded with the
 * program; what `d` needs; the rest. Objects may occur twice.
 */
void dynamics_scope(const struct dynamics *ds, struct dynamic *d,
		    struct scope *ret);

#endif
