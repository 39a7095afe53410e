// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call-frame information of the new functions: .cfi_* directives → CIEs and
 * FDEs written as data, since .cfi_* itself would go to the .eh_frame of the
 * link (DWARF 4, 6.4; LSB "Exception Frames"). Private to src/diff.
 */
#ifndef DIFF_CFI_H
#define DIFF_CFI_H

#include "diff/bind.h"

struct cfi {
	struct buf cies, fdes; /* finished text */
	struct strmap cie_by_kind;
	unsigned int ncies, nlabels, nfdes;
	char **names;
	size_t nnames, cap_names;

	/* The FDE that is open. */
	bool open;
	bool signal;
	struct buf program;
	struct slice personality, lsda;
	int64_t offset;	     /* of the CFA from its register */
	int64_t saved[32];   /* .cfi_remember_state */
	unsigned int nsaved;
	unsigned int start, last; /* labels */
	size_t last_at;		  /* length of the code at `last` */
};

void cfi_deinit(struct cfi *c);

/*
 * Takes a .cfi_* statement; may append a label to `code`, where the
 * function's text is being written. ERR_FAILED for a directive that is not
 * known.
 */
struct error *cfi_add(struct cfi *c, struct binder *bd,
		      const struct asm_stmt *s, struct buf *code) MUST_CHECK;

#endif
