// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory of a patch in the patient, while the patient runs. Nothing that
 * is done here changes what the patient does.
 */
#ifndef DOCTOR_PREPARE_H
#define DOCTOR_PREPARE_H

#include "doctor/plan.h"

/*
 * Maps and fills the memory for each patch that comes in: state PREPARED. On
 * failure all of it is taken away again.
 */
struct error *prepare(struct plan *p, unsigned int timeout_ms) MUST_CHECK;

/* Takes away what prepare() has made. */
void unprepare(struct plan *p, unsigned int timeout_ms);

/*
 * Makes the patient close and unmap what prepare() has left where the doctor
 * was killed before there was a header. (leftover.c)
 */
struct error *clear_leftovers(struct target *t,
			      unsigned int timeout_ms) MUST_CHECK;

#endif
