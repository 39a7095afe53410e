// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The finished patch object, ET_REL as `kpatch_strip --undo-link` leaves it
 * and a .kpatch file carries it: read, and checked to be complete.
 */
#ifndef OBJECT_PATCH_OBJECT_H
#define OBJECT_PATCH_OBJECT_H

#include "base/error.h"
#include "elf/elf_image.h"

#define KPATCH_JUMP_LEN 5 /* bytes of the jump from an original function */

/* A section and an offset in it; section NULL: nowhere. */
struct place {
	const struct elf_section *section;
	uint64_t offset;
};

struct patch_func {
	const char *name;
	struct place orig; /* in a stub; nowhere for a new function */
	uint64_t orig_len;
	struct place repl; /* in .kpatch.text; nowhere if there is none */
	uint64_t repl_len;
	uint64_t flags; /* KPATCH_INFO_*, kpfile/info.h */
};

struct patch_relas {
	const struct elf_section *target; /* what is relocated */
	struct elf_relas list;            /* ascending by offset */
};

struct patch_object {
	struct elf_image *image;
	struct elf_symtab symtab;
	struct patch_func *funcs; /* in the order of .kpatch.info */
	size_t nfuncs;
	struct patch_relas *relas;
	size_t nrelas;
};

/*
 * Reads the object from bytes that must outlive it; `name` is for messages.
 * ERR_BADFILE for what is no patch object.
 */
struct error *patch_object_read(const char *name, const void *bytes, size_t len,
				struct patch_object **ret_object) MUST_CHECK;
void patch_object_free(struct patch_object *po);
void patch_object_freep(struct patch_object **po);

/*
 * Everything that the object refers to can be bound (relocation types and
 * targets), everything that it replaces can be replaced (in executable code,
 * room for a jump, original bytes recorded, no two hunks overlap).
 * ERR_BADFILE names what is in the way.
 */
struct error *patch_object_check(const struct patch_object *po) MUST_CHECK;

/* Whether a relocation of this type may be in a patch object. */
bool patch_reloc_known(uint32_t type);

/* Width of the field in bytes; 0 for an unknown type. */
unsigned int patch_reloc_width(uint32_t type);

/* Whether it needs, and only makes sense with, a thread-local symbol. */
bool patch_reloc_is_tls(uint32_t type);

#endif
