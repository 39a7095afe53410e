// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in a process, as its memory says. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor/discover.h"
#include "doctor/doctor.h"
#include "doctor/state.h"

/*
 * The state by what the code says, whatever the header does: all jumps are
 * there, or none, or some.
 */
static const char *state_by_code(struct target *t, const struct state *s)
{
	size_t there = 0, all = state_count_jumps(s);

	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];
		uint8_t code[STATE_MAX_WRITE];

		if (!h->write_len || h->flags & STATE_HUNK_DATA)
			continue;
		if (target_read_partial(t, h->write_addr, code,
					h->write_len) != h->write_len)
			return "unreadable";
		there += !memcmp(code, h->intended, h->write_len);
	}
	if (there == all && s->header->state == STATE_APPLIED)
		return "applied";
	if (there == 0 && s->header->state == STATE_RETIRED)
		return "retired";
	return there == 0    ? "interrupted, not applied"
	       : there < all ? "interrupted, partly applied"
			     : "interrupted, applied";
}

static void add_patch(struct target *t, const struct state *s,
		      struct buf *out)
{
	buf_addf(out, " patched: level %" PRIu32 ", %zu hunk(s), %s",
		 s->header->patchlevel, state_count_jumps(s),
		 state_by_code(t, s));
}

static void add_functions(const struct state *s, struct buf *out)
{
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];

		if (h->write_len && !(h->flags & STATE_HUNK_DATA))
			buf_addf(out, "  %s %#" PRIx64 " -> %#" PRIx64 "\n",
				 state_hunk_name(s, h), h->write_addr,
				 h->new_addr);
	}
}

static void add_object(struct target *t, const struct object *obj,
		       const struct states *states, bool verbose,
		       struct buf *out)
{
	char id[2 * BUILDID_MAX + 1];

	buildid_format(&obj->id, id);
	buf_addf(out, "%s %s", verbose ? obj->path : object_name(obj),
		 obj->id.len ? id : "-");
	for (size_t i = 0; i < states->count; i++) {
		const struct state *s = &states->all[i];

		if (state_is_for(s, &obj->id, obj->load_bias) &&
		    (verbose || s->header->state != STATE_RETIRED))
			add_patch(t, s, out);
	}
	buf_add_str(out, "\n");
	for (size_t i = 0; verbose && i < states->count; i++) {
		if (state_is_for(&states->all[i], &obj->id, obj->load_bias))
			add_functions(&states->all[i], out);
	}
}

struct error *doctor_info(pid_t pid, const struct doctor_options *options,
			  struct buf *out)
{
	_cleanup_(target_closep) struct target *t = NULL;
	_cleanup_(object_list_deinit) struct objects objs = {0};
	_cleanup_(states_deinit) struct states states = {0};

	TRY(target_open(pid, &t));
	TRY(objects_discover(t, &objs));
	states_find(t, &states);
	buf_addf(out, "pid=%d comm=%s\n", pid, t->comm);
	for (size_t i = 0; i < objs.count; i++)
		add_object(t, &objs.all[i], &states, options->verbose, out);
	return NULL;
}
