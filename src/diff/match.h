// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which function, variable and label of the original corresponds to which of
 * the patched file, and which functions differ. Private to src/diff.
 *
 * Nothing is compared by the number or the order of labels: a code label is
 * its position in its function, a constant its bytes, a numbered name
 * (`count.3`, `f.isra.0`) what its users use it for.
 */
#ifndef DIFF_MATCH_H
#define DIFF_MATCH_H

#include "asm/asm.h"

/* A function with its .cold part; both are replaced together. */
struct func {
	struct asm_atom *main;
	struct asm_atom *cold; /* or NULL */
	struct func *pair;     /* in the other file */
	bool changed;	       /* in b: differs from its pair */
	bool emitted;
};

struct match {
	struct asm_file *a, *b;
	struct func **afuncs, **bfuncs;
	size_t na, nb;
	unsigned int depth; /* of the comparison: hostile input is refused */

	/* Data found equal while other data that refers to it, or that it
	   refers to in a circle, was still being compared. */
	unsigned int comparing;
	struct asm_atom **tentative;
	size_t ntentative, cap_tentative;

	/* Pairs made during a comparison, undone if it fails (number.c). */
	bool supposing;
	struct asm_sym **supposed;
	size_t nsupposed, cap_supposed;
};

struct error *match_files(struct asm_file *a, struct asm_file *b,
			  struct match *ret_match) MUST_CHECK;
void match_deinit(struct match *m);

/* Name without a trailing ".DIGITS", or all of it. */
struct slice match_base(struct slice name);

/* Is anything but labels and references known of the symbol in its file? */
static inline bool sym_defined(const struct asm_sym *s)
{
	return s && (s->atom || s->comm.p || s->set.p);
}

static inline bool sym_is_data(const struct asm_sym *s)
{
	return s->comm.p || (s->atom && !s->atom->function);
}

/* Constant after start-up: its content may be duplicated. */
static inline bool sym_is_const(const struct asm_sym *s)
{
	return s->atom && (s->atom->section->kind == SEC_RODATA ||
			   s->atom->section->kind == SEC_RELRO ||
			   s->atom->section->kind == SEC_LSDA);
}

#endif
