// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/elf_image.h"

#include <gelf.h>
#include <libelf.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

struct elf_image_priv {
	Elf *elf;
	char *name;
	struct buf owned; /* bytes of a file, or an aligned copy */
};

void elf_image_close(struct elf_image *image)
{
	if (!image)
		return;
	elf_end(image->priv->elf);
	buf_deinit(&image->priv->owned);
	free(image->priv->name);
	free(image->priv);
	free(image->sections);
	free(image->segments);
	free(image);
}

void elf_image_closep(struct elf_image **image)
{
	elf_image_close(*image);
}

static struct error *bad(const struct elf_image *image, const char *what)
{
	return error_new(ERR_BADFILE, "%s: malformed ELF file: %s", image->name,
			 what);
}

static bool in_image(const struct elf_image *image, uint64_t off, uint64_t len)
{
	return off <= image->len && len <= image->len - off;
}

static struct error *read_header(struct elf_image *image)
{
	if (image->len < sizeof(image->ehdr) ||
	    memcmp(image->bytes, ELFMAG, SELFMAG))
		return error_new(ERR_BADFILE, "%s: not an ELF file",
				 image->name);
	memcpy(&image->ehdr, image->bytes, sizeof(image->ehdr));
	if (image->ehdr.e_ident[EI_CLASS] != ELFCLASS64 ||
	    image->ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
	    image->ehdr.e_machine != EM_X86_64)
		return error_new(ERR_BADFILE, "%s: not an x86-64 ELF file",
				 image->name);
	if (image->ehdr.e_ident[EI_VERSION] != EV_CURRENT ||
	    image->ehdr.e_version != EV_CURRENT)
		return bad(image, "unknown version");
	return NULL;
}

const char *elf_string(const struct elf_image *image, size_t strtab_index,
		       uint64_t off)
{
	if (strtab_index >= image->nsections)
		return NULL;
	const struct elf_section *s = &image->sections[strtab_index];
	if (s->h.sh_type != SHT_STRTAB || off >= s->h.sh_size)
		return NULL;
	if (!memchr(s->data + off, 0, s->h.sh_size - off))
		return NULL;
	return (const char *)s->data + off;
}

static struct error *read_section(struct elf_image *image, size_t index)
{
	struct elf_section *s = &image->sections[index];
	Elf_Scn *scn = elf_getscn(image->priv->elf, index);
	const Elf64_Shdr *h = scn ? elf64_getshdr(scn) : NULL;

	if (!h)
		return bad(image, "section headers outside the file");
	s->index = index;
	s->name = "";
	/* libelf may point into the image, wherever e_shoff says. */
	memcpy(&s->h, h, sizeof(s->h));
	if (index == 0 || s->h.sh_type == SHT_NOBITS)
		return NULL;
	if (!in_image(image, s->h.sh_offset, s->h.sh_size))
		return bad(image, "section outside the file");
	s->data = image->bytes + s->h.sh_offset;
	return NULL;
}

static struct error *read_sections(struct elf_image *image)
{
	size_t names = 0;

	if (elf_getshdrnum(image->priv->elf, &image->nsections) < 0)
		return bad(image, elf_errmsg(-1));
	/* Each header takes 64 bytes of the file, whatever the count says. */
	if (image->nsections > image->len / sizeof(Elf64_Shdr))
		return bad(image, "section headers outside the file");
	image->sections = xcalloc(image->nsections, sizeof(*image->sections));
	for (size_t i = 0; i < image->nsections; i++)
		TRY(read_section(image, i));
	if (image->nsections == 0)
		return NULL;
	if (elf_getshdrstrndx(image->priv->elf, &names) < 0)
		return bad(image, "no section names");
	for (size_t i = 1; i < image->nsections; i++) {
		struct elf_section *s = &image->sections[i];

		s->name = elf_string(image, names, s->h.sh_name);
		if (!s->name)
			return bad(image, "section name outside its table");
	}
	return NULL;
}

static struct error *read_segments(struct elf_image *image)
{
	if (elf_getphdrnum(image->priv->elf, &image->nsegments) < 0)
		return bad(image, elf_errmsg(-1));
	if (image->nsegments == 0)
		return NULL;
	if (image->ehdr.e_phentsize != sizeof(Elf64_Phdr) ||
	    image->nsegments > image->len / sizeof(Elf64_Phdr) ||
	    !in_image(image, image->ehdr.e_phoff,
		      image->nsegments * sizeof(Elf64_Phdr)))
		return bad(image, "program headers outside the file");
	image->segments = xcalloc(image->nsegments, sizeof(Elf64_Phdr));
	memcpy(image->segments, image->bytes + image->ehdr.e_phoff,
	       image->nsegments * sizeof(Elf64_Phdr));
	for (size_t i = 0; i < image->nsegments; i++) {
		const Elf64_Phdr *p = &image->segments[i];

		if (p->p_type != PT_NULL &&
		    !in_image(image, p->p_offset, p->p_filesz))
			return bad(image, "segment outside the file");
	}
	return NULL;
}

