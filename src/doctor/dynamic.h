// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ld.so knows of an object, read from the patient's memory: dynamic
 * symbols by name and version, and the GOT entries that are already bound.
 * All of it is data from outside: sizes and counts are bounded, and so is what
 * is kept of a whole process.
 */
#ifndef DOCTOR_DYNAMIC_H
#define DOCTOR_DYNAMIC_H

#include <elf.h>

#include "doctor/discover.h"
#include "doctor/page_cache.h"

/* A dynamic relocation that tells what a name is bound to. */
struct bound {
	uint32_t type;	/* GLOB_DAT, JUMP_SLOT, COPY, TPOFF64, DTPMOD64,
			   IRELATIVE */
	uint64_t addr;	/* of the slot */
	uint64_t value; /* of the slot; COPY: its address */
	int64_t addend;
	char *name;    /* NULL: no symbol */
	char *version; /* NULL: none */
	Elf64_Sym sym;
};

/* What all objects of a process share. */
struct dynamic_common {
	size_t left; /* bytes that may still be kept of names and relocations */
	struct page_cache pages;
};

#define DYNAMIC_BUDGET ((size_t)128 << 20)

struct dynamic {
	struct target *target;
	const struct object *obj;
	struct dynamic_common *common;
	bool present; /* it has a dynamic section, with symbols */
	uint64_t debug; /* struct r_debug, 0: none */
	uint64_t symtab, strtab, gnu_hash, hash, versym;
	uint64_t verdef, verneed;
	uint64_t rela, rela_size, jmprel, jmprel_size;
	uint64_t soname; /* its address, 0: none */
	char *soname_text; /* NULL: not read yet, or it cannot be */
	uint64_t *needed; /* addresses of names */
	size_t nneeded, needed_cap;
	char **versions; /* by index; NULL entries have no name */
	size_t nversions;
	bool versions_read, bound_read;
	struct bound *bound;
	size_t nbound, bound_cap;
	uint64_t link_map; /* 0: not in ld.so's list */
};

/*
 * Never fails: an object that has none, or a damaged one, has no symbols.
 * `common` is that of all objects of the process, and must live as long; when
 * its budget is used up, what else there is isn't known.
 */
void dynamic_read(struct target *t, const struct object *obj,
		  struct dynamic_common *common, struct dynamic *ret);
void dynamic_deinit(struct dynamic *d);

/*
 * Finds a symbol as ld.so does within one object. `version` NULL: the default
 * one. An undefined symbol with a value (the canonical PLT entry of a program)
 * is found if `or_plt`.
 */
bool dynamic_lookup(struct dynamic *d, const char *name, const char *version,
		    bool or_plt, Elf64_Sym *ret_sym);

/* The slots that ld.so binds; read at the first call, values with them. */
const struct bound *dynamic_bound(struct dynamic *d, size_t *ret_n);

/* Whether ld.so fills in the word there (or did): no place for anything else. */
bool dynamic_is_slot(const struct dynamic *d, uint64_t addr);

/* The name it is known by to those who need it; NULL if it has none. */
const char *dynamic_soname(struct dynamic *d);

/* A string of the patient; NULL if it cannot be read. The caller frees it. */
char *dynamic_string(struct dynamic *d, uint64_t addr);

#endif
