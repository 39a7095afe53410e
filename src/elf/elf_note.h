// SPDX-License-Identifier: GPL-2.0-or-later
/* The BuildID: a note, in a file or in the memory of a process. */
#ifndef ELF_ELF_NOTE_H
#define ELF_ELF_NOTE_H

#include "elf/elf_image.h"

#define ELF_BUILDID_MAX 64

struct elf_buildid {
	size_t len; /* 0: none */
	uint8_t bytes[ELF_BUILDID_MAX];
};

/*
 * Finds NT_GNU_BUILD_ID in a run of notes, of alignment 4 or 8. Returns false
 * if it isn't there, is longer than ELF_BUILDID_MAX, or the notes are damaged.
 */
bool elf_notes_find_buildid(const void *notes, size_t len, size_t align,
			    struct elf_buildid *ret_id);

/* From the image's PT_NOTE segments, else its SHT_NOTE sections. */
bool elf_image_buildid(const struct elf_image *image,
		       struct elf_buildid *ret_id);

/* Reads all of [addr, addr + len) of a process, or fails. */
typedef struct error *elf_read_fn(void *arg, uint64_t addr, void *data,
				  size_t len);

struct elf_loaded {
	uint16_t type;      /* ET_EXEC or ET_DYN */
	uint64_t load_bias; /* address in the process - address in the file */
	Elf64_Phdr *segments;
	size_t nsegments;
	struct elf_buildid buildid; /* len 0 if it has none */
};

void elf_loaded_deinit(struct elf_loaded *loaded);

/*
 * Describes the object whose ELF header is mapped at `base`, from its headers
 * and notes in memory. `name` is for messages. ERR_BADFILE if there is no
 * x86-64 ELF header; else what `read` fails with.
 */
struct error *elf_loaded_read(const char *name, uint64_t base,
			      elf_read_fn *read, void *arg,
			      struct elf_loaded *ret_loaded) MUST_CHECK;

#endif
