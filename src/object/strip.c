// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/strip.h"

#include <string.h>

#include "base/cleanup.h"
#include "object/fixup.h"
#include "object/model.h"

/* Flags in the patch of each kind of .kpatch section (kpatch.5). */
static uint64_t patch_flags(const char *name)
{
	if (!strcmp(name, ".kpatch.text"))
		return SHF_ALLOC | SHF_EXECINSTR;
	if (!strcmp(name, ".kpatch.data"))
		return SHF_ALLOC | SHF_WRITE;
	return SHF_ALLOC;
}

/* Moves the contents of an allocated section to .kpatch.linkNAME. */
static void make_stub(struct model *m, struct model_section *s)
{
	if (s->type != SHT_NOBITS) {
		_autofree_ char *name = xasprintf(KPATCH_LINK "%s", s->name);
		struct model_section *link = model_add_section(m, name);

		link->data = s->data;
		link->size = s->size;
		link->info = s;
		s->data = BUF_INIT;
	}
	s->type = SHT_NOBITS;
	s->info = NULL;
}

static struct error *take_kpatch(struct model *m, struct model_section *s)
{
	if (s->type == SHT_NOBITS) {
		/* .kpatch.bss of hand-made input: write its zeros down. */
		buf_reserve(&s->data, s->size);
		memset(s->data.data, 0, s->size);
		s->data.len = s->size;
		s->type = SHT_PROGBITS;
	}
	if (s->type != SHT_PROGBITS)
		return error_new(ERR_BADFILE, "%s: %s: unexpected section type",
				 m->name, s->name);
	s->flags = patch_flags(s->name);
	return NULL;
}

static bool has_contents(const struct model *m, const char *name)
{
	const struct model_section *s = model_section_named(m, name);

	return s && s->size;
}

static bool keep_all(const struct model_symbol *sym)
{
	(void)sym;
	return true;
}

static struct error *check_linked(const struct model *m)
{
	if (m->type != ET_EXEC && m->type != ET_DYN)
		return error_new(ERR_BADFILE,
				 "%s: not a linked executable or library",
				 m->name);
	return NULL;
}

static struct error *check_patch(const struct model *m)
{
	if (!has_contents(m, ".kpatch.info"))
		return error_new(ERR_NOTHING,
				 "%s: nothing changed: it has no .kpatch.info",
				 m->name);
	const struct model_section *info =
		model_section_named(m, ".kpatch.info");
	if (!info->nrelas)
		return error_new(ERR_BADFILE,
				 "%s: no relocations of .kpatch.info: it must "
				 "be linked with -Wl,-q",
				 m->name);
	return NULL;
}

static struct error *strip_model(struct model *m)
{
	/* Those added on the way need nothing done. */
	size_t n = m->nsections;
	for (size_t i = 0; i < n; i++) {
		struct model_section *s = m->sections[i];

		if (model_is_kpatch(s))
			TRY(take_kpatch(m, s));
		else if (s->flags & SHF_ALLOC)
			make_stub(m, s);
		else
			s->dropped = true;
	}
	model_drop_symbols(m, keep_all);
	return NULL;
}

struct error *kpatch_strip(const struct elf_image *linked,
			   struct buf *ret_bytes)
{
	_cleanup_(model_freep) struct model *m = NULL;

	TRY(model_load(linked, &m));
	TRY(check_linked(m));
	TRY(check_patch(m));
	TRY(strip_model(m));
	return model_write(m, ret_bytes);
}

/* By way of the stripped form, the only one that the comparison knows. */
struct error *kpatch_compare(const struct elf_image *original,
			     const struct elf_image *linked)
{
	_cleanup_(model_freep) struct model *m = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;
	_cleanup_(elf_image_closep) struct elf_image *stripped = NULL;

	TRY(model_load(linked, &m));
	TRY(check_linked(m));
	TRY(strip_model(m));
	TRY(model_write(m, &bytes));
	TRY(elf_image_open_bytes(linked->name, bytes.data, bytes.len,
				 &stripped));
	return fixup_compare(original, stripped);
}
