// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a patch leaves in the patient: a header at the start of its read-only
 * part. All state lives there, so any doctor can go on where another one was
 * killed. It is data from outside as well: state_read() checks every field.
 *
 *   PREPARED   memory is there and filled, no code leads to it
 *      v                     (found by a later doctor: taken away)
 *   APPLYING   jumps are being written
 *      v                     (found by a later doctor: taken back)
 *   APPLIED    all jumps are there
 *      v
 *   REVERTING  the original bytes are being written
 *      v                     (found by a later doctor: taken back)
 *   RETIRED    no jump leads to it, but a pointer into it may be left
 */
#ifndef DOCTOR_STATE_H
#define DOCTOR_STATE_H

#include "kpfile/kpfile.h"
#include "link/link.h"
#include "target/target.h"

#define STATE_MAGIC "KPSTATE" /* with its NUL: 8 bytes */
#define STATE_VERSION 1u
#define STATE_MEMFD_PREFIX "kpatch:" /* and the BuildID */
#define STATE_MAX_WRITE 16u

enum patch_state {
	STATE_PREPARED = 1,
	STATE_APPLYING,
	STATE_APPLIED,
	STATE_REVERTING,
	STATE_RETIRED,
};

/* "applied" and so on, for messages. */
const char *patch_state_name(uint32_t state);

enum state_hunk_flags {
	STATE_HUNK_NEW = 1,   /* new function: orig_* are 0 */
	STATE_HUNK_RANGE = 2, /* nothing is written */
	STATE_HUNK_DATA = 4,  /* with NEW: no function, a word; see frames.h */
	STATE_HUNK_KEEP = 8,  /* with NEW: a variable; see callbacks.h */
	/* With NEW: functions that the patient calls; likewise. */
	STATE_HUNK_PRE_PATCH = 16,
	STATE_HUNK_POST_PATCH = 32,
	STATE_HUNK_PRE_UNPATCH = 64,
	STATE_HUNK_POST_UNPATCH = 128,
	STATE_HUNK_CALLS = 240, /* these four */
};

/* Addresses are those in the patient. */
struct state_hunk {
	uint64_t orig_addr, orig_len;
	uint64_t new_addr, new_len; /* 0: none */
	uint64_t write_addr;
	uint32_t write_len; /* 0: nothing is written */
	uint32_t flags;	    /* enum state_hunk_flags */
	uint32_t name;	    /* offset in the names */
	uint32_t reserved;
	uint8_t undo[STATE_MAX_WRITE];	   /* what was there */
	uint8_t intended[STATE_MAX_WRITE]; /* what is to be there */
};

/*
 * How the patient's unwinding runtime finds the patch's FDEs: in the order of
 * glibc's struct dl_find_object. Read by the code in frames_stub.c.
 */
struct state_frames {
	uint64_t lo, hi; /* the code */
	uint64_t map_start, map_end;
	uint64_t link_map; /* of the patched object */
	uint64_t hdr;	   /* its .eh_frame_hdr; 0: there is none */
};

enum state_kind {
	STATE_PATCH,
	STATE_FRAMES, /* what leads the runtime to patches' FDEs: frames.h */
};

struct state_header {
	char magic[8];
	uint32_t version;
	uint32_t state; /* enum patch_state; always written by itself */
	uint64_t size;	/* of header, hunks and names: a multiple of a page */
	uint32_t nhunks;
	uint32_t hunk_size; /* sizeof(struct state_hunk) */
	uint32_t names_off; /* from the header's start, behind the hunks */
	uint32_t names_size;
	uint64_t part_addr[LINK_PARTS]; /* [LINK_R] is the header's address */
	uint64_t part_size[LINK_PARTS]; /* [LINK_R] with the header */
	uint64_t load_bias;
	uint64_t eh_frame_addr, eh_frame_len; /* 0: none */
	uint32_t patchlevel;
	uint8_t buildid_len;
	uint8_t kind; /* enum state_kind */
	uint8_t reserved[2];
	uint8_t buildid[BUILDID_MAX];
	uint8_t checksum[32]; /* of the .kpatch file */
	struct state_frames frames;
	uint64_t switch_addr; /* the code of self_write.h; 0: there is none */
	uint64_t hash; /* of all `size` bytes, with `state` and this zero */
};

/* A copy of what is in the patient. */
struct state {
	uint8_t *bytes; /* header->size */
	struct state_header *header; /* = bytes */
	struct state_hunk *hunks;    /* in bytes */
};

void state_deinit(struct state *s);

const char *state_hunk_name(const struct state *s, const struct state_hunk *h);

/* How many hunks are written as jumps: not words. */
size_t state_count_jumps(const struct state *s);

/* Bytes that a header with these hunks takes: a multiple of a page. */
size_t state_size(const struct link_hunk *hunks, size_t n);

/*
 * Makes the header for a patch; of the hunks' write_* and bytes only what
 * the patch itself says (the caller fills the rest, then calls state_seal()).
 * `part_addr` and `part_size` are those of the mappings.
 */
void state_create(const struct kpfile *kp, const struct linked *l,
		  uint64_t load_bias, const uint64_t part_addr[LINK_PARTS],
		  const uint64_t part_size[LINK_PARTS], struct state *ret);
void state_seal(struct state *s);

/*
 * Reads the header at `addr`. ERR_BADFILE if it isn't one or a field is
 * wrong; what target_read() fails with.
 */
struct error *state_read(struct target *t, uint64_t addr, struct state *ret)
	MUST_CHECK;

struct states {
	struct state *all;
	size_t count, cap;
};

void states_deinit(struct states *s);

/*
 * All patches in a process, by its maps. Damaged headers are logged. A word
 * that a patch has in a STATE_FRAMES that is gone is no hunk in these copies.
 */
void states_find(struct target *t, struct states *ret);

/* Sets the state in the patient, and in the copy. */
struct error *state_set(struct target *t, struct state *s,
			enum patch_state state) MUST_CHECK;

/* Never true of a STATE_FRAMES. */
bool state_is_for(const struct state *s, const struct buildid *id,
		  uint64_t load_bias);

#endif
