// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/self_write.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/callbacks.h"
#include "doctor/switch_data.h"

#define PAUSE_NS 250000000 /* on a busy machine we are late; see carry.c */
#define RUN_MS 5000u

/* Looks whether it may go on, before it returns by itself: 0.4 s at least. */
#define PATIENCE 4000

struct self_write {
	struct switch_data *data;
	size_t len;
	uint64_t entry;
	unsigned int callback_ms;
	struct callbacks callbacks;
};

static struct self_write *not_possible(struct plan *p, const char *why)
{
	free(p->why_not_itself);
	p->why_not_itself = xstrdup(why);
	log_info("pid %d (%s): it can't write its code itself (%s); the doctor "
		 "does", p->t->pid, p->t->comm, why);
	return NULL;
}

/* The code in the memory of a patch, if it is what we know. */
static uint64_t stub_of(struct target *t, const struct state *s)
{
	_autofree_ uint8_t *code = xmalloc(SWITCH_STUB_LEN);
	const struct state_header *h = s->header;
	uint64_t addr = h->switch_addr;

	if (addr < h->part_addr[LINK_RX] ||
	    addr - h->part_addr[LINK_RX] + SWITCH_STUB_LEN >
		    h->part_size[LINK_RX] ||
	    target_read_partial(t, addr, code, SWITCH_STUB_LEN) !=
		    SWITCH_STUB_LEN ||
	    memcmp(code, switch_stub, SWITCH_STUB_LEN))
		return 0;
	return addr;
}

static uint64_t find_stub(struct plan *p)
{
	uint64_t addr = 0;

	for (size_t i = 0; !addr && i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		if (c->has_new)
			addr = stub_of(p->t, &c->new);
		if (!addr && c->old)
			addr = stub_of(p->t, c->old);
	}
	return addr;
}

static void add_op(struct switch_data *d, uint64_t addr, uint64_t source,
		   uint64_t len)
{
	d->ops[d->nops++] = (struct switch_op){addr, source | len << 56};
}

static void add_state(struct switch_data *d, const struct state *s,
		      enum patch_state state)
{
	add_op(d,
	       s->header->part_addr[LINK_R] +
		       offsetof(struct state_header, state),
	       offsetof(struct switch_data, states) +
		       state * sizeof(d->states[0]),
	       sizeof(d->states[0]));
}

static void add_states(struct switch_data *d, const struct plan *p,
		       enum patch_state old, enum patch_state new)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].old)
			add_state(d, p->changes[i].old, old);
		if (p->changes[i].has_new)
			add_state(d, &p->changes[i].new, new);
	}
}

/* A write of code by the pages that it is in, in the order of `w->all`. */
struct place {
	const struct write *w;
	uint64_t page;
	size_t index;
	bool alone;
};

static bool crosses(const struct write *w)
{
	return w->addr / SWITCH_PAGE != (w->addr + w->len - 1) / SWITCH_PAGE;
}

static int by_page(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->alone != y->alone)
		return x->alone ? -1 : 1;
	if (!x->alone && x->page != y->page)
		return x->page < y->page ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

/*
 * Which of a page's writes can be done in one: not if one goes on in the next
 * page, and only if the patient can read the page. The others come first, in
 * their order.
 */
static struct place *list_places(struct plan *p, const struct writes *w)
{
	struct place *places = xcalloc(w->ncode + 1, sizeof(*places));

	for (size_t i = 0; i < w->ncode; i++) {
		const struct write *x = &w->all[w->code + i];
		const struct map *m = maps_find(&p->t->maps, x->addr);

		places[i] = (struct place){
			.w = x, .page = x->addr / SWITCH_PAGE, .index = i,
			.alone = crosses(x) || !m || !(m->prot & MAP_R),
		};
	}
	for (size_t i = 0; i < w->ncode; i++) {
		for (size_t k = 0; crosses(places[i].w) && k < w->ncode; k++)
			places[k].alone |= places[k].page - places[i].page < 2;
	}
	qsort(places, w->ncode, sizeof(*places), by_page);
	return places;
}

