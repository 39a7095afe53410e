// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "kpfile/info.h"
#include "object/patch_object.h"

static struct error *bad_reloc(const struct patch_object *po,
			       const struct elf_section *target,
			       const Elf64_Rela *rela, const char *what)
{
	uint32_t type = (uint32_t)ELF64_R_TYPE(rela->r_info);
	const char *sym = "";

	if (ELF64_R_SYM(rela->r_info) < po->symtab.count)
		sym = po->symtab.syms[ELF64_R_SYM(rela->r_info)].name;
	return error_new(ERR_BADFILE,
			 "%s: %s+0x%llx: relocation %s (%u) by \"%s\": %s",
			 po->image->name, target->name,
			 (unsigned long long)rela->r_offset,
			 elf_reloc_name(type), type, sym, what);
}

/* What is undefined must have a name that can be looked up. */
static const char *check_symbol(const struct elf_symbol *sym)
{
	if (sym->section)
		return NULL;
	if (sym->shndx != SHN_UNDEF)
		return "an absolute or common symbol can't be bound";
	if (!sym->name[0] || sym->name[0] == '@')
		return "an import without a name";
	return NULL;
}

static struct error *check_rela(const struct patch_object *po,
				const struct elf_section *target,
				const Elf64_Rela *rela)
{
	uint32_t type = (uint32_t)ELF64_R_TYPE(rela->r_info);
	const struct elf_symbol *sym =
		&po->symtab.syms[ELF64_R_SYM(rela->r_info)];
	unsigned int width = patch_reloc_width(type);

	if (!width)
		return bad_reloc(po, target, rela, "of an unsupported type");
	if (!target->data || rela->r_offset > target->h.sh_size ||
	    width > target->h.sh_size - rela->r_offset)
		return bad_reloc(po, target, rela, "outside its section");
	if (ELF64_R_SYM(rela->r_info) == 0)
		return bad_reloc(po, target, rela, "without a symbol");
	const char *wrong = check_symbol(sym);
	if (wrong)
		return bad_reloc(po, target, rela, wrong);
	if (patch_reloc_is_tls(type) != (sym->type == STT_TLS))
		return bad_reloc(po, target, rela,
				 "thread-local and not at the same time");
	return NULL;
}

static struct error *check_relas(const struct patch_object *po)
{
	for (size_t i = 0; i < po->nrelas; i++) {
		const struct patch_relas *r = &po->relas[i];

		for (size_t k = 0; k < r->list.count; k++) {
			const Elf64_Rela *rela = &r->list.relas[k];

			TRY(check_rela(po, r->target, rela));
			if (k && rela[-1].r_offset == rela->r_offset)
				return bad_reloc(po, r->target, rela,
						 "the second of one field");
		}
	}
	return NULL;
}

static struct error *bad_func(const struct patch_object *po,
			      const struct patch_func *f, const char *what)
{
	return error_new(ERR_BADFILE, "%s: function %s: %s", po->image->name,
			 f->name, what);
}

static bool place_holds(const struct place *p, uint64_t len)
{
	return len <= p->section->h.sh_size - p->offset;
}

/* What stands in a stub is the original's; a stub holds no bytes. */
static bool is_stub(const struct elf_section *s)
{
	return s->h.sh_type == SHT_NOBITS && strncmp(s->name, ".kpatch.", 8);
}

static struct error *check_orig(const struct patch_object *po,
				const struct patch_func *f)
{
	uint64_t room = KPATCH_INFO_PADDING(f->flags);

	if (!is_stub(f->orig.section) ||
	    !(f->orig.section->h.sh_flags & SHF_EXECINSTR))
		return bad_func(po, f,
				"the original is not in an executable "
				"section of the patched object");
	if (f->orig_len <= UINT32_MAX)
		room += f->orig_len;
	if (f->orig_len > UINT32_MAX || !place_holds(&f->orig, room))
		return bad_func(po, f,
				"the original reaches over the end of "
				"its section");
	if (!(f->flags & KPATCH_INFO_RANGE) && room < KPATCH_JUMP_LEN)
		return error_new(ERR_BADFILE,
				 "%s: function %s: its %llu bytes and %u of "
				 "padding have no room for a jump of %d",
				 po->image->name, f->name,
				 (unsigned long long)f->orig_len,
				 KPATCH_INFO_PADDING(f->flags),
				 KPATCH_JUMP_LEN);
	return NULL;
}

