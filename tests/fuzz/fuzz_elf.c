// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an ELF file, read as the programs do: everything that a view
 * hands out, the steps of kpatch_strip, and as an object in memory.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "elf/elf_image.h"
#include "elf/elf_note.h"
#include "object/strip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

#define BASE 0x400000u

static struct error *read_input(void *arg, uint64_t addr, void *data,
				size_t len)
{
	const struct input *in = arg;
	uint64_t off = addr - BASE;

	if (off > in->size || len > in->size - off)
		return error_new(ERR_FAILED, "not mapped");
	memcpy(data, in->data + off, len);
	return NULL;
}

static void read_loaded(struct input *in)
{
	struct elf_loaded loaded;
	struct error *err =
		elf_loaded_read("input", BASE, read_input, in, &loaded);

	if (!err)
		elf_loaded_deinit(&loaded);
	error_free(err);
}

static void read_table(const struct elf_image *image, uint32_t type)
{
	struct elf_symtab tab;
	struct error *err = elf_symtab_read(image, type, &tab);
	size_t sum = 0;

	if (!err) {
		for (size_t i = 0; i < tab.count; i++) {
			sum += strlen(tab.syms[i].name);
			if (tab.syms[i].version)
				sum += strlen(tab.syms[i].version);
		}
		for (size_t i = 1; i < image->nsections; i++) {
			struct elf_relas relas;

			error_free(err);
			err = elf_relas_read(image, &image->sections[i],
					     tab.count, &relas);
			if (!err)
				elf_relas_deinit(&relas);
		}
		elf_symtab_deinit(&tab);
	}
	error_free(err);
	if (sum > SIZE_MAX / 2)
		abort();
}

static void read_rest(const struct elf_image *image)
{
	struct elf_buildid id;
	uint64_t value;

	elf_image_buildid(image, &id);
	elf_image_is_library(image);
	elf_dynamic_tag(image, DT_SONAME, &value);
	for (size_t i = 1; i < image->nsections; i++)
		elf_section_at(image, image->sections[i].h.sh_addr + 1, true);
}

/* As kpatch_strip's modes do one after another. */
static void make_patch(const struct elf_image *image)
{
	_cleanup_(buf_deinit) struct buf stripped = BUF_INIT;
	_cleanup_(buf_deinit) struct buf bound = BUF_INIT;
	_cleanup_(buf_deinit) struct buf done = BUF_INIT;
	_cleanup_(elf_image_closep) struct elf_image *patch = NULL;
	_cleanup_(error_freep) struct error *err = NULL;

	error_free(kpatch_undo_link(NULL, image, &done));
	error_free(kpatch_compare(image, image));
	err = kpatch_strip(image, &stripped);
	if (!err)
		err = elf_image_open_bytes("stripped", stripped.data,
					   stripped.len, &patch);
	if (!err)
		err = kpatch_fixup(image, patch, &bound);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own size: ASan sees a read behind its end. */
	_autofree_ uint8_t *copy = malloc(size ? size : 1);
	_cleanup_(elf_image_closep) struct elf_image *image = NULL;
	struct input in = {.data = copy, .size = size};

	memcpy(copy, data, size);
	read_loaded(&in);
	struct error *err = elf_image_open_bytes("input", copy, size, &image);
	if (!err) {
		read_rest(image);
		read_table(image, SHT_SYMTAB);
		read_table(image, SHT_DYNSYM);
		make_patch(image);
	}
	error_free(err);
	return 0;
}
