// SPDX-License-Identifier: GPL-2.0-or-later
/* Views of ELF images, good ones and damaged ones. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf_image.h"
#include "elf/elf_note.h"
#include "base/cleanup.h"
#include "patch_builder.h"

/* An object with a function, a variable, a stub, an import, a relocation. */
static void build_sample(struct buf *out)
{
	struct builder *b = xmalloc(sizeof(*b));

	builder_init(b);
	uint16_t text = add_section(b, ".text", SHF_ALLOC | SHF_EXECINSTR, 16);
	uint16_t stub = add_stub(b, ".bss", SHF_ALLOC | SHF_WRITE, 0x4000, 64);
	add_data(b, text, "\xe8\0\0\0\0\xc3", 6);
	add_symbol(b, "func", STT_FUNC, text, 0);
	add_symbol(b, "var", STT_OBJECT, stub, 8);
	uint32_t import = add_symbol(b, "puts", STT_NOTYPE, SHN_UNDEF, 0);
	add_reloc(b, text, 1, R_X86_64_PLT32, import, -4);
	build_image(b, out);
	builder_deinit(b);
	free(b);
}

static void sections_symbols_and_relocations(void **state)
{
	(void)state;
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	_cleanup_(elf_symtab_deinit) struct elf_symtab tab = {0};
	_cleanup_(elf_relas_deinit) struct elf_relas relas = {0};

	build_sample(&b);
	assert_null(elf_image_open_bytes("x.o", b.data, b.len, &image));
	const struct elf_section *text = elf_section_named(image, ".text");
	assert_int_equal(text->h.sh_size, 6);
	assert_int_equal(text->data[5], 0xc3);
	assert_null(elf_section_named(image, ".tex"));
	const struct elf_section *bss = elf_section_named(image, ".bss");
	assert_null(bss->data);
	assert_ptr_equal(elf_section_at(image, 0x4000, false), bss);
	assert_ptr_equal(elf_section_at(image, 0x403f, false), bss);
	assert_null(elf_section_at(image, 0x4040, false));
	assert_ptr_equal(elf_section_at(image, 0x4040, true), bss);

	assert_null(elf_symtab_read(image, SHT_SYMTAB, &tab));
	assert_int_equal(tab.count, 4);
	assert_string_equal(tab.syms[2].name, "var");
	assert_ptr_equal(tab.syms[2].section, bss);
	assert_int_equal(tab.syms[2].value, 8);
	assert_int_equal(tab.syms[3].shndx, SHN_UNDEF);
	assert_null(tab.syms[3].section);

	const struct elf_section *rela = elf_section_typed(image, SHT_RELA);
	assert_null(elf_relas_read(image, rela, tab.count, &relas));
	assert_int_equal(relas.count, 1);
	assert_int_equal(relas.relas[0].r_addend, -4);
	struct error *err = elf_relas_read(image, rela, 3, &relas);
	assert_string_equal(err->message,
			    "x.o: malformed ELF file: .rela: relocation by a "
			    "symbol that isn't there");
	error_free(err);
}

#define SHDR(n, field) (0x10000u + (n)*64 + offsetof(Elf64_Shdr, field))

/* Written over the sample; offsets from SHDR() are of section header n. */
static const struct damage {
	size_t off;
	uint64_t value;
	unsigned int width;
	const char *message;
} damages[] = {
	{0, 0, 1, "x.o: not an ELF file"},
	{EI_CLASS, ELFCLASS32, 1, "x.o: not an x86-64 ELF file"},
	{EI_DATA, ELFDATA2MSB, 1, "x.o: not an x86-64 ELF file"},
	{offsetof(Elf64_Ehdr, e_machine), EM_AARCH64, 2,
	 "x.o: not an x86-64 ELF file"},
	{offsetof(Elf64_Ehdr, e_version), 2, 4,
	 "x.o: malformed ELF file: unknown version"},
	{SHDR(1, sh_offset), 1ull << 40, 8,
	 "x.o: malformed ELF file: section outside the file"},
	{SHDR(1, sh_size), ~0ull, 8,
	 "x.o: malformed ELF file: section outside the file"},
	{SHDR(1, sh_name), 0x7fffffff, 4,
	 "x.o: malformed ELF file: section name outside its table"},
	{offsetof(Elf64_Ehdr, e_shstrndx), 1, 2,
	 "x.o: malformed ELF file: section name outside its table"},
};

