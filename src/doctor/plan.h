// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is to be done to one process: made while it runs, only by reading.
 * When a plan is there, everything is known to be possible: the patches are
 * sound, the code in memory is what they were made for, every symbol is
 * resolved, there is room. Carried out by prepare.h and commit.h.
 */
#ifndef DOCTOR_PLAN_H
#define DOCTOR_PLAN_H

#include "doctor/discover.h"
#include "doctor/scope.h"
#include "doctor/state.h"
#include "link/link.h"
#include "store/store.h"

/* One object: a patch comes in, or goes out, or one replaces the other. */
struct change {
	const struct object *obj;
	enum state_kind kind; /* of what comes in */
	struct state *old;    /* the patch that goes out, in plan.states */
	struct state *reuse;  /* left-over memory of the same patch */
	bool has_new;
	struct kpfile kp;     /* the rest is for the patch that comes in */
	struct linked *linked;
	struct state new;     /* its header as it will be in the patient */
	uint64_t part_addr[LINK_PARTS]; /* of the mappings */
	uint64_t part_size[LINK_PARTS];
	unsigned int mapped;  /* bit n: part n has been mapped by this plan */
	size_t frames_index;  /* of its word in frames.h's table, and 1 */
};

/* What leads an unwinding runtime to `function`, and then to us: frames.h. */
struct frames_hook {
	const struct object *obj; /* that holds it */
	uint64_t slot;	   /* a pointer, or the displacement of a call */
	uint64_t function; /* _dl_find_object() */
	bool is_call;
};

struct plan {
	struct target *t;
	struct objects objs;
	struct states states;
	struct dynamics ds;
	bool has_ds;
	uint64_t frames;      /* address of frames.h's table; 0: none */
	struct frames_hook frames_hook; /* what leads to it */
	struct change *changes;
	size_t nchanges, cap;
	struct buf notes; /* lines on what is left as it is, and why */
	char *why_not_itself; /* writes its code (self_write.h); or NULL */
	unsigned int callback_ms; /* for callbacks.h; 0: none is called */
	size_t matching;  /* objects that there is a patch for */
};

void plan_deinit(struct plan *p);

/*
 * Plans to apply what the store has for the objects of the process. ERR_NOTHING
 * if nothing is to be done, ERR_BADFILE or ERR_FAILED if something is not
 * possible. `t` must outlive the plan.
 */
struct error *plan_patch(struct target *t, const struct store *store,
			 struct plan *ret_plan) MUST_CHECK;

/* Plans to take back the patches for these BuildIDs (n 0: all). */
struct error *plan_unpatch(struct target *t, const struct buildid *ids,
			   size_t n, struct plan *ret_plan) MUST_CHECK;

/* Jumps that the patches coming in will write, or those going out have. */
size_t plan_count_new(const struct plan *p);
size_t plan_count_old(const struct plan *p);

/* The plan as text, for --dry-run. */
void plan_describe(const struct plan *p, struct buf *out);

/*
 * Finds room for one change and links it there. Again if the room was taken
 * in the meantime: then `t->maps` must be fresh. (place.c)
 */
struct error *change_place(struct plan *p, struct change *c) MUST_CHECK;

/*
 * Fills the hunks of `c->new`: what is written where. Fails if the code in
 * memory is not what the patch was made for. (hunks.c)
 */
struct error *change_fill_hunks(struct target *t, struct change *c) MUST_CHECK;

/*
 * Compares the code in memory with what the patch was made for, jumps of
 * `c->old` put aside. (hunks.c)
 */
struct error *change_verify_code(struct target *t, const struct change *c)
	MUST_CHECK;

#endif
