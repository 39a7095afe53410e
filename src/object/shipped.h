// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is a rebuilt program the one that was shipped (invariant B1)? Only then is a
 * patch for the one a patch for the other.
 */
#ifndef OBJECT_SHIPPED_H
#define OBJECT_SHIPPED_H

#include "base/buf.h"
#include "elf/elf_image.h"

/*
 * Compares the allocated sections of both; where they aren't equal byte for
 * byte, functions and variables one by one, with what they refer to.
 * `debug`: the separate debug file of `shipped`, may be NULL. `report` is what
 * was compared and each difference, a line each, whatever is returned.
 * ERR_FAILED: they differ.
 */
struct error *shipped_verify(const struct elf_image *built,
			     const struct elf_image *shipped,
			     const struct elf_image *debug,
			     struct buf *report) MUST_CHECK;

#endif
