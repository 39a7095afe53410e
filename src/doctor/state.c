// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/state.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/strmap.h"
#include "kpfile/info.h"

#define PAGE 4096u
#define MAX_STATE ((uint64_t)64 << 20)

const char *patch_state_name(uint32_t state)
{
	static const char *const names[] = {
		[STATE_PREPARED] = "prepared",	 [STATE_APPLYING] = "applying",
		[STATE_APPLIED] = "applied",	 [STATE_REVERTING] = "reverting",
		[STATE_RETIRED] = "retired",
	};

	if (state >= sizeof(names) / sizeof(names[0]) || !names[state])
		return "unknown";
	return names[state];
}

void state_deinit(struct state *s)
{
	free(s->bytes);
	memset(s, 0, sizeof(*s));
}

static void set_pointers(struct state *s)
{
	s->header = (struct state_header *)s->bytes;
	s->hunks = (struct state_hunk *)(s->bytes + sizeof(*s->header));
}

const char *state_hunk_name(const struct state *s, const struct state_hunk *h)
{
	return (const char *)s->bytes + s->header->names_off + h->name;
}

size_t state_count_jumps(const struct state *s)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s->header->nhunks; i++)
		n += s->hunks[i].write_len != 0 &&
		     !(s->hunks[i].flags & STATE_HUNK_DATA);
	return n;
}

