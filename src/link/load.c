// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks a patch object and lays it out. The object is data from outside:
 * after link_load() every index and offset in it is known to be within it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "link/internal.h"

#define KNOWN_FLAGS                                                            \
	((uint64_t)(SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR | SHF_MERGE |        \
		    SHF_STRINGS | SHF_INFO_LINK | SHF_TLS | (1u << 21)))
/* (1 << 21 is SHF_GNU_RETAIN, which Debian 12's elf.h has no name for.) */

static bool in_image(const struct linked *l, uint64_t off, uint64_t len)
{
	return off <= l->len && len <= l->len - off;
}

static bool is_own_name(const char *name)
{
	return !strncmp(name, ".kpatch.", 8);
}

static struct error *check_header(struct linked *l)
{
	const Elf64_Ehdr *eh = (const void *)l->image;

	if (l->len < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG))
		return error_new(ERR_BADFILE, "the patch holds no ELF object");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB ||
	    eh->e_machine != EM_X86_64)
		return error_new(ERR_BADFILE,
				 "the patch object is not for x86-64");
	if (eh->e_type != ET_REL)
		return error_new(ERR_BADFILE,
				 "the patch object is of ELF type %u, not "
				 "ET_REL; run kpatch_strip --undo-link",
				 eh->e_type);
	if (eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_shoff % 8 ||
	    !in_image(l, eh->e_shoff, sizeof(Elf64_Shdr)))
		return error_new(ERR_BADFILE,
				 "wrong section table in the patch object");
	return NULL;
}

/* The string at `off` of the string table in section `index`. */
static const char *string_at(const struct linked *l, uint64_t index,
			     uint64_t off)
{
	const Elf64_Ehdr *eh = (const void *)l->image;
	const Elf64_Shdr *table = (const void *)(l->image + eh->e_shoff);

	if (index >= l->nsections)
		return NULL;
	table += index;
	if (table->sh_type != SHT_STRTAB || off >= table->sh_size ||
	    !in_image(l, table->sh_offset, table->sh_size) ||
	    l->image[table->sh_offset + table->sh_size - 1])
		return NULL;
	return (const char *)l->image + table->sh_offset + off;
}

static struct error *load_section_table(struct linked *l)
{
	const Elf64_Ehdr *eh = (const void *)l->image;
	const Elf64_Shdr *sh = (const void *)(l->image + eh->e_shoff);
	uint64_t n = eh->e_shnum ? eh->e_shnum : sh->sh_size;
	uint64_t names = eh->e_shstrndx == SHN_XINDEX ? sh->sh_link
						       : eh->e_shstrndx;

	if (n == 0 || n > l->len / sizeof(*sh) ||
	    !in_image(l, eh->e_shoff, n * sizeof(*sh)))
		return error_new(ERR_BADFILE,
				 "the patch object's section table is outside "
				 "the file");
	if (n > LINK_MAX_SECTIONS)
		return error_new(ERR_BADFILE,
				 "the patch object has %" PRIu64 " sections, "
				 "possible are %u", n, LINK_MAX_SECTIONS);
	l->nsections = n;
	l->sections = xcalloc(n, sizeof(*l->sections));
	for (size_t i = 0; i < n; i++) {
		struct section *sec = &l->sections[i];

		sec->sh = &sh[i];
		sec->name = string_at(l, names, sh[i].sh_name);
		if (!sec->name)
			return error_new(ERR_BADFILE,
					 "section %zu of the patch object has "
					 "no name", i);
		if (i == 0 || sh[i].sh_type == SHT_NULL ||
		    sh[i].sh_type == SHT_NOBITS)
			continue;
		if (!in_image(l, sh[i].sh_offset, sh[i].sh_size))
			return error_new(ERR_BADFILE,
					 "section %s is outside the patch "
					 "object", sec->name);
		sec->bytes = l->image + sh[i].sh_offset;
	}
	return NULL;
}

static struct error *classify_own(struct section *sec)
{
	const Elf64_Shdr *sh = sec->sh;

