// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/elf_note.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MAX_SEGMENTS 128 /* of a loaded object; ld makes some 13 */
#define MAX_NOTES 65536  /* bytes of a loaded object's notes that are read */

static size_t round_up(size_t n, size_t align)
{
	return (n + align - 1) & ~(align - 1);
}

bool elf_notes_find_buildid(const void *notes, size_t len, size_t align,
			    struct elf_buildid *ret_id)
{
	const uint8_t *bytes = notes;
	Elf64_Nhdr h;
	size_t off = 0;

	align = align == 8 ? 8 : 4;
	while (len - off >= sizeof(h)) {
		memcpy(&h, bytes + off, sizeof(h));
		size_t name = off + sizeof(h);
		if (h.n_namesz > len - name)
			return false;
		size_t desc = round_up(name + h.n_namesz, align);
		if (desc > len || h.n_descsz > len - desc)
			return false;
		if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 &&
		    !memcmp(bytes + name, "GNU", 4)) {
			if (h.n_descsz == 0 || h.n_descsz > ELF_BUILDID_MAX)
				return false;
			ret_id->len = h.n_descsz;
			memcpy(ret_id->bytes, bytes + desc, h.n_descsz);
			return true;
		}
		off = round_up(desc + h.n_descsz, align);
		if (off > len)
			return false;
	}
	return false;
}

bool elf_image_buildid(const struct elf_image *image,
		       struct elf_buildid *ret_id)
{
	for (size_t i = 0; i < image->nsegments; i++) {
		const Elf64_Phdr *p = &image->segments[i];

		if (p->p_type == PT_NOTE &&
		    elf_notes_find_buildid(image->bytes + p->p_offset,
					   p->p_filesz, p->p_align, ret_id))
			return true;
	}
	for (size_t i = 1; i < image->nsections; i++) {
		const struct elf_section *s = &image->sections[i];

		if (s->h.sh_type == SHT_NOTE &&
		    elf_notes_find_buildid(s->data, s->h.sh_size,
					   s->h.sh_addralign, ret_id))
			return true;
	}
	return false;
}

void elf_loaded_deinit(struct elf_loaded *loaded)
{
	free(loaded->segments);
	*loaded = (struct elf_loaded){0};
}

static struct error *read_segments(const char *name, uint64_t base,
				   elf_read_fn *read, void *arg,
				   struct elf_loaded *l)
{
	Elf64_Ehdr h;

	TRY(read(arg, base, &h, sizeof(h)));
	if (memcmp(h.e_ident, ELFMAG, SELFMAG) ||
	    h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_machine != EM_X86_64)
		return error_new(ERR_BADFILE,
				 "%s: no x86-64 ELF header at 0x%llx", name,
				 (unsigned long long)base);
	if (h.e_phentsize != sizeof(Elf64_Phdr) || h.e_phnum == 0 ||
	    h.e_phnum > MAX_SEGMENTS)
		return error_new(ERR_BADFILE,
				 "%s: wrong program headers in memory", name);
	l->type = h.e_type;
	l->nsegments = h.e_phnum;
	l->segments = xcalloc(l->nsegments, sizeof(Elf64_Phdr));
	return read(arg, base + h.e_phoff, l->segments,
		    l->nsegments * sizeof(Elf64_Phdr));
}

/* The header is mapped at `base`: with the segment that has file offset 0. */
static struct error *find_bias(const char *name, uint64_t base,
			       struct elf_loaded *l)
{
	for (size_t i = 0; i < l->nsegments; i++) {
		const Elf64_Phdr *p = &l->segments[i];
		uint64_t in_page = p->p_vaddr % 4096;

		if (p->p_type == PT_LOAD && p->p_offset == in_page) {
			l->load_bias = base - (p->p_vaddr - in_page);
			return NULL;
		}
	}
	return error_new(ERR_BADFILE, "%s: no segment maps the ELF header",
			 name);
}

struct error *elf_loaded_read(const char *name, uint64_t base,
			      elf_read_fn *read, void *arg,
			      struct elf_loaded *ret_loaded)
{
	_cleanup_(elf_loaded_deinit) struct elf_loaded l = {0};

	TRY(read_segments(name, base, read, arg, &l));
	TRY(find_bias(name, base, &l));
	for (size_t i = 0; i < l.nsegments && !l.buildid.len; i++) {
		const Elf64_Phdr *p = &l.segments[i];

		if (p->p_type != PT_NOTE || p->p_memsz > MAX_NOTES)
			continue;
		_autofree_ void *notes = xmalloc(p->p_memsz);
		TRY(read(arg, l.load_bias + p->p_vaddr, notes, p->p_memsz));
		elf_notes_find_buildid(notes, p->p_memsz, p->p_align,
				       &l.buildid);
	}
	*ret_loaded = l;
	l = (struct elf_loaded){0};
	return NULL;
}
