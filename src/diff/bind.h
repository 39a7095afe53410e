// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a reference in new code or data binds to, as the name to write (see
 * ARCHITECTURE.md, "What binds to what"). Private to src/diff.
 */
#ifndef DIFF_BIND_H
#define DIFF_BIND_H

#include "base/buf.h"
#include "diff/match.h"

enum bind_use {
	BIND_ADDRESS, /* its address is taken, or it is read or written */
	BIND_BRANCH,  /* call or jmp */
	BIND_SLOT,    /* through PLT or GOT */
};

struct binder {
	struct match *m;
	bool force_gotpcrel;
	unsigned int depth; /* of .set expressions */

	struct strmap constants; /* original's constants without references */
	struct buf got, tlsgd, tlsld, tlsdesc; /* text of the slots */
	struct buf externs;	      /* .weak/.hidden lines */
	struct strmap seen;	      /* names of slots and externs made */
	char **names;
	size_t nnames, cap_names;

	/* Data and functions of b that new code needs: to be emitted. */
	struct asm_atom **queue;
	size_t nqueue, cap_queue;
	struct asm_sym **comms; /* of b: new .comm variables */
	size_t ncomms, cap_comms;
};

void bind_begin(struct binder *bd, struct match *m, bool force_gotpcrel);
void bind_end(struct binder *bd);

/* Appends the name that stands for `name` of b. */
struct error *bind_name(struct binder *bd, struct slice name,
			enum bind_use use, uint32_t line, struct buf *out)
	MUST_CHECK;

/*
 * Appends a statement with its references bound. Where a reference must go
 * through a slot the statement may become two.
 */
struct error *bind_stmt(struct binder *bd, const struct asm_stmt *s,
			struct buf *out) MUST_CHECK;

/* Makes a slot of 8 bytes with the address of `name`; appends its name. */
struct error *bind_got(struct binder *bd, struct slice name, uint32_t line,
		       struct buf *out) MUST_CHECK;

#endif
