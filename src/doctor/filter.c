// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/filter.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "doctor/state.h"
#include "elf/elf_note.h"
#include "target/target.h"

/* ELF header, program headers and BuildID are there in all but odd objects. */
#define HEAD 4096u

/*
 * BuildIDs are read from the memory of each process. To remember them by device
 * and inode would save little, and be wrong where several file systems show the
 * same numbers (subvolumes of btrfs, overlays).
 */
struct heads {
	struct iorange *all;
	size_t n, cap;
	uint8_t *bytes;
};

static void heads_deinit(struct heads *h)
{
	free(h->all);
	free(h->bytes);
}

/* As discover.c and state.c choose them. */
static bool may_be_of_interest(const struct map *m, bool only_states)
{
	if (m->offset != 0 || !(m->prot & MAP_R))
		return false;
	if (!*m->path)
		return m->prot == MAP_R && !m->shared;
	if (!strncmp(m->path, "/memfd:" STATE_MEMFD_PREFIX,
		     strlen("/memfd:" STATE_MEMFD_PREFIX)))
		return true;
	return !only_states && m->inode && strncmp(m->path, "/dev/", 5);
}

static void choose_heads(const struct maps *m, bool only_states,
			 struct heads *h)
{
	for (size_t i = 0; i < m->count; i++) {
		if (!may_be_of_interest(&m->all[i], only_states))
			continue;
		VEC_GROW(h->all, h->n, h->cap);
		h->all[h->n++] = (struct iorange){.addr = m->all[i].start,
						  .len = HEAD};
	}
	h->bytes = xmalloc(h->n * HEAD + 1);
	for (size_t i = 0; i < h->n; i++)
		h->all[i].data = h->bytes + i * HEAD;
}

static struct error *read_head(void *arg, uint64_t addr, void *data, size_t len)
{
	const struct iorange *r = arg;

	if (addr < r->addr || addr - r->addr > r->len ||
	    len > r->len - (addr - r->addr))
		return error_new(ERR_FAILED, "not in the first page");
	memcpy(data, (const uint8_t *)r->data + (addr - r->addr), len);
	return NULL;
}

static bool is_in_store(struct filter *f, const struct buildid *id)
{
	struct kpfile kp = {0};
	bool found = false;

	for (size_t i = 0; i < f->n; i++) {
		if (buildid_equal(&f->absent[i], id))
			return false;
	}
	struct error *err = store_find(f->store, id, &kp, &found);
	if (found)
		kpfile_deinit(&kp);
	if (found || err) {
		error_free(err);
		return true;
	}
	VEC_GROW(f->absent, f->n, f->cap);
	f->absent[f->n++] = *id;
	return false;
}

static bool object_passes(struct filter *f, struct iorange *head)
{
	struct elf_loaded loaded = {0};
	struct buildid id = {0};

	struct error *err = elf_loaded_read("", head->addr, read_head, head,
					    &loaded);
	if (err) {
		error_free(err);
		return true;
	}
	if (loaded.buildid.len <= BUILDID_MAX) {
		id.len = (uint8_t)loaded.buildid.len;
		memcpy(id.bytes, loaded.buildid.bytes, id.len);
	}
	elf_loaded_deinit(&loaded);
	return id.len && is_in_store(f, &id);
}

static bool head_passes(struct filter *f, struct iorange *head)
{
	if (!memcmp(head->data, STATE_MAGIC, sizeof(STATE_MAGIC)))
		return true;
	return f->store && !memcmp(head->data, ELFMAG, SELFMAG) &&
	       object_passes(f, head);
}

bool filter_passes(struct filter *f, pid_t pid)
{
	_cleanup_(maps_deinit) struct maps maps = {0};
	_cleanup_(heads_deinit) struct heads heads = {0};

	if (!target_peek_maps(pid, &maps))
		return true;
	choose_heads(&maps, !f->store, &heads);
	if (!target_peek(pid, heads.all, heads.n))
		return true;
	for (size_t i = 0; i < heads.n; i++) {
		if (head_passes(f, &heads.all[i]))
			return true;
	}
	return false;
}

void filter_init(struct filter *f, const struct store *store)
{
	*f = (struct filter){.store = store};
}

void filter_deinit(struct filter *f)
{
	free(f->absent);
	memset(f, 0, sizeof(*f));
}
