// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code is not copied (SHT_NOBITS): a debugger reads it from the process. A
 * function is called NAME.kpatch, as in the patch object.
 */
#include "doctor/symfile.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "doctor/doctor.h"

#define SUFFIX ".kpatch"
#define ALIGN 16u

enum { S_NULL, S_TEXT, S_EH_FRAME, S_SYMTAB, S_STRTAB, S_SHSTRTAB, S_COUNT };

static const char section_names[] =
	"\0.text\0.eh_frame\0.symtab\0.strtab\0.shstrtab";

static const uint32_t name_offsets[S_COUNT] = {0, 1, 7, 17, 25, 33};

static void pad(struct buf *b)
{
	while (b->len % ALIGN)
		buf_add(b, "", 1);
}

/* Appends a section's bytes and fills in where they are. */
static void add_section(struct buf *out, Elf64_Shdr *sh, const void *bytes,
			size_t len)
{
	pad(out);
	sh->sh_offset = out->len;
	sh->sh_size = len;
	buf_add(out, bytes, len);
}

static void add_symbols(const struct state *s, struct buf *symbols,
			struct buf *names)
{
	static const Elf64_Sym none;

	buf_add(symbols, &none, sizeof(none));
	buf_add(names, "", 1);
	for (uint32_t i = 0; i < s->header->nhunks; i++) {
		const struct state_hunk *h = &s->hunks[i];
		Elf64_Sym sym = {
			.st_name = (uint32_t)names->len,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = S_TEXT,
			.st_value = h->new_addr,
			.st_size = h->new_len,
		};

		if (!h->new_len || h->flags & STATE_HUNK_KEEP)
			continue;
		buf_add(symbols, &sym, sizeof(sym));
		buf_add_str(names, state_hunk_name(s, h));
		buf_add(names, SUFFIX, sizeof(SUFFIX));
	}
}

static void init_sections(const struct state_header *h,
			  Elf64_Shdr sh[S_COUNT])
{
	const uint32_t types[S_COUNT] = {
		SHT_NULL,   SHT_NOBITS, SHT_PROGBITS,
		SHT_SYMTAB, SHT_STRTAB, SHT_STRTAB,
	};

	memset(sh, 0, S_COUNT * sizeof(*sh));
	for (int i = 1; i < S_COUNT; i++) {
		sh[i].sh_name = name_offsets[i];
		sh[i].sh_type = types[i];
		sh[i].sh_addralign = 1;
	}
	sh[S_TEXT].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	sh[S_TEXT].sh_addr = h->part_addr[LINK_RX];
	sh[S_EH_FRAME].sh_flags = SHF_ALLOC;
	sh[S_EH_FRAME].sh_addr = h->eh_frame_addr;
	sh[S_EH_FRAME].sh_addralign = 8;
	sh[S_SYMTAB].sh_link = S_STRTAB;
	sh[S_SYMTAB].sh_info = 1;
	sh[S_SYMTAB].sh_entsize = sizeof(Elf64_Sym);
}

static void write_elf(const struct state *s, const void *eh, size_t eh_len,
		      struct buf *out)
{
	_cleanup_(buf_deinit) struct buf symbols = BUF_INIT, names = BUF_INIT;
	Elf64_Shdr sh[S_COUNT];
	Elf64_Ehdr ehdr = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(ehdr),
		.e_shentsize = sizeof(*sh),
		.e_shnum = S_COUNT,
		.e_shstrndx = S_SHSTRTAB,
	};

	add_symbols(s, &symbols, &names);
	init_sections(s->header, sh);
	buf_add(out, &ehdr, sizeof(ehdr));
	add_section(out, &sh[S_EH_FRAME], eh, eh_len);
	add_section(out, &sh[S_SYMTAB], symbols.data, symbols.len);
	add_section(out, &sh[S_STRTAB], names.data, names.len);
	add_section(out, &sh[S_SHSTRTAB], section_names,
		    sizeof(section_names));
	sh[S_TEXT].sh_offset = out->len;
	sh[S_TEXT].sh_size = s->header->part_size[LINK_RX];
	pad(out);
	ehdr.e_shoff = out->len;
	buf_add(out, sh, sizeof(sh));
	memcpy(out->data, &ehdr, sizeof(ehdr));
}

struct error *symfile_make(struct target *t, const struct state *s,
			   struct buf *ret_elf)
{
	const struct state_header *h = s->header;
	uint64_t len = h->eh_frame_len;

	if (len > h->part_size[LINK_R])
		len = 0;
	_autofree_ uint8_t *eh = xmalloc(len + 1);
	TRY(target_read(t, h->eh_frame_addr, eh, len));
	*ret_elf = BUF_INIT;
	write_elf(s, eh, len, ret_elf);
	return NULL;
}

/* ---- for kpatch_user symbols ---- */

static struct error *write_one(struct target *t, const struct state *s,
			       const char *dir, struct buf *out)
{
	_cleanup_(buf_deinit) struct buf elf = BUF_INIT;
	_autofree_ char *path = xasprintf("%s/kpatch-%d-%" PRIx64 ".elf", dir,
					  t->pid,
					  s->header->part_addr[LINK_RX]);

	TRY(symfile_make(t, s, &elf));
	TRY(file_write(path, elf.data, elf.len, 0644));
	buf_addf(out, "add-symbol-file \"%s\"\n", path);
	return NULL;
}

struct error *doctor_symbols(pid_t pid, const char *dir, struct buf *out)
{
	_cleanup_(target_closep) struct target *t = NULL;
	_cleanup_(states_deinit) struct states states = {0};

	TRY(target_open_to_read(pid, &t));
	states_find(t, &states);
	for (size_t i = 0; i < states.count; i++) {
		const struct state *s = &states.all[i];

		if (s->header->kind == STATE_PATCH &&
		    s->header->part_size[LINK_RX])
			TRY(write_one(t, s, dir, out));
	}
	if (!out->len)
		return error_new(ERR_NOTHING, "pid %d (%s): is not patched",
				 pid, t->comm);
	return NULL;
}
