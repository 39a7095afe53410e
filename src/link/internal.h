// SPDX-License-Identifier: GPL-2.0-or-later
/* What the files of src/link share. */
#ifndef LINK_INTERNAL_H
#define LINK_INTERNAL_H

#include <elf.h>

#include "link/link.h"

#define LINK_PAGE 4096u
#define LINK_MAX_SIZE ((uint64_t)256 << 20) /* of all parts together */
#define LINK_MAX_SECTIONS 8192u /* each is compared with each */
#define JUMP_ENTRY 16u /* endbr64; jmp *slot(%rip); int3s */
#define GOT_ENTRY 8u

enum section_kind {
	SECTION_OTHER, /* not loaded: symbol and string tables, relocations */
	SECTION_OWN,   /* .kpatch.*: part of the patch */
	SECTION_STUB,  /* stands for a section of the original object */
};

struct section {
	const Elf64_Shdr *sh;
	const char *name;
	enum section_kind kind;
	enum link_part part;	/* SECTION_OWN */
	uint64_t off;		/* in the part */
	const uint8_t *bytes;	/* NULL for SHT_NOBITS */
};

/* What a GOT slot holds of its symbol. */
enum slot_kind { SLOT_ADDRESS, SLOT_CALL, SLOT_TPOFF, SLOT_KINDS };

struct slot {
	uint32_t sym;
	enum slot_kind kind;
	uint32_t jump; /* SLOT_CALL: index in the jump table */
};

/* What is known of a symbol; index + 1 of its slots, 0 for none. */
struct symbol {
	uint32_t slot[SLOT_KINDS];
	bool resolved[2]; /* by enum link_use */
	uint64_t addr[2];
	bool is_function;
};

struct linked {
	const uint8_t *image;
	size_t len;
	struct section *sections;
	size_t nsections;
	const Elf64_Sym *elf_symbols;
	struct symbol *symbols;
	size_t nsymbols;
	const char *names; /* of the symbols; ends with NUL */
	size_t names_len;
	struct slot *slots;
	size_t nslots, slots_cap;
	size_t njumps;
	uint64_t got_off;  /* in LINK_R */
	uint64_t jump_off; /* in LINK_RX */
	uint64_t eh_hdr_off; /* in LINK_R */
	size_t eh_hdr_len;   /* 0: none */
	bool personality;
	size_t size[LINK_PARTS];
	uint8_t *bytes[LINK_PARTS];
	struct link_hunk *hunks;
	size_t nhunks;
};

/* The relocations of an own section; n is 0 if there are none. */
const Elf64_Rela *section_relocs(const struct linked *l,
				 const struct section *sec, size_t *ret_n);

/* For messages: the name of a symbol or, of a section symbol, its section. */
const char *symbol_name(const struct linked *l, uint32_t sym);

/* The section that a symbol is defined in; NULL for imports and SHN_ABS. */
const struct section *symbol_section(const struct linked *l, uint32_t sym);

/* The section of that name, NULL if there is none. */
const struct section *section_find(const struct linked *l, const char *name);

/* Fills hunks from .kpatch.info and .kpatch.orig. ERR_BADFILE. */
struct error *hunks_load(struct linked *l) MUST_CHECK;

/* Before that: may the patch have functions that the patient calls? */
bool hunks_have_calls(const struct linked *l);

/* Checks all relocations, counts GOT slots and jump table. ERR_BADFILE. */
struct error *relocs_load(struct linked *l) MUST_CHECK;

/* Room for the table of FDEs; its bytes, when all others are there. */
void eh_frame_reserve(struct linked *l);
void eh_frame_fill(struct linked *l);

#endif
