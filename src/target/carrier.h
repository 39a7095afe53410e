/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within src/target: a thread that carries out our code (carry.c). */
#ifndef TARGET_CARRIER_H
#define TARGET_CARRIER_H

#include "target/remote.h"

struct carrier {
	struct remote r;
	struct remote_call *calls;
	uint64_t entry, code_len, data;
	size_t len;
	bool begun, done;

	/* See struct carried. */
	bool calls_back;
	size_t fixup, go;
	uint8_t *xstate; /* vector registers as they were */
	size_t xstate_len;
	bool crashed; /* stopped by a signal, which isn't to be delivered */
	bool is_back; /* abandoned: stopped where it was before all this */
};

/* Our data may look like pointers to who searches this stack for some. */
void carrier_wipe(struct carrier *c);

#endif
