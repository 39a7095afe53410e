/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of patches in the patient, while the patient runs. */
#ifndef DOCTOR_MAPPING_H
#define DOCTOR_MAPPING_H

#include "doctor/plan.h"

/*
 * Maps the parts of all changes that need memory at c->part_addr, elsewhere if
 * somebody was faster, and notes them in c->mapped. On failure what is mapped
 * stays so.
 */
struct error *map_changes(struct plan *p, unsigned int timeout_ms) MUST_CHECK;

/* Unmaps what is in c->mapped. Memory that can't be unmapped stays: logged. */
void unmap_change(struct target *t, struct change *c, unsigned int timeout_ms);

/* Makes the patient unmap all parts of a patch. */
struct error *state_unmap(struct target *t, const struct state *s,
			  unsigned int timeout_ms) MUST_CHECK;

#endif