static bool is_with(const struct place *places, size_t n, size_t i, size_t k)
{
	return k < n && !places[i].alone && !places[k].alone &&
	       places[i].page == places[k].page;
}

static void add_code(struct switch_data *d, struct plan *p,
		     const struct writes *w)
{
	_autofree_ struct place *places = list_places(p, w);
	size_t n = w->ncode;

	for (size_t i = 0; i < n; i++) {
		const struct write *x = places[i].w;
		bool before = i && is_with(places, n, i, i - 1);
		bool after = is_with(places, n, i, i + 1);
		uint64_t how = x->len;

		if (before || after)
			how |= SWITCH_COPY | (before ? 0 : SWITCH_FIRST) |
			       (after ? 0 : SWITCH_LAST);
		add_op(d, x->addr, x->source, how);
	}
}

static void add_calls(struct switch_data *d, const struct callbacks *cb,
		      size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		add_op(d, cb->all[i].function, cb->all[i].stack, SWITCH_CALL);
}

/* Signals that a fault sends: blocked, they would lose their handlers. */
static uint64_t fault_signals(void)
{
	static const int faults[] = {SIGSEGV, SIGBUS,  SIGILL, SIGFPE,
				     SIGTRAP, SIGABRT, SIGSYS};
	uint64_t mask = 0;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		mask |= (uint64_t)1 << (faults[i] - 1);
	return mask;
}

static void fill(struct switch_data *d, struct plan *p,
		 const struct writes *w, const struct callbacks *cb)
{
	d->mask = cb->n ? ~fault_signals() : UINT64_MAX;
	d->patience = PATIENCE;
	d->pause[1] = PAUSE_NS;
	strcpy(d->path, "/proc/thread-self/mem");
	for (uint32_t i = 0; i < sizeof(d->states) / sizeof(d->states[0]); i++)
		d->states[i] = i;
	add_calls(d, cb, 0, cb->before);
	if (cb->before)
		add_op(d, 0, SWITCH_LOCAL, SWITCH_WAIT);
	add_states(d, p, STATE_REVERTING, STATE_APPLYING);
	for (size_t i = 0; i < w->code; i++)
		add_op(d, w->all[i].addr, w->all[i].source, w->all[i].len);
	add_code(d, p, w);
	for (size_t i = w->code + w->ncode; i < w->n; i++)
		add_op(d, w->all[i].addr, w->all[i].source, w->all[i].len);
	if (cb->n > cb->before)
		add_op(d, 0, SWITCH_LOCAL, SWITCH_WAIT);
	add_calls(d, cb, cb->before, cb->n);
	add_states(d, p, STATE_RETIRED, STATE_APPLIED);
	d->copy = sizeof(*d) + d->nops * sizeof(struct switch_op);
}

struct self_write *self_write_new(struct plan *p, const struct writes *w)
{
	uint64_t entry = find_stub(p);

	if (!entry)
		return not_possible(p, "there is no code for it");
	struct error *err = target_carry_find(p->t);
	if (err) {
		not_possible(p, err->message);
		error_free(err);
		return NULL;
	}
	struct self_write *s = xcalloc(1, sizeof(*s));
	s->entry = entry;
	s->callback_ms = p->callback_ms;
	callbacks_collect(p, &s->callbacks);
	s->len = sizeof(*s->data) + SWITCH_PAGE +
		 (w->n + 4 * p->nchanges + s->callbacks.n + 2) *
			 sizeof(struct switch_op);
	s->data = xcalloc(1, s->len);
	fill(s->data, p, w, &s->callbacks);
	return s;
}

void self_write_free(struct self_write *s)
{
	if (s) {
		free(s->data);
		callbacks_deinit(&s->callbacks);
	}
	free(s);
}

