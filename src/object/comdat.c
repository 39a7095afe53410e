// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Templates and inline functions are compiled in each file that uses them, in
 * COMDAT groups, of which the linker keeps the first. Each such file brings an
 * entry for its copy; all are for the function that was kept. The new copies
 * are weak, so the linker has bound all entries to the first one as well: that
 * is the first entry's, whose length is the right one.
 */
#include <string.h>

#include "base/cleanup.h"
#include "kpfile/info.h"
#include "object/fixup.h"

/* What a field of an entry refers to. */
struct place {
	const struct model_section *section; /* NULL: nothing */
	uint64_t offset;
};

static struct place place_at(const struct model_section *info, uint64_t offset)
{
	for (size_t i = 0; i < info->nrelas; i++) {
		const struct model_rela *r = &info->relas[i];

		if (r->offset == offset && r->sym)
			return (struct place){
				r->sym->section,
				r->sym->value + (uint64_t)r->addend,
			};
	}
	return (struct place){0};
}

struct entry {
	struct place orig, replacement;
};

static bool same_place(const struct place *a, const struct place *b)
{
	return a->section == b->section && a->offset == b->offset;
}

static bool is_repeated(const struct entry *all, size_t i)
{
	for (size_t k = 0; all[i].orig.section && k < i; k++)
		if (same_place(&all[k].orig, &all[i].orig) &&
		    same_place(&all[k].replacement, &all[i].replacement))
			return true;
	return false;
}

static void remove_bytes(struct model_section *s, uint64_t at, uint64_t len)
{
	size_t kept = 0;

	memmove(s->data.data + at, s->data.data + at + len,
		s->data.len - at - len);
	s->data.len -= len;
	s->size = s->data.len;
	for (size_t i = 0; i < s->nrelas; i++) {
		struct model_rela r = s->relas[i];

		if (r.offset >= at && r.offset < at + len)
			continue;
		if (r.offset >= at + len)
			r.offset -= len;
		s->relas[kept++] = r;
	}
	s->nrelas = kept;
}

struct error *comdat_merge(struct fixup *f)
{
	struct model_section *info = model_section_named(f->m, ".kpatch.info");
	size_t n = info ? info->data.len / sizeof(struct kpatch_info) : 0;
	_autofree_ struct entry *all = xcalloc(n + 1, sizeof(*all));

	if (!info || info->data.len % sizeof(struct kpatch_info))
		return error_new(ERR_BADFILE, "%s: no valid .kpatch.info",
				 f->m->name);
	for (size_t i = 0; i < n; i++) {
		uint64_t at = i * sizeof(struct kpatch_info);

		all[i].orig = place_at(
			info, at + offsetof(struct kpatch_info, daddr));
		all[i].replacement = place_at(
			info, at + offsetof(struct kpatch_info, saddr));
	}
	for (size_t i = n; i-- > 0;)
		if (is_repeated(all, i))
			remove_bytes(info, i * sizeof(struct kpatch_info),
				     sizeof(struct kpatch_info));
	return NULL;
}