static struct error *open_owned(struct elf_image *image, const char *name,
				const void *bytes, size_t len,
				bool with_segments)
{
	image->priv->name = xstrdup(name);
	image->name = image->priv->name;
	image->bytes = bytes;
	image->len = len;
	TRY(read_header(image));
	elf_version(EV_CURRENT);
	/* libelf doesn't write to an image that it was given to read. */
	image->priv->elf = elf_memory((char *)(uintptr_t)bytes, len);
	if (!image->priv->elf)
		return bad(image, elf_errmsg(-1));
	TRY(read_sections(image));
	return with_segments ? read_segments(image) : NULL;
}

static struct elf_image *image_new(void)
{
	struct elf_image *image = xcalloc(1, sizeof(*image));

	image->priv = xcalloc(1, sizeof(*image->priv));
	return image;
}

static struct error *open_file(const char *path, bool with_segments,
			       struct elf_image **ret_image)
{
	_cleanup_(elf_image_closep) struct elf_image *image = image_new();
	struct buf *owned = &image->priv->owned;

	TRY(file_read(path, 0, owned));
	TRY(open_owned(image, path, owned->data, owned->len, with_segments));
	*ret_image = TAKE(image);
	return NULL;
}

struct error *elf_image_open_file(const char *path,
				  struct elf_image **ret_image)
{
	return open_file(path, true, ret_image);
}

struct error *elf_image_open_debug_file(const char *path,
					struct elf_image **ret_image)
{
	return open_file(path, false, ret_image);
}

struct error *elf_image_open_bytes(const char *name, const void *bytes,
				   size_t len, struct elf_image **ret_image)
{
	_cleanup_(elf_image_closep) struct elf_image *image = image_new();

	if ((uintptr_t)bytes % _Alignof(Elf64_Ehdr)) {
		buf_add(&image->priv->owned, bytes, len);
		bytes = image->priv->owned.data;
	}
	TRY(open_owned(image, name, bytes, len, true));
	*ret_image = TAKE(image);
	return NULL;
}

const struct elf_section *elf_section_named(const struct elf_image *image,
					    const char *name)
{
	for (size_t i = 1; i < image->nsections; i++) {
		if (!strcmp(image->sections[i].name, name))
			return &image->sections[i];
	}
	return NULL;
}

const struct elf_section *elf_section_typed(const struct elf_image *image,
					    uint32_t type)
{
	for (size_t i = 1; i < image->nsections; i++) {
		if (image->sections[i].h.sh_type == type)
			return &image->sections[i];
	}
	return NULL;
}

const struct elf_section *elf_section_at(const struct elf_image *image,
					 uint64_t addr, bool or_end)
{
	const struct elf_section *at_end = NULL;

	for (size_t i = 1; i < image->nsections; i++) {
		const struct elf_section *s = &image->sections[i];

		if (!(s->h.sh_flags & SHF_ALLOC) || elf_section_is_tbss(s) ||
		    addr < s->h.sh_addr)
			continue;
		if (addr - s->h.sh_addr < s->h.sh_size)
			return s;
		if (addr - s->h.sh_addr == s->h.sh_size && !at_end)
			at_end = s;
	}
	return or_end ? at_end : NULL;
}

bool elf_dynamic_tag(const struct elf_image *image, int64_t tag,
		     uint64_t *ret_value)
{
	const struct elf_section *s = elf_section_typed(image, SHT_DYNAMIC);

	if (!s || !s->data)
		return false;
	for (size_t off = 0; off + sizeof(Elf64_Dyn) <= s->h.sh_size;
	     off += sizeof(Elf64_Dyn)) {
		Elf64_Dyn dyn;

		memcpy(&dyn, s->data + off, sizeof(dyn));
		if (dyn.d_tag == tag) {
			*ret_value = dyn.d_un.d_val;
			return true;
		}
		if (dyn.d_tag == DT_NULL)
			return false;
	}
	return false;
}

bool elf_image_is_library(const struct elf_image *image)
{
	uint64_t flags;

	if (image->ehdr.e_type != ET_DYN)
		return false;
	if (elf_dynamic_tag(image, DT_FLAGS_1, &flags) && (flags & DF_1_PIE))
		return false;
	/* Linkers older than DF_1_PIE; libc.so.6 has both: a soname decides. */
	for (size_t i = 0; i < image->nsegments; i++) {
		if (image->segments[i].p_type == PT_INTERP)
			return elf_dynamic_tag(image, DT_SONAME, &flags);
	}
	return true;
}
