// SPDX-License-Identifier: GPL-2.0-or-later
/* What the parts of kpatch_fixup() share: fixup.c, names.c, bind.c, ... */
#ifndef OBJECT_FIXUP_H
#define OBJECT_FIXUP_H

#include "base/strmap.h"
#include "elf/elf_image.h"
#include "object/model.h"

struct fixup {
	struct model *m; /* the patch */
	const struct elf_image *orig;
	struct elf_symtab orig_symtab, orig_dynsym;
	bool is_library;
	bool symbolic;           /* binds its own symbols itself (-Bsymbolic) */
	bool symbolic_functions; /* -Bsymbolic-functions: only functions */
	bool can_import;         /* there is a dynamic linker */
	bool allocated;          /* hand-made input: the .kpatch sections have
				    addresses in the link */
	bool moved;         /* some section is elsewhere than in the original */
	uint64_t tls_start; /* address of the TLS block in the link */

	struct strmap globals;       /* NAME -> struct model_symbol, original */
	struct strmap patch_globals; /* NAME.kpatch -> struct model_symbol */
	struct strmap dyn_imports;   /* NAME -> struct elf_symbol, .dynsym */
	struct strmap dyn_exports;
	struct strmap imports; /* NAME[@VERSION] -> struct model_symbol, new */
};

static inline bool model_is_stub(const struct model_section *s)
{
	return (s->flags & SHF_ALLOC) && !model_is_kpatch(s);
}

/*
 * fixup.c: the part of kpatch_fixup() that compares; `stripped` is of
 * kpatch_strip(), or the same without a patch.
 */
struct error *fixup_compare(const struct elf_image *original,
			    const struct elf_image *stripped) MUST_CHECK;

/* names.c */

/* The part of a symbol's name before its version. */
size_t base_name_len(const char *name);

/* Fills the maps of `f`. */
void names_index(struct fixup *f);

/*
 * The static ifunc of this name, NULL if there is none or more than one: ld
 * aborts at a relocation of a non-allocated section by an ifunc, so
 * kpatch_gensrc names those of the same file NAME.kpatch_ext as well.
 */
struct model_symbol *names_local_ifunc(const struct fixup *f, const char *name);

/* The function of the patch that holds this offset, or the section's name. */
const char *names_function_at(const struct fixup *f,
			      const struct model_section *s, uint64_t offset);

/*
 * The import of NAME, made if it is new. `version` may be NULL. `thread_local`
 * tells its type.
 */
struct model_symbol *names_import(struct fixup *f, const char *name,
				  const char *version, bool thread_local);

/* bind.c: binds every relocation of the patch. */
struct error *bind_all(struct fixup *f) MUST_CHECK;

/* tlsdesc.c: .kpatch.tlsdesc, after bind_all(). */
struct error *tlsdesc_bind(struct fixup *f) MUST_CHECK;

/* ifunc.c: the PLT entry for the ifunc whose resolver is at `resolver`. */
bool ifunc_find_plt(const struct elf_image *orig, uint64_t resolver,
		    const struct elf_section **ret_section,
		    uint64_t *ret_offset);

/*
 * comdat.c: of entries of .kpatch.info for one function, which come from
 * several files (templates, inline functions), the first is left.
 */
struct error *comdat_merge(struct fixup *f) MUST_CHECK;

/* hunks.c: padding in .kpatch.info, and .kpatch.orig. */
struct error *hunks_fill(struct fixup *f) MUST_CHECK;

/* verify.c: the rest of the link is the original (invariant B2). */
struct error *verify_link(struct fixup *f) MUST_CHECK;

/* The contents of a stub in the link, which kpatch_strip() set aside; NULL if
   it had none. */
const struct model_section *verify_contents(const struct fixup *f,
					    const struct model_section *stub);

#endif
