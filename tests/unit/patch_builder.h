// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Builds patch objects (ARCHITECTURE.md, "The patch object") in memory, for
 * tests: sections, symbols and relocations in the order in which they are
 * added; a test may then break what it likes before build_patch().
 */
#ifndef TESTS_PATCH_BUILDER_H
#define TESTS_PATCH_BUILDER_H

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "kpfile/info.h"
#include "kpfile/kpfile.h"

#define BUILDER_MAX 32

struct builder_section {
	char name[40];
	Elf64_Shdr sh;
	struct buf data;
	struct buf relocs;
};

struct builder {
	struct builder_section sections[BUILDER_MAX];
	uint16_t nsections; /* with the null section */
	Elf64_Sym symbols[BUILDER_MAX];
	uint32_t nsymbols; /* with the null symbol */
	struct buf names;
};

static inline void builder_init(struct builder *b)
{
	memset(b, 0, sizeof(*b));
	b->nsections = 1;
	b->nsymbols = 1;
	buf_add(&b->names, "", 1);
}

static inline uint16_t add_section(struct builder *b, const char *name,
				   uint64_t flags, uint64_t align)
{
	struct builder_section *s = &b->sections[b->nsections];

	strncpy(s->name, name, sizeof(s->name) - 1);
	s->sh.sh_type = SHT_PROGBITS;
	s->sh.sh_flags = flags;
	s->sh.sh_addralign = align;
	return b->nsections++;
}

/* A stub of a section of the original. */
static inline uint16_t add_stub(struct builder *b, const char *name,
				uint64_t flags, uint64_t addr, uint64_t size)
{
	uint16_t i = add_section(b, name, flags, 16);

	b->sections[i].sh.sh_type = SHT_NOBITS;
	b->sections[i].sh.sh_addr = addr;
	b->sections[i].sh.sh_size = size;
	return i;
}

/* Appends bytes; returns their offset. */
static inline uint64_t add_data(struct builder *b, uint16_t section,
				const void *data, size_t len)
{
	uint64_t off = b->sections[section].data.len;

	buf_add(&b->sections[section].data, data, len);
	return off;
}

static inline uint32_t add_symbol(struct builder *b, const char *name,
				  int type, uint16_t section, uint64_t value)
{
	b->symbols[b->nsymbols] = (Elf64_Sym){
		.st_name = (uint32_t)b->names.len,
		.st_info = (unsigned char)ELF64_ST_INFO(STB_GLOBAL, type),
		.st_shndx = section,
		.st_value = value,
	};
	buf_add(&b->names, name, strlen(name) + 1);
	return b->nsymbols++;
}

static inline void add_reloc(struct builder *b, uint16_t section, uint64_t off,
			     uint32_t type, uint32_t sym, int64_t addend)
{
	Elf64_Rela r = {
		.r_offset = off,
		.r_info = ELF64_R_INFO((uint64_t)sym, type),
		.r_addend = addend,
	};

	buf_add(&b->sections[section].relocs, &r, sizeof(r));
}

static inline void builder_deinit(struct builder *b)
{
	for (int i = 0; i < BUILDER_MAX; i++) {
		buf_deinit(&b->sections[i].data);
		buf_deinit(&b->sections[i].relocs);
	}
	buf_deinit(&b->names);
}

static inline uint32_t builder_name(struct buf *shstrtab, const char *name)
{
	uint32_t off = (uint32_t)shstrtab->len;

	buf_add(shstrtab, name, strlen(name) + 1);
	return off;
}

/* The object's bytes; what build_patch() makes of the builder. */
static inline void build_image(struct builder *b, struct buf *out)
{
	struct buf shstrtab = BUF_INIT;
	Elf64_Shdr sh[2 * BUILDER_MAX + 4] = {{0}};
	uint16_t n = b->nsections;
	Elf64_Ehdr eh = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(eh),
		.e_shentsize = sizeof(Elf64_Shdr),
	};

	buf_add(&shstrtab, "", 1);
	buf_add(out, &eh, sizeof(eh));
	for (uint16_t i = 1; i < b->nsections; i++) {
		sh[i] = b->sections[i].sh;
		sh[i].sh_name = builder_name(&shstrtab, b->sections[i].name);
		if (sh[i].sh_type == SHT_NOBITS)
			continue;
		buf_align(out, 16);
		sh[i].sh_offset = out->len;
		sh[i].sh_size = b->sections[i].data.len;
		buf_add(out, b->sections[i].data.data, sh[i].sh_size);
	}
	for (uint16_t i = 1; i < b->nsections; i++) {
		const struct buf *r = &b->sections[i].relocs;

		if (!r->len)
			continue;
		buf_align(out, 8);
		sh[n++] = (Elf64_Shdr){
			.sh_name = builder_name(&shstrtab, ".rela"),
			.sh_type = SHT_RELA,
			.sh_offset = out->len,
			.sh_size = r->len,
			.sh_info = i,
			.sh_entsize = sizeof(Elf64_Rela),
		};
		buf_add(out, r->data, r->len);
	}
	buf_align(out, 8);
	sh[n++] = (Elf64_Shdr){
		.sh_name = builder_name(&shstrtab, ".symtab"),
		.sh_type = SHT_SYMTAB,
		.sh_offset = out->len,
		.sh_size = b->nsymbols * sizeof(Elf64_Sym),
		.sh_link = (uint32_t)n,
		.sh_entsize = sizeof(Elf64_Sym),
	};
	buf_add(out, b->symbols, b->nsymbols * sizeof(Elf64_Sym));
	sh[n++] = (Elf64_Shdr){
		.sh_name = builder_name(&shstrtab, ".strtab"),
		.sh_type = SHT_STRTAB,
		.sh_offset = out->len,
		.sh_size = b->names.len,
	};
	buf_add(out, b->names.data, b->names.len);
	uint32_t name = builder_name(&shstrtab, ".shstrtab");
	sh[n] = (Elf64_Shdr){
		.sh_name = name,
		.sh_type = SHT_STRTAB,
		.sh_offset = out->len,
		.sh_size = shstrtab.len,
	};
	buf_add(out, shstrtab.data, shstrtab.len);
	buf_align(out, 8);
	eh.e_shoff = out->len;
	eh.e_shstrndx = n;
	eh.e_shnum = (uint16_t)(n + 1);
	buf_add(out, sh, (n + 1u) * sizeof(sh[0]));
	memcpy(out->data, &eh, sizeof(eh));
	buf_deinit(&shstrtab);
}

static inline void build_patch(struct builder *b, struct kpfile *kp)
{
	memset(kp, 0, sizeof(*kp));
	kp->object_name = xstrdup("prog");
	kp->description = xstrdup("");
	kp->cves = xstrdup("");
	build_image(b, &kp->image);
}

#endif
