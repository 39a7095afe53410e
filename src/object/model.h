// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ELF object that can be changed: sections with their relocations, symbols.
 * In a model everything is relative to its section, whatever the type of the
 * file: a symbol's value, a relocation's offset. (An exception is what the
 * linker counts otherwise: the value of a thread-local symbol is its offset in
 * the TLS block of the linked object.) Section addresses stay as a fact about
 * the section; model_write() adds them again for ET_EXEC and ET_DYN.
 */
#ifndef OBJECT_MODEL_H
#define OBJECT_MODEL_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "elf/elf_image.h"

struct model_symbol;

struct model_rela {
	uint64_t offset;
	uint32_t type;
	struct model_symbol *sym; /* NULL: none */
	int64_t addend;
};

struct model_section {
	char *name;
	uint32_t type;
	uint64_t flags, addr, size, align, entsize;
	struct buf data;            /* `size` bytes; empty for SHT_NOBITS */
	struct model_section *info; /* written as sh_info; may be NULL */
	struct model_rela *relas;
	size_t nrelas, relas_cap;
	/* Of a stub: the original's section; set and used by kpatch_fixup(). */
	const struct elf_section *orig;
	bool dropped; /* model_write() leaves it out, with its symbols */
	size_t index; /* in the file it was read from or last written to */
};

struct model_symbol {
	char *name;
	uint64_t value, size;
	uint8_t type, bind, visibility;
	struct model_section *section; /* NULL: `special` says what it is */
	uint16_t special;              /* SHN_UNDEF, SHN_ABS, SHN_COMMON */
	bool used; /* model_mark_used(): by a relocation that is written */
	size_t index;
};

struct model {
	char *name;    /* for messages */
	uint16_t type; /* ET_EXEC, ET_DYN, ET_REL */
	struct model_section **sections;
	size_t nsections, sections_cap;
	struct model_symbol **symbols;
	size_t nsymbols, symbols_cap;
};

/*
 * Reads the image's sections, its .symtab and the relocations by it. Contents
 * are copied. Relocations for the dynamic linker stay plain contents.
 */
struct error *model_load(const struct elf_image *image,
			 struct model **ret_model) MUST_CHECK;
void model_free(struct model *m);
void model_freep(struct model **m);

struct model_section *model_section_named(const struct model *m,
					  const char *name);
struct model_section *model_add_section(struct model *m, const char *name);
struct model_symbol *model_add_symbol(struct model *m, const char *name);
void model_add_rela(struct model_section *s, struct model_rela rela);

/* The STT_SECTION symbol of a section, made if there is none. */
struct model_symbol *model_section_symbol(struct model *m,
					  struct model_section *s);

static inline bool model_is_kpatch(const struct model_section *s)
{
	return !__builtin_strncmp(s->name, ".kpatch.", 8);
}

/* Sets `used` of every symbol. */
void model_mark_used(struct model *m);

/* Drops the symbols for which `keep` is false and that aren't used. */
void model_drop_symbols(struct model *m,
			bool (*keep)(const struct model_symbol *sym));

/* The bytes of the ELF file. ERR_FAILED with libelf's reason. */
struct error *model_write(struct model *m, struct buf *ret_bytes) MUST_CHECK;

#endif
