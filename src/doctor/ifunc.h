// SPDX-License-Identifier: GPL-2.0-or-later
/* Indirect functions: what their resolver returned, or would return. */
#ifndef DOCTOR_IFUNC_H
#define DOCTOR_IFUNC_H

#include "doctor/scope.h"

/*
 * The implementation that is chosen for an ifunc of `def` with that resolver.
 * ERR_FAILED, to be preceded by the symbol's name, if there is no telling.
 */
struct error *ifunc_resolve(struct dynamics *ds, struct dynamic *def,
			    uint64_t resolver, const char *name,
			    const char *version, uint64_t *ret_addr)
	MUST_CHECK;

/* Whether a slot is for this name, and version if both say one. */
bool bound_is_for(const struct bound *b, const char *name,
		  const char *version);

#endif
