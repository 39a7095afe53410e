// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/patch_object.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "kpfile/info.h"

void patch_object_free(struct patch_object *po)
{
	if (!po)
		return;
	for (size_t i = 0; i < po->nrelas; i++)
		elf_relas_deinit(&po->relas[i].list);
	free(po->relas);
	free(po->funcs);
	elf_symtab_deinit(&po->symtab);
	elf_image_close(po->image);
	free(po);
}

void patch_object_freep(struct patch_object **po)
{
	patch_object_free(*po);
}

static bool is_kpatch(const struct elf_section *s)
{
	return !strncmp(s->name, ".kpatch.", 8);
}

static int compare_offsets(const void *a, const void *b)
{
	const Elf64_Rela *ra = a, *rb = b;

	return (ra->r_offset > rb->r_offset) - (ra->r_offset < rb->r_offset);
}

static struct error *read_tables(struct patch_object *po)
{
	const struct elf_image *image = po->image;
	size_t cap = 0;

	for (size_t i = 1; i < image->nsections; i++) {
		const struct elf_section *s = &image->sections[i];
		struct patch_relas *r;

		if (s->h.sh_type == SHT_REL)
			return error_new(ERR_BADFILE,
					 "%s: %s: relocations without addends",
					 image->name, s->name);
		if (s->h.sh_type != SHT_RELA)
			continue;
		if (s->h.sh_info >= image->nsections ||
		    !is_kpatch(&image->sections[s->h.sh_info]))
			return error_new(ERR_BADFILE,
					 "%s: %s: relocations of a section "
					 "that is not of the patch",
					 image->name, s->name);
		for (size_t k = 0; k < po->nrelas; k++) {
			if (po->relas[k].target->index == s->h.sh_info)
				return error_new(ERR_BADFILE,
						 "%s: %s: a second table of "
						 "relocations for %s",
						 image->name, s->name,
						 po->relas[k].target->name);
		}
		VEC_GROW(po->relas, po->nrelas, cap);
		r = &po->relas[po->nrelas];
		*r = (struct patch_relas){
			.target = &image->sections[s->h.sh_info]};
		TRY(elf_relas_read(image, s, po->symtab.count, &r->list));
		qsort(r->list.relas, r->list.count, sizeof(Elf64_Rela),
		      compare_offsets);
		po->nrelas++;
	}
	return NULL;
}

/* The relocation of the 64-bit word at `off`; NULL if it has none. */
static const Elf64_Rela *rela_at(const struct patch_object *po,
				 const struct elf_section *s, uint64_t off)
{
	const Elf64_Rela key = {.r_offset = off};

	for (size_t i = 0; i < po->nrelas; i++) {
		const struct elf_relas *list = &po->relas[i].list;

		if (po->relas[i].target == s)
			return bsearch(&key, list->relas, list->count,
				       sizeof(key), compare_offsets);
	}
	return NULL;
}

/* Where a 64-bit pointer in .kpatch.info leads; nowhere if it is 0. */
static struct error *read_pointer(const struct patch_object *po,
				  const struct elf_section *info, uint64_t off,
				  struct place *ret_place)
{
	const Elf64_Rela *rela = rela_at(po, info, off);
	uint64_t plain;

	if (!rela) {
		memcpy(&plain, info->data + off, sizeof(plain));
		if (plain)
			goto bad;
		*ret_place = (struct place){0};
		return NULL;
	}
	const struct elf_symbol *sym =
		&po->symtab.syms[ELF64_R_SYM(rela->r_info)];
	uint64_t offset = sym->value + (uint64_t)rela->r_addend;
	if (ELF64_R_TYPE(rela->r_info) != R_X86_64_64 || !sym->section ||
	    offset > sym->section->h.sh_size)
		goto bad;
	*ret_place = (struct place){sym->section, offset};
	return NULL;
bad:
	return error_new(ERR_BADFILE,
			 "%s: .kpatch.info: the pointer at 0x%llx leads "
			 "nowhere",
			 po->image->name, (unsigned long long)off);
}

static struct error *read_name(const struct patch_object *po,
			       const struct elf_section *info, uint64_t off,
			       const char **ret_name)
{
	struct place p;

	TRY(read_pointer(po, info, off, &p));
	if (!p.section || !p.section->data ||
	    strcmp(p.section->name, ".kpatch.strtab") ||
	    !memchr(p.section->data + p.offset, 0,
		    p.section->h.sh_size - p.offset))
		return error_new(ERR_BADFILE,
				 "%s: .kpatch.info: the name at 0x%llx is not "
				 "in .kpatch.strtab",
				 po->image->name, (unsigned long long)off);
	*ret_name = (const char *)p.section->data + p.offset;
	return NULL;
}

static struct error *read_func(const struct patch_object *po,
			       const struct elf_section *info, uint64_t off,
			       struct patch_func *f)
{
	struct kpatch_info raw;

	memcpy(&raw, info->data + off, sizeof(raw));
	f->orig_len = raw.dlen;
	f->repl_len = raw.slen;
	f->flags = raw.flags;
#define FIELD(f) (off + offsetof(struct kpatch_info, f))
	TRY(read_pointer(po, info, FIELD(daddr), &f->orig));
	TRY(read_pointer(po, info, FIELD(saddr), &f->repl));
	return read_name(po, info, FIELD(name), &f->name);
#undef FIELD
}

static struct error *read_funcs(struct patch_object *po)
{
	const struct elf_section *info =
		elf_section_named(po->image, ".kpatch.info");

	if (!info || !info->data || info->h.sh_size == 0)
		return error_new(ERR_BADFILE,
				 "%s: no .kpatch.info: it is no patch object",
				 po->image->name);
	if (info->h.sh_size % sizeof(struct kpatch_info))
		return error_new(ERR_BADFILE,
				 "%s: .kpatch.info: %llu bytes are no multiple "
				 "of %zu",
				 po->image->name,
				 (unsigned long long)info->h.sh_size,
				 sizeof(struct kpatch_info));
	po->nfuncs = info->h.sh_size / sizeof(struct kpatch_info);
	po->funcs = xcalloc(po->nfuncs, sizeof(*po->funcs));
	for (size_t i = 0; i < po->nfuncs; i++)
		TRY(read_func(po, info, i * sizeof(struct kpatch_info),
			      &po->funcs[i]));
	return NULL;
}

struct error *patch_object_read(const char *name, const void *bytes, size_t len,
				struct patch_object **ret_object)
{
	_cleanup_(patch_object_freep) struct patch_object *po =
		xcalloc(1, sizeof(*po));

	TRY(elf_image_open_bytes(name, bytes, len, &po->image));
	if (po->image->ehdr.e_type != ET_REL)
		return error_new(ERR_BADFILE,
				 "%s: not a relocatable object; run "
				 "kpatch_strip --undo-link first",
				 name);
	TRY(elf_symtab_read(po->image, SHT_SYMTAB, &po->symtab));
	TRY(read_tables(po));
	TRY(read_funcs(po));
	*ret_object = TAKE(po);
	return NULL;
}
