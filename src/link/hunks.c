// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * .kpatch.info to hunks. Addresses in it are relocations, read here before
 * any address is known: as section and offset.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "kpfile/info.h"
#include "link/internal.h"

/* A field of an entry as its relocation says it. */
struct place {
	const struct section *sec; /* NULL: no relocation */
	uint64_t off;
};

struct info_reader {
	struct linked *l;
	const struct section *info;
	const struct section *orig; /* NULL if there is none */
	size_t orig_used;
	Elf64_Rela *relocs; /* a copy, in the order of their offsets */
	size_t nrelocs;
	size_t next;
	size_t entry;
};

static struct error *bad_entry(const struct info_reader *r, const char *what)
{
	return error_new(ERR_BADFILE, ".kpatch.info entry %zu: %s", r->entry,
			 what);
}

/*
 * The relocation of the 8 bytes at `off`, if there is one. Relocations are
 * asked for in ascending order; one that stands elsewhere is an error.
 */
static struct error *read_place(struct info_reader *r, uint64_t off,
				struct place *ret)
{
	ret->sec = NULL;
	ret->off = 0;
	if (r->next == r->nrelocs || r->relocs[r->next].r_offset > off)
		return NULL;
	const Elf64_Rela *rel = &r->relocs[r->next++];
	uint32_t sym = ELF64_R_SYM(rel->r_info);

	if (rel->r_offset != off || ELF64_R_TYPE(rel->r_info) != R_X86_64_64)
		return bad_entry(r, "unexpected relocation");
	const struct section *sec = symbol_section(r->l, sym);
	if (!sec || sec->kind == SECTION_OTHER)
		return bad_entry(r, "refers to an undefined symbol");
	ret->sec = sec;
	ret->off = r->l->elf_symbols[sym].st_value + (uint64_t)rel->r_addend;
	if (ret->off > sec->sh->sh_size)
		return bad_entry(r, "refers to a place outside its section");
	return NULL;
}

static bool fits(const struct place *p, uint64_t len)
{
	return len <= p->sec->sh->sh_size - p->off;
}

static struct error *read_original(struct info_reader *r,
				   const struct place *p, uint64_t len,
				   struct link_hunk *h)
{
	if (!p->sec || p->sec->kind != SECTION_STUB ||
	    !(p->sec->sh->sh_flags & SHF_EXECINSTR) || len == 0 ||
	    !fits(p, len))
		return bad_entry(r, "the original function is not in the "
				    "original's code");
	h->orig_vaddr = p->sec->sh->sh_addr + p->off;
	h->orig_len = len;
	if (!r->orig || len > r->orig->sh->sh_size - r->orig_used)
		return bad_entry(r, "no original bytes in .kpatch.orig; run "
				    "kpatch_strip --rel-fixup");
	h->orig_bytes = r->orig->bytes + r->orig_used;
	r->orig_used += len;
	return NULL;
}

static struct error *read_new(struct info_reader *r, const struct place *p,
			      uint64_t len, struct link_hunk *h)
{
	if (h->range_only && !p->sec) {
		if (len)
			return bad_entry(r, "has a length, but no new function");
		return NULL;
	}
	if (!p->sec || p->sec->kind != SECTION_OWN ||
	    p->sec->part != (h->keep ? LINK_RW : LINK_RX) || len == 0 ||
	    !fits(p, len))
		return bad_entry(r, h->keep ? "the variable is not in the "
					      "patch's data"
					    : "the new function is not in the "
					      "patch's code");
	h->new_off = p->sec->off + p->off;
	h->new_len = len;
	return NULL;
}

static struct error *read_name(struct info_reader *r, const struct place *p,
			       struct link_hunk *h)
{
	if (!p->sec || !p->sec->bytes || p->sec->kind != SECTION_OWN ||
	    !fits(p, 1))
		return bad_entry(r, "has no name");
	const char *name = (const char *)p->sec->bytes + p->off;
	size_t room = p->sec->sh->sh_size - p->off;
	size_t len = strnlen(name, room);

	if (len == room || len == 0)
		return bad_entry(r, "has no name");
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return bad_entry(r, "control character in its name");
	}
	h->name = xstrndup(name, len);
	return NULL;
}

static struct error *read_entry(struct info_reader *r, struct link_hunk *h)
{
	struct kpatch_info e;
	struct place daddr, dlen, saddr, slen, name, flags;
	uint64_t off = r->entry * sizeof(e);

