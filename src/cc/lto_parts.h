// SPDX-License-Identifier: GPL-2.0-or-later
/* What the link (lto.c) and the assembler's place (lto_as.c) have in common. */
#ifndef CC_LTO_PARTS_H
#define CC_LTO_PARTS_H

#include <glob.h>

/* The environment of the link. */
#define CC_LTO_STAGE "KPATCH_LTO_STAGE" /* original, patched */
#define CC_LTO_BASE "KPATCH_LTO_BASE"	/* of the names of files */
#define CC_LTO_AS "KPATCH_LTO_AS"	/* the real assembler */
#define CC_LTO_TOOLS "KPATCH_LTO_TOOLS" /* the folder with kpatch_gensrc */

/* All BASE.ltransN.STAGE.s and BASE.lto.STAGE.s; to be freed by globfree(). */
void cc_lto_find(const char *base, const char *stage, glob_t *ret_paths);

#endif
