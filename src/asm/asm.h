// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GNU assembler text as gcc and clang emit it → statements, sections, symbols
 * and atoms.
 *
 * An *atom* is what a symbol's label starts in a section: a function, a
 * variable, a constant, a jump table. Its statements need not be contiguous
 * in the file (a jump table stands in the middle of its function): they are
 * those that go to its section until the next atom of that section starts.
 * Local labels inside a function belong to the function.
 *
 * Everything is a slice of `text`, which the file owns.
 */
#ifndef ASM_ASM_H
#define ASM_ASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "asm/token.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/strmap.h"

enum asm_kind {
	ASM_LABEL,
	ASM_INSN,
	ASM_DATA,   /* .long, .string, .zero …: emits bytes */
	ASM_ALIGN,  /* .p2align, .align, .balign */
	ASM_CFI,
	ASM_OPAQUE, /* anything else that may matter: .macro, .rept, … */
	ASM_NOTE,   /* .loc and the like: no bytes, never compared */
};

struct asm_stmt {
	struct slice text; /* trimmed, without comment; labels without ':' */
	uint32_t line;
	uint32_t line_end; /* offset in `text` just behind the line */
	uint32_t source_line; /* of the last .loc before it, or 0 */
	uint8_t kind;
	bool plain; /* an instruction that names no symbol */
	uint16_t head; /* length of mnemonic (with prefixes) or directive */
};

enum asm_section_kind {
	SEC_TEXT,
	SEC_RODATA,
	SEC_RELRO, /* read-only after relocation */
	SEC_DATA,
	SEC_BSS,
	SEC_TLS,
	SEC_INIT, /* constructors and destructors */
	SEC_LSDA,
	SEC_NOTE, /* not allocated, or of no effect at run time */
	SEC_MARKS, /* .libcare.*: names that libcare.h leaves for us */
	SEC_OTHER,
};

struct asm_section {
	struct slice name;
	struct slice args; /* flags etc. as first written */
	enum asm_section_kind kind;
	struct asm_atom *open; /* the atom that statements go to */
	uint32_t align;        /* index + 1 of a pending alignment statement */
	uint32_t cold_label;   /* the same of a pending ".LCOLDB0:" */
	/* The same of .cfi_startproc and what else opens the CFI of the
	   function whose label follows. */
	uint32_t early_cfi[4];
	uint8_t nearly_cfi;
};

/* What libcare.h says of a symbol (src/diff/markers.h). */
enum asm_mark {
	MARK_IGNORE = 1,
	MARK_FORCE = 2,
	MARK_QUIESCE = 4,
	MARK_KEEP = 8,
	MARK_PRE_PATCH = 16,
	MARK_POST_PATCH = 32,
	MARK_PRE_UNPATCH = 64,
	MARK_POST_UNPATCH = 128,
};

struct asm_sym {
	struct slice name;
	struct asm_atom *atom; /* where it is defined, or NULL */
	uint32_t pos;          /* comparable statements of the atom before it */
	uint32_t line;         /* of its definition, else of its first mention */
	bool global, local, weak, hidden, function, ifunc, tls;
	uint16_t marks; /* enum asm_mark; of the patched file only */
	bool direct; /* undefined, and used other than by call, jmp or @… */
	struct slice size;   /* expression of .size */
	struct slice comm;   /* arguments of .comm/.lcomm behind the name */
	struct slice set;    /* value of .set */
	struct asm_sym *pair; /* its counterpart in the other file (src/diff) */
};

struct asm_atom {
	struct asm_section *section;
	struct asm_sym *sym; /* NULL: statements before any label */
	uint32_t *stmts;     /* indexes into file->stmts */
	size_t count, cap;
	uint32_t comparable; /* how many of them can differ */
	uint32_t align;      /* index + 1 of the alignment before it */
	uint32_t line;
	uint32_t end;        /* offset in `text` behind its .size line, or 0 */
	bool function;
	bool inline_section; /* has .pushsection or opaque statements inside */

	/* For src/diff: the function that it is part of or belongs to, and
	   what it was last compared with. */
	struct func *func;
	const struct asm_atom *peer;
	bool peer_equal;
	bool emitted;
};

struct asm_file {
	char *name;
	struct buf text;
	struct asm_stmt *stmts;
	size_t nstmts, cap_stmts;
	struct asm_section **sections;
	size_t nsections, cap_sections;
	struct asm_atom **atoms; /* in order of their labels */
	size_t natoms, cap_atoms;
	struct asm_sym **syms; /* in order of first mention */
	size_t nsyms, cap_syms;
	struct strmap by_name;
	struct strmap section_by_name;
};

/*
 * Reads and parses the file. Fails with ERR_BADFILE ("FILE:LINE: reason") for
 * what isn't assembly as a compiler emits it, or -masm=intel.
 */
struct error *asm_read(const char *path, struct asm_file **ret_file) MUST_CHECK;

/* The same from memory, copied. */
struct error *asm_parse(const char *name, const char *text, size_t len,
			struct asm_file **ret_file) MUST_CHECK;

void asm_free(struct asm_file *f);
void asm_freep(struct asm_file **f);

/* The symbol, or NULL. */
struct asm_sym *asm_find(const struct asm_file *f, struct slice name);

/* The symbol, made if it isn't there. */
struct asm_sym *asm_intern(struct asm_file *f, struct slice name,
			   uint32_t line);

/* Operands of a statement: what follows the mnemonic or directive. */
struct slice asm_operands(const struct asm_stmt *s);

/* Mnemonic or directive; for instructions with its prefixes. */
struct slice asm_head(const struct asm_stmt *s);

/* A jump or call to a symbol (not through a register or memory). */
bool asm_is_branch(const struct asm_stmt *s);

/* A label that only the assembler sees (".L…"). */
bool asm_is_local(struct slice name);

/* Does the statement count when two atoms are compared? */
bool asm_comparable(const struct asm_stmt *s);

#endif