static void damage_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *d = &damages[i];
		_cleanup_(buf_deinit) struct buf b = BUF_INIT;
		struct elf_image *image = NULL;
		Elf64_Ehdr ehdr;

		build_sample(&b);
		memcpy(&ehdr, b.data, sizeof(ehdr));
		size_t off = d->off < 0x10000 ? d->off
					      : ehdr.e_shoff + d->off - 0x10000;
		memcpy(b.data + off, &d->value, d->width);
		struct error *err =
			elf_image_open_bytes("x.o", b.data, b.len, &image);
		assert_non_null(err);
		assert_null(image);
		assert_int_equal(err->code, ERR_BADFILE);
		assert_string_equal(err->message, d->message);
		error_free(err);
	}
}

/* Reads what there is to be read; whether it is an error doesn't matter. */
static void read_everything(const void *bytes, size_t len)
{
	struct elf_image *image = NULL;
	struct elf_symtab tab = {0};
	struct error *err = elf_image_open_bytes("x.o", bytes, len, &image);

	if (!err)
		err = elf_symtab_read(image, SHT_SYMTAB, &tab);
	for (size_t i = 0; !err && i < image->nsections; i++) {
		struct elf_relas relas = {0};

		if (image->sections[i].h.sh_type != SHT_RELA)
			continue;
		err = elf_relas_read(image, &image->sections[i], tab.count,
				     &relas);
		elf_relas_deinit(&relas);
	}
	error_free(err);
	elf_symtab_deinit(&tab);
	elf_image_close(image);
}

static void no_damage_crashes(void **state)
{
	(void)state;
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	build_sample(&b);
	for (size_t len = 0; len < b.len; len++) {
		/* Of just this size, so that ASan sees a byte too far. */
		_autofree_ char *exact = xmalloc(len);

		memcpy(exact, b.data, len);
		read_everything(exact, len);
	}
	for (size_t at = 0; at < b.len; at++) {
		char old = b.data[at];

		for (int v = 0; v < 3; v++) {
			b.data[at] = (char)(v == 0 ? 0xff : v == 1 ? 0x80 : 1);
			read_everything(b.data, b.len);
		}
		b.data[at] = old;
	}
}

static void unaligned_bytes_are_read(void **state)
{
	(void)state;
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;

	build_sample(&b);
	_autofree_ char *shifted = xmalloc(b.len + 1);
	memcpy(shifted + 1, b.data, b.len);
	assert_null(elf_image_open_bytes("x.o", shifted + 1, b.len, &image));
	assert_non_null(elf_section_named(image, ".text"));
}

static void buildid_notes(void **state)
{
	(void)state;
	/* namesz, descsz, type, name, desc */
	static const uint32_t notes[] = {
		4, 5, NT_GNU_ABI_TAG,  0x00554e47, 0x01010101, 0x01,
		4, 6, NT_GNU_BUILD_ID, 0x00554e47, 0x44332211, 0x6655,
	};
	struct elf_buildid id = {0};

	assert_true(elf_notes_find_buildid(notes, sizeof(notes), 4, &id));
	assert_int_equal(id.len, 6);
	assert_memory_equal(id.bytes, "\x11\x22\x33\x44\x55\x66", 6);
	assert_false(elf_notes_find_buildid(notes, sizeof(notes) - 4, 4, &id));
	assert_false(elf_notes_find_buildid(notes, 24, 4, &id));
	assert_false(elf_notes_find_buildid(notes, 0, 4, &id));
	for (size_t i = 0; i < 3; i++) {
		uint32_t bad[sizeof(notes) / sizeof(notes[0])];

		memcpy(bad, notes, sizeof(bad));
		bad[i == 0 ? 0 : i == 1 ? 1 : 7] = 0xfffffff0;
		assert_false(elf_notes_find_buildid(bad, sizeof(bad), 4, &id));
	}
}