	if (sh->sh_type != SHT_PROGBITS && sh->sh_type != SHT_NOBITS &&
	    sh->sh_type != SHT_X86_64_UNWIND)
		return error_new(ERR_BADFILE, "section %s has unknown type %#x",
				 sec->name, sh->sh_type);
	if ((sh->sh_flags & SHF_WRITE) && (sh->sh_flags & SHF_EXECINSTR))
		return error_new(ERR_BADFILE,
				 "section %s is writable and executable",
				 sec->name);
	if (sh->sh_flags & SHF_TLS)
		return error_new(ERR_BADFILE,
				 "section %s: new thread-local data cannot be "
				 "added to a running process", sec->name);
	if (sh->sh_addralign & (sh->sh_addralign - 1) ||
	    sh->sh_addralign > LINK_PAGE)
		return error_new(ERR_BADFILE,
				 "section %s has alignment %" PRIu64
				 ", possible are powers of 2 up to %u",
				 sec->name, sh->sh_addralign, LINK_PAGE);
	if (sh->sh_addr)
		return error_new(ERR_BADFILE,
				 "section %s has an address; run kpatch_strip "
				 "--undo-link", sec->name);
	sec->kind = SECTION_OWN;
	sec->part = sh->sh_flags & SHF_EXECINSTR ? LINK_RX
		    : sh->sh_flags & SHF_WRITE	 ? LINK_RW
						 : LINK_R;
	return NULL;
}

static struct error *classify(struct section *sec)
{
	const Elf64_Shdr *sh = sec->sh;

	if (!(sh->sh_flags & SHF_ALLOC))
		return NULL;
	if (sh->sh_flags & ~KNOWN_FLAGS)
		return error_new(ERR_BADFILE,
				 "section %s has unknown flags %#" PRIx64,
				 sec->name, (uint64_t)sh->sh_flags);
	if (is_own_name(sec->name))
		return classify_own(sec);
	if (sh->sh_type != SHT_NOBITS)
		return error_new(ERR_BADFILE,
				 "section %s of the original is still in the "
				 "patch object", sec->name);
	if (sh->sh_addr + sh->sh_size < sh->sh_addr)
		return error_new(ERR_BADFILE,
				 "section %s: address and size overflow",
				 sec->name);
	sec->kind = SECTION_STUB;
	return NULL;
}

static struct error *lay_out(struct linked *l)
{
	uint64_t total = 0;

	for (size_t i = 1; i < l->nsections; i++)
		TRY(classify(&l->sections[i]));
	if (hunks_have_calls(l))
		l->size[LINK_RW] = LINK_CALL_STACK;
	for (size_t i = 1; i < l->nsections; i++) {
		struct section *sec = &l->sections[i];

		if (sec->kind != SECTION_OWN)
			continue;
		size_t *size = &l->size[sec->part];
		uint64_t align = sec->sh->sh_addralign;

		if (align > 1)
			*size = (*size + align - 1) & ~(align - 1);
		sec->off = *size;
		total += sec->sh->sh_size;
		if (sec->sh->sh_size > LINK_MAX_SIZE || total > LINK_MAX_SIZE)
			return error_new(ERR_BADFILE,
					 "the patch is too large (section %s)",
					 sec->name);
		*size += sec->sh->sh_size;
	}
	return NULL;
}

static struct error *check_symbol(const struct linked *l, size_t i)
{
	const Elf64_Sym *s = &l->elf_symbols[i];

	if (s->st_name >= l->names_len)
		return error_new(ERR_BADFILE, "symbol %zu has no name", i);
	if (s->st_shndx == SHN_UNDEF || s->st_shndx == SHN_ABS)
		return NULL;
	if (s->st_shndx >= l->nsections)
		return error_new(ERR_BADFILE,
				 "symbol %s has the unknown section %#x",
				 symbol_name(l, (uint32_t)i), s->st_shndx);
	const struct section *sec = &l->sections[s->st_shndx];
	if (sec->kind != SECTION_OTHER &&
	    ELF64_ST_TYPE(s->st_info) != STT_TLS &&
	    s->st_value > sec->sh->sh_size)
		return error_new(ERR_BADFILE,
				 "symbol %s is outside its section %s",
				 symbol_name(l, (uint32_t)i), sec->name);
	return NULL;
}

static struct error *load_symbols(struct linked *l)
{
	const struct section *table = NULL;

	for (size_t i = 1; i < l->nsections; i++) {
		if (l->sections[i].sh->sh_type != SHT_SYMTAB)
			continue;
		if (table)
			return error_new(ERR_BADFILE,
					 "two symbol tables in the patch object");
		table = &l->sections[i];
	}
	if (!table)
		return error_new(ERR_BADFILE,
				 "no symbol table in the patch object");
	const Elf64_Shdr *sh = table->sh;
	l->names = string_at(l, sh->sh_link, 0);
	if (sh->sh_entsize != sizeof(Elf64_Sym) || sh->sh_offset % 8 ||
	    sh->sh_size % sizeof(Elf64_Sym) || !l->names)
		return error_new(ERR_BADFILE,
				 "wrong symbol table in the patch object");
	l->names_len = l->sections[sh->sh_link].sh->sh_size;
	l->elf_symbols = (const void *)table->bytes;
	l->nsymbols = sh->sh_size / sizeof(Elf64_Sym);
	l->symbols = xcalloc(l->nsymbols, sizeof(*l->symbols));
	for (size_t i = 1; i < l->nsymbols; i++)
		TRY(check_symbol(l, i));
	return NULL;
}