	memcpy(&e, r->info->bytes + off, sizeof(e));
	TRY(read_place(r, off + offsetof(struct kpatch_info, daddr), &daddr));
	TRY(read_place(r, off + offsetof(struct kpatch_info, dlen), &dlen));
	TRY(read_place(r, off + offsetof(struct kpatch_info, saddr), &saddr));
	TRY(read_place(r, off + offsetof(struct kpatch_info, slen), &slen));
	TRY(read_place(r, off + offsetof(struct kpatch_info, name), &name));
	TRY(read_place(r, off + offsetof(struct kpatch_info, flags), &flags));
	if (dlen.sec || slen.sec || flags.sec)
		return bad_entry(r, "a length or the flags have a relocation");
	uint32_t low = (uint32_t)e.flags;
	if (!kpatch_info_flags_valid(low))
		return bad_entry(r, "unknown flags");
	h->is_new = low & KPATCH_INFO_NEW;
	h->calls = low & KPATCH_INFO_CALLS;
	h->keep = low & KPATCH_INFO_KEEP;
	h->range_only = low & KPATCH_INFO_RANGE;
	h->padding = KPATCH_INFO_PADDING(e.flags);
	TRY(read_name(r, &name, h));
	if (h->is_new) {
		if (daddr.sec || e.dlen)
			return bad_entry(r, "a new function with an original");
	} else {
		TRY(read_original(r, &daddr, e.dlen, h));
	}
	return error_context(read_new(r, &saddr, e.slen, h), "%s", h->name);
}

static int by_address(const void *a, const void *b)
{
	const struct link_hunk *const *x = a, *const *y = b;

	if ((*x)->orig_vaddr != (*y)->orig_vaddr)
		return (*x)->orig_vaddr < (*y)->orig_vaddr ? -1 : 1;
	return 0;
}

static struct error *check_overlaps(const struct linked *l)
{
	_autofree_ const struct link_hunk **sorted =
		xcalloc(l->nhunks, sizeof(*sorted));
	size_t n = 0, calls = 0;

	for (size_t i = 0; i < l->nhunks; i++) {
		calls += l->hunks[i].calls != 0;
		if (!l->hunks[i].is_new)
			sorted[n++] = &l->hunks[i];
	}
	if (n == 0 && calls == 0)
		return error_new(ERR_BADFILE,
				 "the patch replaces no function");
	qsort(sorted, n, sizeof(*sorted), by_address);
	for (size_t i = 1; i < n; i++) {
		const struct link_hunk *a = sorted[i - 1], *b = sorted[i];

		if (b->orig_vaddr - a->orig_vaddr < a->orig_len + a->padding)
			return error_new(ERR_BADFILE,
					 "the original functions %s and %s "
					 "overlap", a->name, b->name);
	}
	return NULL;
}

static int by_offset(const void *a, const void *b)
{
	const Elf64_Rela *x = a, *y = b;

	if (x->r_offset != y->r_offset)
		return x->r_offset < y->r_offset ? -1 : 1;
	return 0;
}

static void sort_relocs(struct info_reader *r)
{
	size_t n;
	const Elf64_Rela *relocs = section_relocs(r->l, r->info, &n);

	r->relocs = xcalloc(n, sizeof(*relocs));
	for (size_t i = 0; i < n; i++) {
		if (ELF64_R_TYPE(relocs[i].r_info) != R_X86_64_NONE)
			r->relocs[r->nrelocs++] = relocs[i];
	}
	qsort(r->relocs, r->nrelocs, sizeof(*relocs), by_offset);
}

static struct error *read_entries(struct info_reader *r)
{
	struct linked *l = r->l;

	for (r->entry = 0; r->entry < l->nhunks; r->entry++)
		TRY(read_entry(r, &l->hunks[r->entry]));
	if (r->next != r->nrelocs)
		return error_new(ERR_BADFILE,
				 "two relocations in one place of .kpatch.info");
	if (r->orig && r->orig_used != r->orig->sh->sh_size)
		return error_new(ERR_BADFILE,
				 ".kpatch.orig has %" PRIu64 " bytes, the "
				 "functions have %zu",
				 (uint64_t)r->orig->sh->sh_size, r->orig_used);
	return NULL;
}

bool hunks_have_calls(const struct linked *l)
{
	const struct section *info = section_find(l, ".kpatch.info");
	struct kpatch_info e;

	for (size_t i = 0; info && info->bytes &&
			   (i + 1) * sizeof(e) <= info->sh->sh_size; i++) {
		memcpy(&e, info->bytes + i * sizeof(e), sizeof(e));
		if (e.flags & KPATCH_INFO_CALLS)
			return true;
	}
	return false;
}

struct error *hunks_load(struct linked *l)
{
	struct info_reader r = {
		.l = l,
		.info = section_find(l, ".kpatch.info"),
		.orig = section_find(l, ".kpatch.orig"),
	};

	if (!r.info || !r.info->bytes || r.info->sh->sh_size == 0 ||
	    r.info->sh->sh_size % sizeof(struct kpatch_info))
		return error_new(ERR_BADFILE,
				 "no .kpatch.info, or of a wrong size");
	if (r.orig && !r.orig->bytes)
		r.orig = NULL;
	l->nhunks = r.info->sh->sh_size / sizeof(struct kpatch_info);
	l->hunks = xcalloc(l->nhunks, sizeof(*l->hunks));
	sort_relocs(&r);
	struct error *err = read_entries(&r);
	free(r.relocs);
	return err ? err : check_overlaps(l);
}
