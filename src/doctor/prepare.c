// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/prepare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/self_write.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3; glibc 2.36 doesn't know it */
#endif

#define PLACE_TRIES 5

static const int part_prot[LINK_PARTS] = {
	[LINK_R] = PROT_READ,
	[LINK_RX] = PROT_READ | PROT_EXEC,
	[LINK_RW] = PROT_READ | PROT_WRITE,
};

static uint64_t total_size(const struct change *c)
{
	return c->part_addr[LINK_RW] + c->part_size[LINK_RW] -
	       c->part_addr[LINK_R];
}

/* `ret_fd` is -1 where the patient can't have such a memfd. */
static struct error *create_memfd(struct target *t, const struct change *c,
				  unsigned int timeout_ms, int *ret_fd)
{
	char id[2 * BUILDID_MAX + 1], name[sizeof(id) + 16];
	const unsigned int flags[] = {MFD_CLOEXEC | MFD_EXEC, MFD_CLOEXEC};

	*ret_fd = -1;
	if (!target_may_have_file(t, total_size(c)))
		return NULL;
	buildid_format(&c->kp.buildid, id);
	int len = snprintf(name, sizeof(name), STATE_MEMFD_PREFIX "%s", id);
	for (int i = 0; i < 2; i++) {
		struct remote_call call = {
			.nr = SYS_memfd_create,
			.args = {0, flags[i]},
			.data = name,
			.data_len = (size_t)len + 1,
			.data_arg = 0,
		};

		TRY(target_syscalls(t, timeout_ms, &call, 1));
		*ret_fd = call.result < 0 ? -1 : (int)call.result;
		if (call.result != -EINVAL)
			break;
	}
	return NULL;
}

static struct remote_call mapping(const struct change *c, enum link_part part,
				  int fd)
{
	uint64_t off = fd < 0 ? 0 : c->part_addr[part] - c->part_addr[LINK_R];
	uint64_t flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE |
			 (fd < 0 ? MAP_ANONYMOUS : 0);

	return (struct remote_call){
		.nr = SYS_mmap,
		.args = {c->part_addr[part], c->part_size[part],
			 (uint64_t)part_prot[part], flags,
			 (uint64_t)(int64_t)fd, off},
		.data_arg = -1,
	};
}

static struct error *call_failed(struct target *t, const struct change *c,
				 int64_t result)
{
	if (result == -ENOMEM)
		return target_no_memory(t, total_size(c));
	if (result < 0 && result > -4096)
		return error_errno((int)-result, "pid %d (%s): cannot map "
				   "memory for the patch", t->pid, t->comm);
	/* Kernels before 4.17 take the address for a hint. */
	return error_new(ERR_FAILED, "pid %d (%s): memory for the patch came "
			 "at another address", t->pid, t->comm);
}

/*
 * ftruncate and the mappings: in one stop. `ret_taken` says that another
 * mapping is in the way: somebody was faster.
 */
static struct error *map_parts(struct target *t, struct change *c, int fd,
			       unsigned int timeout_ms, bool *ret_taken)
{
	struct remote_call calls[LINK_PARTS + 1];
	int part[LINK_PARTS + 1];
	size_t n = 0;

	if (fd >= 0) {
		part[n] = -1;
		calls[n++] = (struct remote_call){
			.nr = SYS_ftruncate,
			.args = {(uint64_t)fd, total_size(c)},
			.data_arg = -1,
		};
	}
	for (int i = 0; i < LINK_PARTS; i++) {
		if (!c->part_size[i])
			continue;
		part[n] = i;
		calls[n++] = mapping(c, i, fd);
	}
	struct error *err = target_syscalls(t, timeout_ms, calls, n);
	for (size_t i = 0; i < n; i++) {
		int64_t r = calls[i].result;
		bool done = part[i] < 0 ? r == 0
					: (uint64_t)r == calls[i].args[0];

		if (done && part[i] >= 0)
			c->mapped |= 1u << part[i];
		if (done || err)
			continue;
		*ret_taken = r == -EEXIST;
		err = call_failed(t, c, r);
	}
	return err;
}