static struct error *load_all(struct linked *l)
{
	TRY(check_header(l));
	TRY(load_section_table(l));
	TRY(lay_out(l));
	TRY(load_symbols(l));
	TRY(relocs_load(l));
	TRY(hunks_load(l));
	eh_frame_reserve(l);
	if (l->eh_hdr_len)
		linked_add_data_hunk(l, ".eh_frame");

	l->got_off = (l->size[LINK_R] + GOT_ENTRY - 1) & ~(size_t)(GOT_ENTRY - 1);
	l->size[LINK_R] = l->got_off + l->nslots * GOT_ENTRY;
	l->jump_off =
		(l->size[LINK_RX] + JUMP_ENTRY - 1) & ~(size_t)(JUMP_ENTRY - 1);
	l->size[LINK_RX] = l->jump_off + l->njumps * JUMP_ENTRY;
	for (int i = 0; i < LINK_PARTS; i++)
		l->size[i] = (l->size[i] + LINK_PAGE - 1) &
			     ~(size_t)(LINK_PAGE - 1);
	return NULL;
}

struct error *link_load(const struct kpfile *kp, struct linked **ret_linked)
{
	_cleanup_(linked_freep) struct linked *l = xcalloc(1, sizeof(*l));

	l->image = (const uint8_t *)kp->image.data;
	l->len = kp->image.len;
	TRY(load_all(l));
	*ret_linked = TAKE(l);
	return NULL;
}

void linked_free(struct linked *l)
{
	if (!l)
		return;
	for (int i = 0; i < LINK_PARTS; i++)
		free(l->bytes[i]);
	for (size_t i = 0; i < l->nhunks; i++)
		free(l->hunks[i].name);
	free(l->hunks);
	free(l->slots);
	free(l->symbols);
	free(l->sections);
	free(l);
}

void linked_freep(struct linked **l)
{
	linked_free(*l);
}

const Elf64_Rela *section_relocs(const struct linked *l,
				 const struct section *sec, size_t *ret_n)
{
	size_t index = (size_t)(sec - l->sections);

	*ret_n = 0;
	for (size_t i = 1; i < l->nsections; i++) {
		const struct section *r = &l->sections[i];

		if (r->sh->sh_type != SHT_RELA || r->sh->sh_info != index)
			continue;
		*ret_n = r->sh->sh_size / sizeof(Elf64_Rela);
		return (const void *)r->bytes;
	}
	return NULL;
}

const char *symbol_name(const struct linked *l, uint32_t sym)
{
	const Elf64_Sym *s = &l->elf_symbols[sym];

	if (ELF64_ST_TYPE(s->st_info) == STT_SECTION &&
	    s->st_shndx < l->nsections)
		return l->sections[s->st_shndx].name;
	return s->st_name < l->names_len ? l->names + s->st_name : "?";
}

const struct section *symbol_section(const struct linked *l, uint32_t sym)
{
	uint16_t index = l->elf_symbols[sym].st_shndx;

	if (index == SHN_UNDEF || index >= l->nsections)
		return NULL;
	return &l->sections[index];
}

const struct section *section_find(const struct linked *l, const char *name)
{
	for (size_t i = 1; i < l->nsections; i++) {
		if (l->sections[i].kind != SECTION_OTHER &&
		    !strcmp(l->sections[i].name, name))
			return &l->sections[i];
	}
	return NULL;
}

size_t linked_size(const struct linked *l, enum link_part part)
{
	return l->size[part];
}

size_t linked_code_end(const struct linked *l)
{
	return l->jump_off + l->njumps * JUMP_ENTRY;
}

const struct link_hunk *linked_hunks(const struct linked *l, size_t *ret_n)
{
	*ret_n = l->nhunks;
	return l->hunks;
}

const uint8_t *linked_bytes(const struct linked *l, enum link_part part)
{
	return l->bytes[part];
}

const char *linked_import(const struct linked *l, size_t n)
{
	for (size_t i = 1; i < l->nsymbols; i++) {
		if (l->elf_symbols[i].st_shndx == SHN_UNDEF && n-- == 0)
			return symbol_name(l, (uint32_t)i);
	}
	return NULL;
}

void linked_eh_frame(const struct linked *l, uint64_t *ret_off,
		     size_t *ret_len)
{
	const struct section *sec = section_find(l, ".kpatch.eh_frame");

	if (!sec || sec->kind != SECTION_OWN || sec->part != LINK_R)
		sec = NULL;
	*ret_off = sec ? sec->off : 0;
	*ret_len = sec ? sec->sh->sh_size : 0;
}
