// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many pieces of the patient's memory as they were at one moment, to see in
 * few system calls, while its threads wait, whether they still are.
 */
#ifndef DOCTOR_SNAPSHOT_H
#define DOCTOR_SNAPSHOT_H

#include "target/target.h"

struct snapshot {
	struct iorange *ranges; /* `data` is where their bytes are in `now` */
	size_t n, cap;
	uint8_t *before, *now;
	size_t size; /* of each of the two */
};

void snapshot_deinit(struct snapshot *s);

/* Adds a range; before the first reading. They may overlap. */
void snapshot_add(struct snapshot *s, uint64_t addr, size_t len);

/* Reads all of it. ERR_FAILED if not all is mapped. */
struct error *snapshot_take(struct snapshot *s, struct target *t) MUST_CHECK;

/* Reads it again. False if that cannot be read or isn't as it was. */
bool snapshot_is_current(struct snapshot *s, struct target *t);

/* What was last read of a range that was added, or of a part of one. */
const uint8_t *snapshot_at(const struct snapshot *s, uint64_t addr);

#endif