static struct error *unmap_range(struct target *t, uint64_t addr, uint64_t len,
				 unsigned int timeout_ms)
{
	const uint64_t args[6] = {addr, len};
	int64_t result;

	TRY(target_syscall(t, timeout_ms, SYS_munmap, args, &result));
	if (result)
		return error_errno((int)-result, "pid %d (%s): munmap", t->pid,
				   t->comm);
	return NULL;
}

struct error *state_unmap(struct target *t, const struct state *s,
			  unsigned int timeout_ms)
{
	const struct state_header *h = s->header;

	return unmap_range(t, h->part_addr[LINK_R],
			   h->part_addr[LINK_RW] + h->part_size[LINK_RW] -
				   h->part_addr[LINK_R],
			   timeout_ms);
}

static void unmap_change(struct target *t, struct change *c,
			 unsigned int timeout_ms)
{
	for (int i = 0; i < LINK_PARTS; i++) {
		if (!(c->mapped & 1u << i))
			continue;
		struct error *err = unmap_range(t, c->part_addr[i],
						c->part_size[i], timeout_ms);
		if (err)
			log_info("memory of a failed attempt stays: %s",
				 err->message);
		error_free(err);
	}
	c->mapped = 0;
}

static struct error *close_fd(struct target *t, int fd, unsigned int timeout_ms)
{
	const uint64_t args[6] = {(uint64_t)fd};
	int64_t result;

	return target_syscall(t, timeout_ms, SYS_close, args, &result);
}

static struct error *map_once(struct target *t, struct change *c,
			      unsigned int timeout_ms, bool *ret_taken)
{
	int fd;

	*ret_taken = false;
	TRY(create_memfd(t, c, timeout_ms, &fd));
	struct error *err = map_parts(t, c, fd, timeout_ms, ret_taken);
	if (fd >= 0) {
		struct error *err2 = close_fd(t, fd, timeout_ms);

		if (!err)
			err = err2;
		else
			error_free(err2);
	}
	if (err && c->mapped)
		unmap_change(t, c, timeout_ms);
	return err;
}

static struct error *map_change(struct plan *p, struct change *c,
				unsigned int timeout_ms)
{
	struct error *err = NULL;
	bool taken = true;

	for (int i = 0; taken && i < PLACE_TRIES; i++) {
		if (i) {
			error_free(err);
			TRY(target_refresh_maps(p->t));
			TRY(change_place(p, c));
		}
		err = map_once(p->t, c, timeout_ms, &taken);
	}
	return err;
}

static struct error *fill_part(struct target *t, struct change *c,
			       enum link_part part, uint64_t skip)
{
	size_t len = linked_size(c->linked, part);

	return len ? target_write(t, c->part_addr[part] + skip,
				  linked_bytes(c->linked, part), len)
		   : NULL;
}

/* The header's magic last: what has one is complete. */
static struct error *fill(struct target *t, struct change *c)
{
	const struct state_header *h = c->new.header;
	uint64_t addr = c->part_addr[LINK_R];
	size_t magic = sizeof(h->magic);

	TRY(fill_part(t, c, LINK_RX, 0));
	if (h->switch_addr)
		TRY(target_write(t, h->switch_addr, switch_stub,
				 SWITCH_STUB_LEN));
	TRY(fill_part(t, c, LINK_RW, 0));
	TRY(fill_part(t, c, LINK_R, h->size));
	TRY(target_write(t, addr + magic, c->new.bytes + magic,
			 h->size - magic));
	return target_write(t, addr, h->magic, magic);
}

void unprepare(struct plan *p, unsigned int timeout_ms)
{
	for (size_t i = 0; i < p->nchanges; i++) {
		struct change *c = &p->changes[i];

		if (c->reuse)
			error_free(state_set(p->t, &c->new, STATE_RETIRED));
		else if (c->mapped)
			unmap_change(p->t, c, timeout_ms);
	}
}

struct error *prepare(struct plan *p, unsigned int timeout_ms)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < p->nchanges; i++) {
		struct change *c = &p->changes[i];

		if (!c->has_new)
			continue;
		if (!c->reuse)
			err = map_change(p, c, timeout_ms);
		if (!err)
			err = fill(p->t, c);
		err = error_context(err, "patch for %s", c->obj->path);
	}
	if (err)
		unprepare(p, timeout_ms);
	return err;
}