static struct error *read_self(void *arg, uint64_t addr, void *data, size_t len)
{
	(void)arg;
	memcpy(data, (const void *)(uintptr_t)addr, len);
	return NULL;
}

extern const char __ehdr_start[];

static void this_program_in_memory_and_as_a_file(void **state)
{
	(void)state;
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	_cleanup_(elf_symtab_deinit) struct elf_symtab dynsym = {0};
	_cleanup_(elf_loaded_deinit) struct elf_loaded loaded = {0};
	struct elf_buildid id = {0};
	bool versioned = false;

	assert_null(elf_image_open_file("/proc/self/exe", &image));
	assert_false(elf_image_is_library(image));
	assert_true(elf_image_buildid(image, &id));
	assert_null(elf_loaded_read("self", (uintptr_t)__ehdr_start, read_self,
				    NULL, &loaded));
	assert_int_equal(loaded.buildid.len, id.len);
	assert_memory_equal(loaded.buildid.bytes, id.bytes, id.len);
	assert_int_equal(loaded.nsegments, image->nsegments);
	assert_int_equal(loaded.load_bias, image->ehdr.e_type == ET_DYN
						   ? (uintptr_t)__ehdr_start
						   : 0);

	assert_null(elf_symtab_read(image, SHT_DYNSYM, &dynsym));
	for (size_t i = 0; i < dynsym.count; i++)
		versioned |=
			!strcmp(dynsym.syms[i].name, "__libc_start_main") &&
			dynsym.syms[i].version &&
			!strncmp(dynsym.syms[i].version, "GLIBC_2.", 8);
	assert_true(versioned);
}

static void libc_is_a_library_with_versions(void **state)
{
	(void)state;
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	_cleanup_(elf_symtab_deinit) struct elf_symtab dynsym = {0};
	struct link_map *map = _r_debug.r_map;
	bool old = false, current = false;

	while (map && !strstr(map->l_name, "libc.so"))
		map = map->l_next;
	assert_non_null(map);
	assert_null(elf_image_open_file(map->l_name, &image));
	/* It has an interpreter, since it can be run. */
	assert_true(elf_image_is_library(image));
	assert_null(elf_symtab_read(image, SHT_DYNSYM, &dynsym));
	for (size_t i = 0; i < dynsym.count; i++) {
		const struct elf_symbol *sym = &dynsym.syms[i];

		if (strcmp(sym->name, "memcpy") || !sym->version)
			continue;
		old |= !strcmp(sym->version, "GLIBC_2.2.5") &&
		       sym->version_hidden;
		current |= !strcmp(sym->version, "GLIBC_2.14") &&
			   !sym->version_hidden;
	}
	assert_true(old);
	assert_true(current);
}

static void not_an_elf_header_in_memory(void **state)
{
	(void)state;
	struct elf_loaded loaded = {0};
	static const Elf64_Ehdr zero;
	struct error *err = elf_loaded_read("thing", (uintptr_t)&zero,
					    read_self, NULL, &loaded);

	assert_int_equal(err->code, ERR_BADFILE);
	assert_non_null(strstr(err->message, "thing: no x86-64 ELF header"));
	error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_symbols_and_relocations),
		cmocka_unit_test(damage_is_named),
		cmocka_unit_test(no_damage_crashes),
		cmocka_unit_test(unaligned_bytes_are_read),
		cmocka_unit_test(buildid_notes),
		cmocka_unit_test(this_program_in_memory_and_as_a_file),
		cmocka_unit_test(libc_is_a_library_with_versions),
		cmocka_unit_test(not_an_elf_header_in_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
