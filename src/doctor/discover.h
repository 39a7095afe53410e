// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ELF objects that a process has loaded, from its memory: files get
 * deleted, replaced, and live in other mount namespaces. Nothing is stopped.
 */
#ifndef DOCTOR_DISCOVER_H
#define DOCTOR_DISCOVER_H

#include <elf.h>

#include "elf/elf_note.h"
#include "kpfile/kpfile.h"
#include "target/target.h"

struct object {
	char *path; /* as in /proc/PID/maps, without " (deleted)" */
	uint64_t load_bias;
	uint64_t lo, hi; /* all its segments, page-aligned */
	Elf64_Phdr *segments;
	size_t nsegments;
	struct buildid id; /* len 0: none */
};

struct objects {
	struct object *all; /* ascending by address */
	size_t count, cap;
};

void object_list_deinit(struct objects *objs);

/*
 * Lists what `t->maps` shows. The vDSO isn't in it, nor are ELF files that
 * are mapped as data. An object whose headers cannot be read is left out:
 * the process runs, and may have unmapped it.
 */
struct error *objects_discover(struct target *t, struct objects *ret_objs)
	MUST_CHECK;

/* The last part of its path. */
const char *object_name(const struct object *obj);

/* The object that holds `addr`, or NULL. */
const struct object *objects_at(const struct objects *objs, uint64_t addr);

/* Whether `addr` is in an executable segment of the object. */
bool object_has_code_at(const struct object *obj, uint64_t addr);

/* The first segment of a type; NULL if there is none. */
const Elf64_Phdr *object_segment(const struct object *obj, uint32_t type);

#endif