size_t state_size(const struct link_hunk *hunks, size_t n)
{
	size_t size = sizeof(struct state_header) +
		      n * sizeof(struct state_hunk);

	for (size_t i = 0; i < n; i++)
		size += strlen(hunks[i].name) + 1;
	return (size + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static void fill_hunk(const struct link_hunk *from, uint64_t load_bias,
		      const uint64_t part_addr[LINK_PARTS],
		      struct state_hunk *to)
{
	if (from->is_new)
		to->flags |= STATE_HUNK_NEW;
	if (from->is_data)
		to->flags |= STATE_HUNK_DATA;
	if (from->range_only)
		to->flags |= STATE_HUNK_RANGE;
	if (from->keep)
		to->flags |= STATE_HUNK_KEEP;
	/* In the same order: the numbers differ. */
	to->flags |= from->calls / KPATCH_INFO_PRE_PATCH * STATE_HUNK_PRE_PATCH;
	if (!from->is_new) {
		to->orig_addr = load_bias + from->orig_vaddr;
		to->orig_len = from->orig_len;
	}
	if (from->new_len) {
		to->new_addr = part_addr[from->keep ? LINK_RW : LINK_RX] +
			       from->new_off;
		to->new_len = from->new_len;
	}
}

static void fill_frames(struct state_header *h, const struct linked *l)
{
	uint64_t off;
	size_t len;

	linked_eh_frame_hdr(l, &off, &len);
	if (!len)
		return;
	h->frames = (struct state_frames){
		.lo = h->part_addr[LINK_RX],
		.hi = h->part_addr[LINK_RX] + h->part_size[LINK_RX],
		.map_start = h->part_addr[LINK_R],
		.map_end = h->part_addr[LINK_RW] + h->part_size[LINK_RW],
		.hdr = h->part_addr[LINK_R] + h->size + off,
	};
}

void state_create(const struct kpfile *kp, const struct linked *l,
		  uint64_t load_bias, const uint64_t part_addr[LINK_PARTS],
		  const uint64_t part_size[LINK_PARTS], struct state *ret)
{
	size_t n, eh_len;
	const struct link_hunk *hunks = linked_hunks(l, &n);
	size_t size = state_size(hunks, n);
	struct state s = {.bytes = xcalloc(1, size)};
	uint64_t eh_off;

	set_pointers(&s);
	struct state_header *h = s.header;
	memcpy(h->magic, STATE_MAGIC, sizeof(h->magic));
	h->version = STATE_VERSION;
	h->state = STATE_PREPARED;
	h->size = size;
	h->nhunks = (uint32_t)n;
	h->hunk_size = sizeof(struct state_hunk);
	h->names_off = (uint32_t)(sizeof(*h) + n * sizeof(struct state_hunk));
	for (int i = 0; i < LINK_PARTS; i++) {
		h->part_addr[i] = part_addr[i];
		h->part_size[i] = part_size[i];
	}
	h->load_bias = load_bias;
	linked_eh_frame(l, &eh_off, &eh_len);
	h->eh_frame_addr = eh_len ? part_addr[LINK_R] + size + eh_off : 0;
	h->eh_frame_len = eh_len;
	fill_frames(h, l);
	h->patchlevel = kp->patchlevel;
	h->buildid_len = kp->buildid.len;
	memcpy(h->buildid, kp->buildid.bytes, kp->buildid.len);
	memcpy(h->checksum, kp->checksum, sizeof(h->checksum));
	for (size_t i = 0; i < n; i++) {
		fill_hunk(&hunks[i], load_bias, part_addr, &s.hunks[i]);
		s.hunks[i].name = h->names_size;
		strcpy((char *)s.bytes + h->names_off + h->names_size,
		       hunks[i].name);
		h->names_size += (uint32_t)strlen(hunks[i].name) + 1;
	}
	*ret = s;
}

static uint64_t state_hash(const struct state *s)
{
	struct state_header *h = s->header;
	uint32_t state = h->state;
	uint64_t hash = h->hash;

	h->state = 0;
	h->hash = 0;
	uint64_t sum = hash_bytes(s->bytes, h->size);
	h->state = state;
	h->hash = hash;
	return sum;
}

void state_seal(struct state *s)
{
	s->header->hash = state_hash(s);
}

static struct error *bad_state(uint64_t addr, const char *what)
{
	return error_new(ERR_BADFILE, "patch header at %#llx: %s",
			 (unsigned long long)addr, what);
}

static struct error *check_header(const struct state_header *h, uint64_t addr)
{
	uint64_t hunks = (uint64_t)h->nhunks * sizeof(struct state_hunk);

	if (memcmp(h->magic, STATE_MAGIC, sizeof(h->magic)))
		return bad_state(addr, "wrong magic");
	if (h->version != STATE_VERSION)
		return bad_state(addr, "of an unknown version; use the LibCare "
				       "that applied it");
	if (h->size == 0 || h->size % PAGE || h->size > MAX_STATE ||
	    h->hunk_size != sizeof(struct state_hunk) || h->nhunks == 0 ||
	    h->names_off != sizeof(*h) + hunks ||
	    h->names_off >= h->size || h->names_size == 0 ||
	    h->names_size > h->size - h->names_off)
		return bad_state(addr, "wrong sizes");
	if (h->state < STATE_PREPARED || h->state > STATE_RETIRED)
		return bad_state(addr, "unknown state");
	if (h->kind > STATE_FRAMES)
		return bad_state(addr, "unknown kind");
	if (h->buildid_len == 0 || h->buildid_len > BUILDID_MAX)
		return bad_state(addr, "wrong BuildID");
	for (int i = 0; i < LINK_PARTS; i++) {
		uint64_t end = i ? h->part_addr[i - 1] + h->part_size[i - 1]
				 : addr;

		if (h->part_addr[i] != end || h->part_size[i] % PAGE ||
		    h->part_size[i] > (uint64_t)1 << 31)
			return bad_state(addr, "wrong parts");
	}
	if (h->part_size[LINK_R] < h->size)
		return bad_state(addr, "wrong parts");
	return NULL;
}

/* What is called or copied must be where it says: within [lo, lo + size). */
static bool is_in_part(const struct state_header *h, int part,
		       const struct state_hunk *k)
{
	uint64_t at = k->new_addr - h->part_addr[part];

	return at < h->part_size[part] && k->new_len &&
	       k->new_len <= h->part_size[part] - at;
}

static bool check_called(const struct state_header *h,
			 const struct state_hunk *k)
{
	if (k->flags & STATE_HUNK_KEEP)
		return is_in_part(h, LINK_RW, k);
	if (k->flags & STATE_HUNK_CALLS)
		return is_in_part(h, LINK_RX, k) &&
		       h->part_size[LINK_RW] >= LINK_CALL_STACK;
	return true;
}

static struct error *check_contents(const struct state *s, uint64_t addr)
{
	const struct state_header *h = s->header;

	if (state_hash(s) != h->hash)
		return bad_state(addr, "damaged");
	if (s->bytes[h->names_off + h->names_size - 1])
		return bad_state(addr, "names without end");
	for (uint32_t i = 0; i < h->nhunks; i++) {
		const struct state_hunk *k = &s->hunks[i];

		if (k->name >= h->names_size ||
		    k->write_len > STATE_MAX_WRITE ||
		    (k->write_len && k->write_addr < k->orig_addr) ||
		    !check_called(h, k))
			return bad_state(addr, "wrong function entry");
	}
	return NULL;
}

struct error *state_read(struct target *t, uint64_t addr, struct state *ret)
{
	_cleanup_(state_deinit) struct state s = {0};
	struct state_header head;

	TRY(target_read(t, addr, &head, sizeof(head)));
	TRY(check_header(&head, addr));
	s.bytes = xmalloc(head.size);
	TRY(target_read(t, addr, s.bytes, head.size));
	set_pointers(&s);
	TRY(check_header(s.header, addr));
	if (s.header->size != head.size)
		return bad_state(addr, "changes while it is read");
	TRY(check_contents(&s, addr));
	*ret = s;
	s.bytes = NULL;
	return NULL;
}

void states_deinit(struct states *s)
{
	for (size_t i = 0; i < s->count; i++)
		state_deinit(&s->all[i]);
	free(s->all);
	memset(s, 0, sizeof(*s));
}

/* A memfd of ours, or private anonymous memory that begins like a header. */
static bool may_be_state(struct target *t, const struct map *m)
{
	char magic[8];

	if (m->offset != 0 || m->prot != MAP_R || m->shared)
		return false;
	if (*m->path &&
	    strncmp(m->path, "/memfd:" STATE_MEMFD_PREFIX,
		    strlen("/memfd:" STATE_MEMFD_PREFIX)))
		return false;
	return target_read_partial(t, m->start, magic, sizeof(magic)) ==
		       sizeof(magic) &&
	       !memcmp(magic, STATE_MAGIC, sizeof(magic));
}

static bool is_in_frames(const struct states *s, uint64_t addr)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct state_header *h = s->all[i].header;

		if (h->kind == STATE_FRAMES && addr >= h->part_addr[LINK_R] &&
		    addr < h->part_addr[LINK_RX])
			return true;
	}
	return false;
}

