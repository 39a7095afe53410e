// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared by verify.c (any section) and verify_made.c (what ld makes itself). */
#ifndef OBJECT_VERIFY_H
#define OBJECT_VERIFY_H

#include "object/fixup.h"

/* One section of both links. */
struct pair {
	const struct fixup *f;
	const struct model_section *link;
	const struct elf_section *orig;
	const uint8_t *link_bytes; /* NULL: it has no contents */
	uint64_t len;
};

/* ERR_FAILED that names section, symbol and offset. */
struct error *verify_differs(const struct pair *p, uint64_t offset,
			     const char *what) MUST_CHECK;

/* The stub at an address of the link; NULL if there is none. */
const struct model_section *verify_section_at(const struct fixup *f,
					      uint64_t addr);

/* By how much a section, or what is at an address of the link, has moved. */
int64_t verify_move(const struct model_section *s);
int64_t verify_move_of(const struct fixup *f, uint64_t addr);

/*
 * Whether an address of the link may be this one in the original: it moved
 * with the section that holds it, or it is a border and moved with either
 * neighbour or not at all.
 */
bool verify_same_place(const struct fixup *f, uint64_t in_link,
		       uint64_t in_orig);

/*
 * Sets `explained` for the bytes of fields of linker-made sections that hold
 * addresses and differ as they should.
 */
struct error *verify_made(const struct pair *p, uint8_t *explained) MUST_CHECK;

#endif
