// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as two objects in a patient's memory, with their dynamic sections
 * and ld.so's list of them; the patient is this program. Input: 2 bytes each,
 * where the second object begins and where the two dynamic sections are; then
 * the memory. Symbols and relocations are looked up in it, which must come to
 * an end, and not take memory by the gigabyte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "doctor/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PLACE 0x10000000u
#define ROOM 65536u

static struct target *map_patient(void)
{
	static struct target *t; /* once: it reads all maps */

	if (t)
		return t;
	if (mmap((void *)PLACE, ROOM, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
		    (void *)PLACE ||
	    target_open(getpid(), &t))
		abort();
	return t;
}

static void look_up(struct dynamic *d, const char *name, const char *version)
{
	Elf64_Sym sym;

	if (dynamic_lookup(d, name, version, false, &sym) &&
	    sym.st_shndx == SHN_UNDEF)
		abort();
	if (dynamic_lookup(d, name, version, true, &sym) && !d->present)
		abort();
}

/* As a binder does, of all that the objects themselves name. */
static void use(struct dynamic *d, const struct scope *s)
{
	enum { NAMES = 8 };
	size_t n, named = 0;
	const struct bound *all = dynamic_bound(d, &n);

	for (size_t i = 0; i < s->count; i++) {
		look_up(s->order[i], "shown", NULL);
		look_up(s->order[i], "shown", "FIRST");
		look_up(s->order[i], "used", "SECOND");
	}
	for (size_t i = 0; i < n && named < NAMES; i++) {
		if (!all[i].name)
			continue;
		named++;
		for (size_t k = 0; k < s->count && k < 2; k++)
			look_up(s->order[k], all[i].name, all[i].version);
	}
}

static void use_all(struct target *t, const struct objects *objs)
{
	struct dynamics ds;

	dynamics_read(t, objs, &ds);
	if (ds.count != objs->count)
		abort();
	dynamics_program(&ds);
	for (size_t i = 0; i < ds.count; i++) {
		struct scope s;

		dynamics_scope(&ds, &ds.all[i], &s);
		if (s.count == 0)
			abort();
		use(&ds.all[i], &s);
		scope_deinit(&s);
	}
	dynamics_deinit(&ds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target *t = map_patient();
	uint16_t head[3];
	Elf64_Phdr ph[2];
	struct object all[2];
	struct objects objs = {.all = all, .count = 2};

	if (size < sizeof(head) || size - sizeof(head) > ROOM)
		return 0;
	memcpy(head, data, sizeof(head));
	data += sizeof(head);
	size -= sizeof(head);
	memcpy((void *)PLACE, data, size);
	memset((uint8_t *)PLACE + size, 0, ROOM - size);
	for (int i = 0; i < 2; i++) {
		ph[i] = (Elf64_Phdr){.p_type = PT_DYNAMIC,
				     .p_vaddr = head[1 + i],
				     .p_memsz = 64 * sizeof(Elf64_Dyn)};
		all[i] = (struct object){
			.path = (char *)(i ? "/lib/second" : "/bin/first"),
			.load_bias = PLACE + (i ? head[0] : 0),
			.lo = PLACE + (i ? head[0] : 0),
			.hi = PLACE + (i ? ROOM : head[0]),
			.segments = &ph[i],
			.nsegments = 1,
		};
	}
	use_all(t, &objs);
	return 0;
}
