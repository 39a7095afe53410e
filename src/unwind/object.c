// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call-frame information of what is mapped, from the patient's memory.
 *
 * libdw wants an ELF file. It is given one that consists of headers and the
 * bytes from .eh_frame_hdr (found by PT_GNU_EH_FRAME of the program headers
 * in memory) to the end of .eh_frame's segment, at run-time addresses: so
 * the same way works for the vDSO, for deleted files and without section
 * headers, and a big text is not copied.
 */
#include "unwind/priv.h"

#include <elf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { PAGE = 4096, PHDRS_MAX = 256 };

#define TABLES_MAX ((uint64_t)1 << 28) /* largest .eh_frame that we copy */

static void object_destroy(struct object *o)
{
	if (o->cfi)
		dwarf_cfi_end(o->cfi);
	if (o->elf)
		elf_end(o->elf);
	free(o->image);
	free(o);
}

void objects_deinit(struct objects *o)
{
	for (size_t i = 0; i < o->count; i++)
		object_destroy(o->all[i]);
	free(o->all);
	*o = (struct objects){0};
}

/* ---- an ELF image for libdw ---- */

struct image_header {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;
};

/* `hdr`: where .eh_frame_hdr is; [window, +len): the bytes, copied behind. */
static void fill_header(struct image_header *h, uint64_t window, size_t len,
			uint64_t hdr)
{
	*h = (struct image_header){
		.ehdr =
			{
				.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
					    ELFCLASS64, ELFDATA2LSB,
					    EV_CURRENT},
				.e_type = ET_DYN,
				.e_machine = EM_X86_64,
				.e_version = EV_CURRENT,
				.e_phoff = offsetof(struct image_header, phdr),
				.e_ehsize = sizeof(Elf64_Ehdr),
				.e_phentsize = sizeof(Elf64_Phdr),
				.e_phnum = 1,
			},
		.phdr =
			{
				.p_type = PT_GNU_EH_FRAME,
				.p_flags = PF_R,
				.p_offset = sizeof(*h) + (hdr - window),
				.p_vaddr = hdr,
				.p_filesz = len - (hdr - window),
				.p_memsz = len - (hdr - window),
				.p_align = 4,
			},
	};
}

/* Takes `o->image`, which begins with room for the header. */
static void open_cfi(struct object *o, uint64_t window, size_t len,
		     uint64_t hdr)
{
	fill_header((struct image_header *)o->image, window, len, hdr);
	elf_version(EV_CURRENT);
	o->elf =
		elf_memory((char *)o->image, sizeof(struct image_header) + len);
	o->cfi = o->elf ? dwarf_getcfi_elf(o->elf) : NULL;
	if (!o->cfi)
		o->why = "an object's unwind table cannot be read";
}

/* `eh_frame` is copied; behind it comes a zero length, its terminator. */
static void open_eh_frame(struct object *o, uint64_t addr, const void *eh_frame,
			  size_t len)
{
	/*
	 * An .eh_frame_hdr: version 1, absolute pointer (DW_EH_PE_absptr),
	 * count and table omitted; the pointer.
	 */
	static const uint8_t start[4] = {1, 0x00, 0xff, 0xff};
	enum { HDR_SIZE = 16 };
	size_t window = HDR_SIZE + len + sizeof(uint64_t);
	uint8_t *hdr;

	if (!eh_frame_is_tame(eh_frame, len, NULL, 0, 0)) {
		o->why = "an object's unwind table is malformed";
		return;
	}
	o->image = xcalloc(1, sizeof(struct image_header) + window);
	hdr = o->image + sizeof(struct image_header);
	memcpy(hdr, start, sizeof(start));
	memcpy(hdr + 4, &addr, sizeof(addr));
	memcpy(hdr + HDR_SIZE, eh_frame, len);
	open_cfi(o, addr - HDR_SIZE, window, addr - HDR_SIZE);
}

