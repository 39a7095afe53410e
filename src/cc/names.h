// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of what a compilation leaves, and of what we leave beside it. For the
 * object DIR/foo.o that is DIR/.kpatch_foo.original.s and .patched.s; when
 * sources are linked at once to DIR/prog, DIR/.kpatch_prog-foo.c.original.s.
 */
#ifndef CC_NAMES_H
#define CC_NAMES_H

#include "cc/cmdline.h"

/* All strings are owned. */
struct cc_names {
	char *product;   /* the object, or for CC_BUILD the linked file */
	char *object;    /* the object; for CC_BUILD a temporary one */
	char *captured;  /* where -S writes, the same in both stages */
	char *original;  /* .kpatch_NAME.original.s */
	char *patched;   /* .kpatch_NAME.patched.s */
	char *augmented; /* what kpatch_gensrc writes */
	char *included;  /* .kpatch_NAME.deps: what the compilation read */
	char *dates;     /* .kpatch_NAME.dates: of the original's, with -flto */
	char *deps;      /* where the compiler writes -MD's file by itself */
	char *dumpdir;   /* what gcc's driver passes as -dumpdir ... */
	char *dumpbase;  /* ... and -dumpbase ... */
	char *dumpext;   /* ... and -dumpbase-ext */
};

/* The names for the source number `source` of `c`. */
void cc_names_init(struct cc_names *names, const struct cc_command *c,
		   size_t source);

/* DIR/.kpatch_NAME of a linked file; the caller frees it. */
char *cc_names_base(const char *product);

void cc_names_deinit(struct cc_names *names);

#endif
