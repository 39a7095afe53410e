// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One of two builds of a program that are to be the same: its functions and
 * variables, and what its addresses mean whatever they are. Private to
 * src/object.
 */
#ifndef OBJECT_SIDE_H
#define OBJECT_SIDE_H

#include "base/buf.h"
#include "elf/elf_image.h"

struct side_symbol {
	const char *name; /* up to name_len: without version */
	size_t name_len;
	uint64_t addr, size;
	bool is_function;
};

struct side_rela {
	uint64_t addr;
	uint32_t type;
	const char *name; /* "" if there is none */
	uint64_t addend;
};

struct side {
	const struct elf_image *image;
	struct elf_symtab symtab, dynsym;
	struct side_symbol *symbols; /* by address, size, name */
	size_t n, cap;
	struct side_rela *relas; /* of ld.so, by address */
	size_t nrelas, cap_relas;
};

/*
 * Reads symbols and relocations. `names` is the image with .symtab: this one,
 * or its separate debug file.
 */
struct error *side_read(const struct elf_image *image,
			const struct elf_image *names,
			struct side *ret) MUST_CHECK;
void side_deinit(struct side *s);

/* For an image without names: those of `other`, in sections of equal size. */
void side_borrow_names(struct side *s, const struct side *other);

/* The innermost one that holds the address; NULL if there is none. */
const struct side_symbol *side_symbol_at(const struct side *s, uint64_t addr);
const struct side_rela *side_rela_at(const struct side *s, uint64_t addr);

/* `len` bytes at an address; NULL if they aren't in one section's contents. */
const uint8_t *side_bytes(const struct side *s, uint64_t addr, uint64_t len);

/*
 * What is at an address: NAME+OFFSET, plt:NAME, slot:TYPE:NAME, or a section;
 * ends in SIDE_CONTENT if it's the contents that matter: of constants without
 * a name.
 */
#define SIDE_CONTENT " contents"
void side_describe(const struct side *s, uint64_t addr, struct buf *out);

/* The same for what ld.so puts at an address. */
void side_describe_rela(const struct side *s, const struct side_rela *r,
			struct buf *out);

#endif
