// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the linked ELF with .kpatch.* sections to the patch object, in the
 * steps of kpatch_strip. Each takes a file's bytes and yields a file's bytes.
 */
#ifndef OBJECT_STRIP_H
#define OBJECT_STRIP_H

#include "base/buf.h"
#include "base/error.h"
#include "elf/elf_image.h"

/*
 * Contents of an allocated section NAME of the patched link, for the
 * comparison with the original: .kpatch.link + NAME, sh_info the stub NAME.
 */
#define KPATCH_LINK ".kpatch.link"

/*
 * Keeps the patch: .kpatch.* and their relocations, the symbols, and for each
 * allocated section a stub without contents. What kpatch_fixup() needs for its
 * comparison with the original stays in .kpatch.link* until then.
 * ERR_NOTHING if there is no .kpatch.text and no .kpatch.info: nothing changed.
 */
struct error *kpatch_strip(const struct elf_image *linked,
			   struct buf *ret_bytes) MUST_CHECK;

/*
 * Binds what the patch refers to, to the original's sections or as imports,
 * and proves that the rest of the patched link is the original (B2). ERR_FAILED
 * or ERR_BADFILE names what is in the way.
 */
struct error *kpatch_fixup(const struct elf_image *original,
			   const struct elf_image *patch,
			   struct buf *ret_bytes) MUST_CHECK;

/*
 * Proves that a link with -q but without a patch is the original (B2): ERR_OK.
 * What was built past kpatch_cc shows here: ERR_FAILED names what differs.
 */
struct error *kpatch_compare(const struct elf_image *original,
			     const struct elf_image *linked) MUST_CHECK;

/*
 * Makes it relocatable: addresses become offsets in sections. `original` may
 * be NULL; else the stubs must be its sections.
 */
struct error *kpatch_undo_link(const struct elf_image *original,
			       const struct elf_image *patch,
			       struct buf *ret_bytes) MUST_CHECK;

#endif