struct object *object_from_eh_frame(uint64_t lo, uint64_t hi, uint64_t addr,
				    const void *eh_frame, size_t len)
{
	struct object *o = xcalloc(1, sizeof(*o));

	o->lo = lo;
	o->hi = hi;
	open_eh_frame(o, addr, eh_frame, len);
	return o;
}

/* ---- from memory ---- */

struct headers {
	Elf64_Phdr phdrs[PHDRS_MAX];
	size_t count;
	uint64_t bias;
};

static const Elf64_Phdr *segment_of(const struct headers *h, uint64_t vaddr)
{
	for (size_t i = 0; i < h->count; i++) {
		const Elf64_Phdr *p = &h->phdrs[i];

		if (p->p_type == PT_LOAD && vaddr >= p->p_vaddr &&
		    vaddr - p->p_vaddr < p->p_filesz)
			return p;
	}
	return NULL;
}

/* The headers of an ELF file whose first page is mapped at `start`. */
static bool read_headers(struct target *t, uint64_t start, struct headers *h)
{
	Elf64_Ehdr e;
	size_t len;

	if (target_read_partial(t, start, &e, sizeof(e)) != sizeof(e) ||
	    memcmp(e.e_ident, ELFMAG, SELFMAG) ||
	    e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_machine != EM_X86_64 ||
	    e.e_phentsize != sizeof(*h->phdrs) || e.e_phnum > PHDRS_MAX)
		return false;
	h->count = e.e_phnum;
	len = h->count * sizeof(*h->phdrs);
	if (target_read_partial(t, start + e.e_phoff, h->phdrs, len) != len)
		return false;
	for (size_t i = 0; i < h->count; i++)
		if (h->phdrs[i].p_type == PT_LOAD && !h->phdrs[i].p_offset) {
			h->bias = start -
				  (h->phdrs[i].p_vaddr & ~(uint64_t)(PAGE - 1));
			return true;
		}
	return false;
}

static bool same_file(const struct map *a, const struct map *b)
{
	return a->inode == b->inode && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor && !strcmp(a->path, b->path);
}

/* Headers of the object that has `pc` in the mapping `text`. */
static bool find_headers(struct target *t, const struct map *text, uint64_t pc,
			 struct headers *h)
{
	if (!text->inode && strcmp(text->path, "[vdso]"))
		return false; /* anonymous: of no file */
	for (size_t i = (size_t)(text - t->maps.all) + 1; i-- > 0;) {
		const struct map *m = &t->maps.all[i];

		if (same_file(m, text) && !m->offset &&
		    read_headers(t, m->start, h) && segment_of(h, pc - h->bias))
			return true;
	}
	return false;
}

/* Where .eh_frame is, from .eh_frame_hdr at `addr`; 0 if not understood. */
static uint64_t find_eh_frame(struct target *t, uint64_t addr)
{
	enum { SDATA4_PCREL = 0x1b };
	uint8_t hdr[4];
	int32_t distance;

	if (target_read_partial(t, addr, hdr, 4) != 4 || hdr[0] != 1 ||
	    hdr[1] != SDATA4_PCREL ||
	    target_read_partial(t, addr + 4, &distance, 4) != 4)
		return 0;
	return addr + 4 + (uint64_t)(int64_t)distance;
}

static bool tables_are_tame(const uint8_t *bytes, uint64_t window, size_t len,
			    uint64_t hdr, uint64_t eh_frame)
{
	size_t hdr_at = hdr - window, frame_at = eh_frame - window;

	return eh_frame_is_tame(bytes + frame_at, len - frame_at,
				bytes + hdr_at, len - hdr_at,
				(int64_t)(eh_frame - hdr));
}

/* [window, end) has both tables. */
static void copy_tables(struct object *o, struct target *t, uint64_t window,
			uint64_t end, uint64_t hdr, uint64_t eh_frame)
{
	size_t len = end - window;

	if (end <= window || len > TABLES_MAX) {
		o->why = "an object's unwind table is malformed";
		return;
	}
	o->image = xcalloc(1, sizeof(struct image_header) + len);
	if (target_read_partial(t, window,
				o->image + sizeof(struct image_header),
				len) != len) {
		o->why = "an object's unwind table is not in memory";
		return;
	}
	if (!tables_are_tame(o->image + sizeof(struct image_header), window,
			     len, hdr, eh_frame)) {
		o->why = "an object's unwind table is malformed";
		return;
	}
	open_cfi(o, window, len, hdr);
}

