// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/discover.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "doctor/page_cache.h"

#define PAGE 4096ull

void object_list_deinit(struct objects *objs)
{
	for (size_t i = 0; i < objs->count; i++) {
		free(objs->all[i].path);
		free(objs->all[i].segments);
	}
	free(objs->all);
	memset(objs, 0, sizeof(*objs));
}

/* Headers and notes of objects don't change. */
struct headers {
	struct target *t;
	struct page_cache pages;
};

static struct error *read_header(void *arg, uint64_t addr, void *data,
				 size_t len)
{
	struct headers *h = arg;

	if (page_cache_read(&h->pages, h->t, addr, data, len) == len)
		return NULL;
	return target_read(h->t, addr, data, len);
}

static bool is_elf(struct headers *h, const struct map *m)
{
	char magic[SELFMAG];

	return page_cache_read(&h->pages, h->t, m->start, magic, SELFMAG) ==
		       SELFMAG &&
	       !memcmp(magic, ELFMAG, SELFMAG);
}

/* The span of the PT_LOAD segments; false if there is no code. */
static bool find_span(const struct elf_loaded *loaded, struct object *obj,
		      uint64_t *ret_code)
{
	uint64_t lo = UINT64_MAX, hi = 0;
	bool code = false;

	for (size_t i = 0; i < loaded->nsegments; i++) {
		const Elf64_Phdr *ph = &loaded->segments[i];

		if (ph->p_type != PT_LOAD || ph->p_memsz == 0)
			continue;
		if (ph->p_vaddr < lo)
			lo = ph->p_vaddr;
		if (ph->p_vaddr + ph->p_memsz > hi)
			hi = ph->p_vaddr + ph->p_memsz;
		if ((ph->p_flags & PF_X) && !code) {
			code = true;
			*ret_code = loaded->load_bias + ph->p_vaddr;
		}
	}
	obj->lo = loaded->load_bias + (lo & ~(PAGE - 1));
	obj->hi = (loaded->load_bias + hi + PAGE - 1) & ~(PAGE - 1);
	return code && obj->lo < obj->hi;
}

/* An ELF file mapped as data has no executable mapping where its code is. */
static bool is_executable(const struct target *t, uint64_t addr)
{
	const struct map *m = maps_find(&t->maps, addr);

	return m && (m->prot & MAP_X);
}

static void add_object(struct target *t, const struct map *m,
		       struct elf_loaded *loaded, struct objects *objs)
{
	struct object obj = {.load_bias = loaded->load_bias};
	uint64_t code = 0;

	if (!find_span(loaded, &obj, &code) || !is_executable(t, code))
		return;
	obj.path = xstrdup(m->path);
	obj.segments = TAKE(loaded->segments);
	obj.nsegments = loaded->nsegments;
	if (loaded->buildid.len <= BUILDID_MAX) {
		obj.id.len = (uint8_t)loaded->buildid.len;
		memcpy(obj.id.bytes, loaded->buildid.bytes,
		       loaded->buildid.len);
	}
	VEC_GROW(objs->all, objs->count, objs->cap);
	objs->all[objs->count++] = obj;
}

struct error *objects_discover(struct target *t, struct objects *ret_objs)
{
	_autofree_ struct headers *headers = xcalloc(1, sizeof(*headers));
	struct objects objs = {0};

	headers->t = t;
	for (size_t i = 0; i < t->maps.count; i++) {
		const struct map *m = &t->maps.all[i];
		struct elf_loaded loaded = {0};

		/* Devices are not read: that could have effects. */
		if (m->offset != 0 || m->inode == 0 || !(m->prot & MAP_R) ||
		    !strncmp(m->path, "/dev/", 5) || !is_elf(headers, m))
			continue;
		struct error *err = elf_loaded_read(m->path, m->start,
						    read_header, headers,
						    &loaded);
		if (err) {
			log_debug("%s", err->message);
			error_free(err);
			continue;
		}
		add_object(t, m, &loaded, &objs);
		elf_loaded_deinit(&loaded);
	}
	*ret_objs = objs;
	return NULL;
}

const char *object_name(const struct object *obj)
{
	const char *slash = strrchr(obj->path, '/');

	return slash ? slash + 1 : obj->path;
}

const struct object *objects_at(const struct objects *objs, uint64_t addr)
{
	for (size_t i = 0; i < objs->count; i++) {
		if (addr >= objs->all[i].lo && addr < objs->all[i].hi)
			return &objs->all[i];
	}
	return NULL;
}

bool object_has_code_at(const struct object *obj, uint64_t addr)
{
	for (size_t i = 0; i < obj->nsegments; i++) {
		const Elf64_Phdr *ph = &obj->segments[i];

		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X) &&
		    addr - obj->load_bias - ph->p_vaddr < ph->p_memsz)
			return true;
	}
	return false;
}

const Elf64_Phdr *object_segment(const struct object *obj, uint32_t type)
{
	for (size_t i = 0; i < obj->nsegments; i++) {
		if (obj->segments[i].p_type == type)
			return &obj->segments[i];
	}
	return NULL;
}
