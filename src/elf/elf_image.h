// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A read-only view of an ELF64 x86-64 image, file or bytes. Everything that a
 * view hands out was checked against the image's size when it was opened or
 * read: section contents lie within it, names end in a NUL. Pointers live as
 * long as the view. A malformed image is ERR_BADFILE, with the image's name.
 */
#ifndef ELF_ELF_IMAGE_H
#define ELF_ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct elf_section {
	const char *name;
	size_t index;
	Elf64_Shdr h;
	const uint8_t *data; /* h.sh_size bytes; NULL for SHT_NOBITS */
};

struct elf_image {
	const char *name; /* for messages */
	const uint8_t *bytes;
	size_t len;
	Elf64_Ehdr ehdr;
	struct elf_section *sections; /* [0] is the null section */
	size_t nsections;
	Elf64_Phdr *segments;
	size_t nsegments;
	struct elf_image_priv *priv;
};

struct error *elf_image_open_file(const char *path,
				  struct elf_image **ret_image) MUST_CHECK;

/*
 * A separate debug file (objcopy --only-keep-debug): its segments are those of
 * the program, and not in it; none are read.
 */
struct error *elf_image_open_debug_file(const char *path,
					struct elf_image **ret_image)
	MUST_CHECK;

/* The bytes are borrowed and must outlive the view. */
struct error *elf_image_open_bytes(const char *name, const void *bytes,
				   size_t len,
				   struct elf_image **ret_image) MUST_CHECK;

void elf_image_close(struct elf_image *image);
void elf_image_closep(struct elf_image **image);

/* The first section with this name or type; NULL if there is none. */
const struct elf_section *elf_section_named(const struct elf_image *image,
					    const char *name);
const struct elf_section *elf_section_typed(const struct elf_image *image,
					    uint32_t type);

/*
 * The allocated section whose addresses hold `addr` (its end included if
 * `or_end` and no section begins there). Thread-local .tbss doesn't count: it
 * has no addresses of its own.
 */
const struct elf_section *elf_section_at(const struct elf_image *image,
					 uint64_t addr, bool or_end);

static inline bool elf_section_is_tbss(const struct elf_section *s)
{
	return s->h.sh_type == SHT_NOBITS && (s->h.sh_flags & SHF_TLS);
}

/* The NUL-terminated string at `off` of a string table; NULL if there's none */
const char *elf_string(const struct elf_image *image, size_t strtab_index,
		       uint64_t off);

struct elf_symbol {
	const char *name;
	uint64_t value, size;
	uint8_t type, bind, visibility; /* STT_, STB_, STV_ */
	/* Index of the section, or SHN_UNDEF, SHN_ABS, SHN_COMMON. An index
	   above SHN_LORESERVE is told from those by `section` alone. */
	uint32_t shndx;
	const struct elf_section *section; /* NULL unless defined in one */
	/* .dynsym only: NULL if it has none; the version needed or defined */
	const char *version;
	bool version_hidden; /* NAME@VERSION, not the default NAME@@VERSION */
};

struct elf_symtab {
	struct elf_symbol *syms; /* as in the table: [0] is the null symbol */
	size_t count;
};

void elf_symtab_deinit(struct elf_symtab *tab);

/*
 * Reads the table of type SHT_SYMTAB or SHT_DYNSYM, the latter with versions.
 * An image without it yields an empty table.
 */
struct error *elf_symtab_read(const struct elf_image *image, uint32_t type,
			      struct elf_symtab *ret_tab) MUST_CHECK;

/* Reads the table in this section. */
struct error *elf_symtab_read_section(const struct elf_image *image,
				      const struct elf_section *section,
				      struct elf_symtab *ret_tab) MUST_CHECK;

struct elf_relas {
	Elf64_Rela *relas;
	size_t count;
};

void elf_relas_deinit(struct elf_relas *relas);

/*
 * The entries of a SHT_RELA section. Symbol indices are below `nsymbols`;
 * whether r_offset lies in its section is the caller's to check, since in a
 * linked image it is an address.
 */
struct error *elf_relas_read(const struct elf_image *image,
			     const struct elf_section *section, size_t nsymbols,
			     struct elf_relas *ret_relas) MUST_CHECK;

/* The value of a dynamic tag, and whether it is there at all. */
bool elf_dynamic_tag(const struct elf_image *image, int64_t tag,
		     uint64_t *ret_value);

/* A shared library, not an executable (PIE has DF_1_PIE, or an interpreter) */
bool elf_image_is_library(const struct elf_image *image);

/* "R_X86_64_PC32" and so on; "R_X86_64_???" for what the ABI does not name. */
const char *elf_reloc_name(uint32_t type);

#endif