static void load_by_header(struct object *o, struct target *t,
			   const struct headers *h, const Elf64_Phdr *p)
{
	uint64_t hdr = h->bias + p->p_vaddr, eh_frame = find_eh_frame(t, hdr);
	const Elf64_Phdr *load = segment_of(h, eh_frame - h->bias);

	if (!eh_frame || !load || load != segment_of(h, p->p_vaddr)) {
		o->why = "an object's unwind table is malformed";
		return;
	}
	copy_tables(o, t, hdr < eh_frame ? hdr : eh_frame,
		    h->bias + load->p_vaddr + load->p_filesz, hdr, eh_frame);
}

static void load_by_scan(struct object *o, struct target *t,
			 const struct headers *h, const Elf64_Phdr *load)
{
	_autofree_ uint8_t *bytes = NULL;
	uint64_t addr = h->bias + load->p_vaddr;
	size_t at, len;

	if (load->p_filesz > TABLES_MAX || addr % 4)
		return;
	bytes = xmalloc(load->p_filesz + 1);
	if (target_read_partial(t, addr, bytes, load->p_filesz) ==
		    load->p_filesz &&
	    scan_eh_frame(bytes, load->p_filesz, &at, &len))
		open_eh_frame(o, addr + at, bytes + at, len);
}

static void load_cfi(struct object *o, struct target *t,
		     const struct headers *h)
{
	o->why = "an object has no unwind table";
	for (size_t i = 0; i < h->count; i++)
		if (h->phdrs[i].p_type == PT_GNU_EH_FRAME) {
			load_by_header(o, t, h, &h->phdrs[i]);
			return;
		}
	for (size_t i = 0; i < h->count && !o->cfi; i++)
		if (h->phdrs[i].p_type == PT_LOAD &&
		    !(h->phdrs[i].p_flags & PF_W))
			load_by_scan(o, t, h, &h->phdrs[i]);
}

static struct object *build(struct target *t, const struct map *text,
			    uint64_t pc)
{
	struct object *o = xcalloc(1, sizeof(*o));
	_autofree_ struct headers *h = xcalloc(1, sizeof(*h));

	o->lo = text->start;
	o->hi = text->end;
	o->identity = *text;
	o->identity.path = NULL;
	if (find_headers(t, text, pc, h))
		load_cfi(o, t, h);
	else
		o->why = "code that belongs to no ELF file";
	return o;
}

static bool is_current(const struct object *o, const struct map *m)
{
	const struct map *i = &o->identity;

	return i->start == m->start && i->end == m->end &&
	       i->offset == m->offset && i->inode == m->inode &&
	       i->dev_major == m->dev_major && i->dev_minor == m->dev_minor;
}

static struct object *find(struct objects *o, uint64_t pc)
{
	for (size_t i = 0; i < o->count; i++)
		if (pc >= o->all[i]->lo && pc < o->all[i]->hi)
			return o->all[i];
	return NULL;
}

const struct object *object_at(struct target *t, struct objects *regions,
			       struct objects *mapped, uint64_t pc)
{
	static const struct object nowhere = {
		.why = "an address that isn't code"};
	const struct map *m;
	struct object *o = find(regions, pc);

	if (o)
		return o;
	m = maps_find(&t->maps, pc);
	if (!m || !(m->prot & MAP_X))
		return &nowhere;
	for (size_t i = 0; i < mapped->count; i++)
		if (is_current(mapped->all[i], m))
			return mapped->all[i];
	o = build(t, m, pc);
	VEC_GROW(mapped->all, mapped->count, mapped->cap);
	mapped->all[mapped->count++] = o;
	return o;
}
