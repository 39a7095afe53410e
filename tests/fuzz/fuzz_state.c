// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the header of a patch in a patient's memory; the patient is
 * this program. The header's own address, its hash and what follows from the
 * format are made right first; the input's last byte says whether.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PLACE ((uint8_t *)0x10000000)
#define ROOM 65536u

struct fixture {
	struct target *t;
};

/* Once: opening a process reads all its maps. */
static struct fixture *fixture(void)
{
	static struct fixture f;

	if (f.t)
		return &f;
	void *p = mmap(PLACE, ROOM, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		       0);
	if (p != PLACE || target_open(getpid(), &f.t))
		abort();
	return &f;
}

static void repair(size_t size)
{
	struct state s = {.bytes = PLACE,
			  .header = (struct state_header *)PLACE};
	struct state_header *h = s.header;

	if (size < sizeof(*h) || PLACE[size - 1] == 0xff)
		return;
	/* What follows from the format: a seed of an older one serves too. */
	memcpy(h->magic, STATE_MAGIC, sizeof(h->magic));
	h->version = STATE_VERSION;
	h->hunk_size = sizeof(struct state_hunk);
	h->names_off = (uint32_t)(sizeof(*h) +
				  (uint64_t)h->nhunks * h->hunk_size);
	uint64_t at = (uintptr_t)PLACE;
	for (int i = 0; i < LINK_PARTS; i++) {
		h->part_addr[i] = at;
		at += h->part_size[i];
	}
	if (h->size <= ROOM)
		state_seal(&s);
}

/* What the doctor takes for granted of a state that was read. */
static void use(const struct state *s)
{
	size_t jumps = 0, sum = 0;

	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];

		jumps += h->write_len != 0;
		sum += strlen(state_hunk_name(s, h));
		for (uint32_t k = 0; k < h->write_len; k++)
			sum += h->undo[k] + h->intended[k];
	}
	if (state_count_jumps(s) > jumps ||
	    (uint8_t *)(s->hunks + s->header->nhunks) >
		    s->bytes + s->header->size ||
	    !*patch_state_name(s->header->state) || sum == SIZE_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fixture *f = fixture();
	struct state s;

	if (size > ROOM)
		return 0;
	memcpy(PLACE, data, size);
	memset(PLACE + size, 0, ROOM - size);
	repair(size);
	struct error *err = state_read(f->t, (uintptr_t)PLACE, &s);
	if (!err) {
		use(&s);
		state_deinit(&s);
	}
	error_free(err);
	return 0;
}