static struct error *check_func(const struct patch_object *po,
				const struct patch_func *f)
{
	uint32_t kind = (uint32_t)f->flags;

	const char *place = kind & KPATCH_INFO_KEEP ? ".kpatch.data"
						    : ".kpatch.text";

	if (!kpatch_info_flags_valid(kind))
		return bad_func(po, f, "unknown flags");
	if (!f->name[0])
		return bad_func(po, f, "has no name");
	if (!f->orig.section != !!(kind & KPATCH_INFO_NEW))
		return bad_func(po, f,
				f->orig.section
					? "is new and yet replaces something"
					: "replaces nothing and is not new");
	if (!f->repl.section && !(kind & KPATCH_INFO_RANGE))
		return bad_func(po, f, "has no replacement");
	if (f->repl.section &&
	    (strcmp(f->repl.section->name, place) || f->repl_len == 0 ||
	     !place_holds(&f->repl, f->repl_len)))
		return bad_func(po, f, kind & KPATCH_INFO_KEEP
					? "the variable is not in .kpatch.data"
					: "its replacement is not in "
					  ".kpatch.text");
	return f->orig.section ? check_orig(po, f) : NULL;
}

static int compare_orig(const void *a, const void *b)
{
	const struct patch_func *fa = *(struct patch_func *const *)a;
	const struct patch_func *fb = *(struct patch_func *const *)b;
	uint64_t ia = fa->orig.section->index, ib = fb->orig.section->index;

	if (ia != ib)
		return ia < ib ? -1 : 1;
	if (fa->orig.offset != fb->orig.offset)
		return fa->orig.offset < fb->orig.offset ? -1 : 1;
	return 0;
}

/* The bytes that a hunk may write to. */
static uint64_t hunk_end(const struct patch_func *f)
{
	return f->orig.offset + f->orig_len + KPATCH_INFO_PADDING(f->flags);
}

static struct error *check_overlap(const struct patch_object *po,
				   const struct patch_func **sorted, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct patch_func *a = sorted[i - 1], *b = sorted[i];

		if (a->orig.section == b->orig.section &&
		    hunk_end(a) > b->orig.offset)
			return error_new(ERR_BADFILE,
					 "%s: functions %s and %s replace the "
					 "same bytes (%s+0x%llx)",
					 po->image->name, a->name, b->name,
					 b->orig.section->name,
					 (unsigned long long)b->orig.offset);
	}
	return NULL;
}

/* .kpatch.orig has the bytes of each original, in order. */
static struct error *check_orig_bytes(const struct patch_object *po,
				      uint64_t total)
{
	const struct elf_section *s =
		elf_section_named(po->image, ".kpatch.orig");
	uint64_t have = s && s->data ? s->h.sh_size : 0;

	if (have != total)
		return error_new(ERR_BADFILE,
				 "%s: .kpatch.orig has %llu bytes, the "
				 "originals have %llu; run kpatch_strip "
				 "--rel-fixup first",
				 po->image->name, (unsigned long long)have,
				 (unsigned long long)total);
	return NULL;
}

static struct error *check_funcs(const struct patch_object *po)
{
	_autofree_ const struct patch_func **sorted =
		xcalloc(po->nfuncs, sizeof(struct patch_func *));
	uint64_t total = 0;
	size_t n = 0;

	for (size_t i = 0; i < po->nfuncs; i++) {
		const struct patch_func *f = &po->funcs[i];

		TRY(check_func(po, f));
		if (!f->orig.section)
			continue;
		sorted[n++] = f;
		total += f->orig_len;
	}
	qsort(sorted, n, sizeof(sorted[0]), compare_orig);
	TRY(check_overlap(po, sorted, n));
	return check_orig_bytes(po, total);
}

struct error *patch_object_check(const struct patch_object *po)
{
	TRY(check_relas(po));
	return check_funcs(po);
}