bool self_write_ready(struct plan *p, struct self_write *s, bool all)
{
	static const struct remote_call calls[] = {
		{.nr = SYS_rt_sigprocmask, .args = {SIG_SETMASK, 0, 0, 8},
		 .data_arg = 1},
		{.nr = SYS_openat,
		 .args = {(uint64_t)AT_FDCWD, 0, O_RDWR | O_CLOEXEC}},
		{.nr = SYS_pwrite64},
		{.nr = SYS_close},
		{.nr = SYS_pselect6},
	};
	const struct carried code = {
		.entry = s->entry,
		.entry_len = SWITCH_STUB_LEN,
		.data = s->data,
		.len = s->len,
		.calls = calls,
		.ncalls = sizeof(calls) / sizeof(calls[0]),
		.calls_back = s->callbacks.n,
		.fixup = offsetof(struct switch_data, call),
		.go = offsetof(struct switch_data, go),
	};

	if (target_carry_prepared(p->t))
		return true;
	struct error *err = target_carry_prepare(p->t, &code, all);
	if (err && all)
		not_possible(p, err->message);
	bool ready = !err;
	error_free(err);
	return ready;
}

static void note_states(struct plan *p)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		if (p->changes[i].old)
			p->changes[i].old->header->state = STATE_RETIRED;
		if (p->changes[i].has_new)
			p->changes[i].new.header->state = STATE_APPLIED;
	}
}

static bool has_state(struct target *t, const struct state *s,
		      enum patch_state wanted)
{
	uint64_t addr = s->header->part_addr[LINK_R] +
			offsetof(struct state_header, state);
	uint32_t state;

	return target_read_partial(t, addr, &state, sizeof(state)) ==
		       sizeof(state) && state == (uint32_t)wanted;
}

/* The last states that are written are there: so is all the rest. */
static bool all_written(struct plan *p)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		const struct change *c = &p->changes[i];

		if ((c->old && !has_state(p->t, c->old, STATE_RETIRED)) ||
		    (c->has_new && !has_state(p->t, &c->new, STATE_APPLIED)))
			return false;
	}
	return true;
}

/* The callback that an op is a call of; NULL: it is none. */
static const struct callback *callback_of(const struct self_write *s,
					  uint64_t op)
{
	size_t index = 0;

	for (uint64_t i = 0; i < s->data->nops; i++) {
		if (s->data->ops[i].source >> 56 != SWITCH_CALL)
			continue;
		if (i == op)
			return &s->callbacks.all[index];
		index++;
	}
	return NULL;
}

static struct error *refused(struct plan *p, int64_t returned)
{
	const char *why = returned > -4096 && returned < 0
				  ? strerror((int)-returned)
				  : "its author's number";

	if (returned == -EAGAIN)
		return error_new(ERR_UNSAFE, "says that it isn't the time");
	return error_new(ERR_FAILED, "refuses: it returned %lld (%s)%s",
			 (long long)returned, why,
			 p->changes[0].has_new
				 ? ""
				 : "; --no-callbacks takes the patch back "
				   "without asking it");
}

/* The time that what comes next may take. */
static unsigned int time_for(const struct self_write *s, uint64_t op)
{
	return callback_of(s, op) ? s->callback_ms : RUN_MS;
}

/* All of it, as far as it gets. */
static struct error *carry(struct plan *p, struct self_write *s,
			   int64_t *result, uint64_t *progress)
{
	struct error *err = target_carry(p->t, time_for(s, 0), result,
					 progress);

	while (!err && carry_is_waiting(*result))
		err = target_carry_on(p->t, time_for(s, *progress + 1), result,
				      progress);
	const struct callback *at = callback_of(s, *progress);
	if (!at || (err && err->code == ERR_UNSAFE)) /* not begun */
		return err;
	if (!err && (*result & 0xff) == SWITCH_REFUSED)
		err = refused(p, *result >> 16);
	return error_context(err, "%s function %s", at->kind, at->name);
}

struct error *self_write_run(struct plan *p, struct self_write *s,
			     bool *ret_done)
{
	uint64_t progress = 0;
	int64_t result = 0;

	*ret_done = false;
	TRY(carry(p, s, &result, &progress));
	if (all_written(p)) {
		note_states(p);
		*ret_done = true;
		return NULL;
	}
	if (progress || result >= 0 || result < -4095)
		return error_errno((int)-result, "the process can't write its "
				   "code, place %llu of %llu",
				   (unsigned long long)progress,
				   (unsigned long long)s->data->nops);
	not_possible(p, strerror((int)-result));
	return NULL;
}
