// SPDX-License-Identifier: GPL-2.0-or-later
/* Ways to spoil a .kpatch file. */
#ifndef MUTATE_H
#define MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t len;
};

enum mutation_kind {
	MUT_TRUNCATE,	   /* the file simply ends */
	MUT_TRUNCATE_FIXED, /* and its header says so */
	MUT_APPEND,
	MUT_APPEND_FIXED,
	MUT_FLIP,	/* bits, anywhere; the checksum is left as it was */
	MUT_FLIP_FIXED, /* the same with a right checksum, as all below */
	MUT_HEADER,	/* a field of the .kpatch header made extreme */
	MUT_ELF_HEADER,
	MUT_SECTION,	/* a field of a section header made extreme */
	MUT_RELOCATION, /* a field of a relocation */
	MUT_SYMBOL,	/* a field of a symbol */
	MUT_INFO,	/* a word of .kpatch.info */
	MUT_SWAP,	/* two entries of a table change places */
	MUT_MIX,	/* a field of one entry goes to another */
	MUT_CONTENT,	/* bytes of a section's contents */
	MUT_COPY,	/* a run of bytes is copied to another place */
	MUT_SEVERAL,	/* two to four of the above */
	MUT_KINDS
};

const char *mutation_name(enum mutation_kind kind);

/* Whether the file says itself that it was altered. */
bool mutation_is_obvious(enum mutation_kind kind);

/*
 * The n-th mutant of a good file: the same for the same n. The caller frees
 * ret->data.
 */
enum mutation_kind mutate(const struct bytes *good, uint64_t n,
			  struct bytes *ret);

#endif
