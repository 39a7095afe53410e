// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/cleanup.h"
#include "object/model.h"
#include "object/patch_object.h"
#include "object/strip.h"

static struct error *check_stub(const struct model *m,
				const struct model_section *stub,
				const struct elf_image *original)
{
	for (size_t i = 1; i < original->nsections; i++) {
		const struct elf_section *s = &original->sections[i];

		if ((s->h.sh_flags & SHF_ALLOC) &&
		    !strcmp(s->name, stub->name) &&
		    s->h.sh_addr == stub->addr && s->h.sh_size == stub->size)
			return NULL;
	}
	return error_new(ERR_FAILED,
			 "%s: was not fixed up for %s: that has no section %s "
			 "of 0x%llx bytes at 0x%llx",
			 m->name, original->name, stub->name,
			 (unsigned long long)stub->size,
			 (unsigned long long)stub->addr);
}

/* strip keeps the place of what it can't interpret: drop it. */
static bool is_dead(const struct model_section *s)
{
	return !model_is_kpatch(s) &&
	       (!(s->flags & SHF_ALLOC) || s->type != SHT_NOBITS);
}

static void drop_none(struct model_section *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nrelas; i++) {
		if (s->relas[i].type != R_X86_64_NONE)
			s->relas[kept++] = s->relas[i];
	}
	s->nrelas = kept;
}

static bool keep_all(const struct model_symbol *sym)
{
	(void)sym;
	return true;
}

static struct error *check_result(const char *name, const struct buf *bytes)
{
	_cleanup_(patch_object_freep) struct patch_object *po = NULL;

	TRY(patch_object_read(name, bytes->data, bytes->len, &po));
	return patch_object_check(po);
}

struct error *kpatch_undo_link(const struct elf_image *original,
			       const struct elf_image *patch,
			       struct buf *ret_bytes)
{
	_cleanup_(model_freep) struct model *m = NULL;
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;

	TRY(model_load(patch, &m));
	if (!model_section_named(m, ".kpatch.orig"))
		return error_new(ERR_BADFILE,
				 "%s: run kpatch_strip --rel-fixup first",
				 m->name);
	for (size_t i = 0; i < m->nsections; i++) {
		struct model_section *s = m->sections[i];

		drop_none(s);
		s->dropped = is_dead(s);
		if (s->dropped)
			continue;
		if (model_is_kpatch(s)) {
			s->addr = 0;
			continue;
		}
		s->nrelas = 0;
		if (original)
			TRY(check_stub(m, s, original));
	}
	model_drop_symbols(m, keep_all);
	m->type = ET_REL;
	TRY(model_write(m, &bytes));
	TRY(check_result(m->name, &bytes));
	*ret_bytes = bytes;
	bytes = BUF_INIT;
	return NULL;
}