/* A doctor was killed after it had taken the STATE_FRAMES away. */
static void drop_lost_words(struct states *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct state *p = &s->all[i];

		for (uint32_t k = 0; k < p->header->nhunks; k++) {
			struct state_hunk *h = &p->hunks[k];

			if (p->header->kind == STATE_PATCH &&
			    h->flags & STATE_HUNK_DATA &&
			    !is_in_frames(s, h->write_addr))
				h->write_len = 0;
		}
	}
}

/* If the process is gone its caller finds that out, and says it. */
static void warn_unreadable(struct target *t, struct error *err)
{
	struct error *end = target_check_alive(t);

	if (!end)
		log_warn("pid %d (%s): %s", t->pid, t->comm, err->message);
	error_free(end);
	error_free(err);
}

void states_find(struct target *t, struct states *ret)
{
	struct states found = {0};

	for (size_t i = 0; i < t->maps.count; i++) {
		const struct map *m = &t->maps.all[i];
		struct state s;

		if (!may_be_state(t, m))
			continue;
		struct error *err = state_read(t, m->start, &s);
		if (err) {
			warn_unreadable(t, err);
			continue;
		}
		VEC_GROW(found.all, found.count, found.cap);
		found.all[found.count++] = s;
	}
	drop_lost_words(&found);
	*ret = found;
}

struct error *state_set(struct target *t, struct state *s,
			enum patch_state state)
{
	uint32_t value = state;
	uint64_t addr = s->header->part_addr[LINK_R] +
			offsetof(struct state_header, state);

	TRY(target_write(t, addr, &value, sizeof(value)));
	s->header->state = value;
	return NULL;
}

bool state_is_for(const struct state *s, const struct buildid *id,
		  uint64_t load_bias)
{
	return s->header->kind == STATE_PATCH &&
	       s->header->load_bias == load_bias &&
	       s->header->buildid_len == id->len &&
	       !memcmp(s->header->buildid, id->bytes, id->len);
}
