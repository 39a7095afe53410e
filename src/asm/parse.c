// SPDX-License-Identifier: GPL-2.0-or-later
#include "asm/asm.h"

#include <stdlib.h>
#include <string.h>

#include "asm/directive.h"
#include "asm/lex.h"
#include "asm/section.h"
#include "base/cleanup.h"
#include "base/file.h"

#define STACK_MAX 64
#define EARLY_CFI_MAX 4 /* elements of early_cfi */

struct parser {
	struct asm_file *f;
	struct lexer lx;
	struct asm_section *current, *previous;
	struct {
		struct asm_section *current, *previous;
	} stack[STACK_MAX];
	size_t depth;
	/* The function whose .pushsection parts stay with it. */
	struct asm_atom *host;
	size_t host_depth;
	uint32_t source_line; /* of the last .loc */
};

#define FAIL(p, at, ...)                                                       \
	error_context(error_new(ERR_BADFILE, __VA_ARGS__), "%s:%u",            \
		      (p)->f->name, (at)->line)

static struct asm_atom *new_atom(struct parser *p, struct asm_section *sec,
				 struct asm_sym *sym, uint32_t line)
{
	struct asm_file *f = p->f;
	struct asm_atom *a = xcalloc(1, sizeof(*a));

	a->section = sec;
	a->sym = sym;
	a->line = line;
	a->align = sec->align;
	sec->align = 0;
	sec->open = a;
	VEC_GROW(f->atoms, f->natoms, f->cap_atoms);
	f->atoms[f->natoms++] = a;
	return a;
}

static bool names_no_symbol(const struct asm_stmt *s)
{
	struct slice rest = asm_operands(s);
	struct token t;

	while (token_next(&rest, &t))
		if (t.is_symbol)
			return false;
	return true;
}

static uint32_t add_stmt(struct parser *p, const struct lexeme *lm,
			 enum asm_kind kind, size_t head)
{
	struct asm_file *f = p->f;

	VEC_GROW(f->stmts, f->nstmts, f->cap_stmts);
	f->stmts[f->nstmts] = (struct asm_stmt){
		.text = lm->text,
		.line = lm->line,
		.line_end = (uint32_t)lex_line_end(
			&p->lx, (size_t)(lm->text.p - p->lx.text)),
		.source_line = p->source_line,
		.kind = (uint8_t)kind,
		.head = (uint16_t)(head > UINT16_MAX ? UINT16_MAX : head),
	};
	f->stmts[f->nstmts].plain = kind == ASM_INSN &&
				    names_no_symbol(&f->stmts[f->nstmts]);
	return (uint32_t)f->nstmts++;
}

static void atom_add(struct asm_file *f, struct asm_atom *a, uint32_t stmt)
{
	VEC_GROW(a->stmts, a->count, a->cap);
	a->stmts[a->count++] = stmt;
	if (asm_comparable(&f->stmts[stmt]))
		a->comparable++;
}

/* The atom that takes a statement now; NULL in sections nobody looks at. */
static struct asm_atom *target_atom(struct parser *p, uint32_t line)
{
	if (p->host)
		return p->host;
	if (p->current->kind == SEC_NOTE)
		return NULL;
	if (!p->current->open)
		return new_atom(p, p->current, NULL, line);
	return p->current->open;
}

static void add_plain(struct parser *p, const struct lexeme *lm,
		      enum asm_kind kind, size_t head)
{
	struct asm_atom *a = target_atom(p, lm->line);

	if (a)
		atom_add(p->f, a, add_stmt(p, lm, kind, head));
}

/* Labels that gcc puts between functions, and that only debug info uses. */
static bool is_debug_label(struct slice name)
{
	return slice_starts(name, ".LCOLD") || slice_starts(name, ".LHOT") ||
	       slice_starts(name, ".Ltext") || slice_starts(name, ".Letext");
}

static struct error *define(struct parser *p, struct asm_sym *s,
			    const struct lexeme *lm, struct asm_atom *a)
{
	if (s->atom || s->comm.p || s->set.p)
		return FAIL(p, lm, "%.*s is defined twice (first in line %u)",
			    (int)s->name.n, s->name.p, s->line);
	s->atom = a;
	s->pos = a->comparable;
	s->line = lm->line;
	return NULL;
}

/* The first label of one function's exception table, in gcc's or clang's. */
static bool starts_lsda(struct slice name)
{
	return slice_starts(name, "GCC_except_table") ||
	       (slice_starts(name, ".LLSDA") && name.n > 6 &&
		name.p[6] >= '0' && name.p[6] <= '9');
}

/* Does the label begin an atom, or is it inside the one that is open? */
static bool starts_atom(const struct asm_section *sec, const struct asm_sym *s)
{
	if (sec->kind == SEC_LSDA)
		return !sec->open || starts_lsda(s->name);
	if (sec->kind != SEC_TEXT)
		return !(sec->open && sec->open->sym &&
			 !sec->open->comparable && !sec->align);
	if (s->function && sec->open && sec->open->function &&
	    !sec->open->comparable && sec->open->sym)
		return false; /* a second name of the same function */
	return s->function || (!sec->open && !asm_is_local(s->name));
}

/*
 * What stands before a function's label and belongs to it: its first CFI and,
 * for a .cold part, the label that its exception table counts from.
 */
static struct error *take_early(struct parser *p, struct asm_section *sec,
				struct asm_atom *a)
{
	uint32_t label = sec->cold_label;

	sec->cold_label = 0;
	if (a->function && label) {
		const struct asm_stmt *s = &p->f->stmts[label - 1];
		const struct lexeme lm = {s->text, true, s->line};

		TRY(define(p, asm_intern(p->f, s->text, s->line), &lm, a));
		atom_add(p->f, a, label - 1);
	}
	for (unsigned int i = 0; a->function && i < sec->nearly_cfi; i++)
		atom_add(p->f, a, sec->early_cfi[i] - 1);
	sec->nearly_cfi = 0;
	return NULL;
}

static struct error *on_label(struct parser *p, const struct lexeme *lm)
{
	struct asm_section *sec = p->current;

	if (sec->kind == SEC_NOTE && !p->host)
		return NULL;
	if (lm->text.p[0] >= '0' && lm->text.p[0] <= '9') {
		add_plain(p, lm, ASM_LABEL, 0); /* "1:" in inline assembly */
		return NULL;
	}
	if (sec->kind == SEC_TEXT && !sec->open && is_debug_label(lm->text)) {
		if (slice_starts(lm->text, ".LCOLDB"))
			sec->cold_label = add_stmt(p, lm, ASM_LABEL, 0) + 1;
		return NULL;
	}

	struct asm_sym *s = asm_intern(p->f, lm->text, lm->line);
	if (!p->host && starts_atom(sec, s)) {
		struct asm_atom *a = new_atom(p, sec, s, lm->line);

		a->function = sec->kind == SEC_TEXT;
		TRY(define(p, s, lm, a));
		return take_early(p, sec, a);
	}
	struct asm_atom *a = target_atom(p, lm->line);
	TRY(define(p, s, lm, a));
	atom_add(p->f, a, add_stmt(p, lm, ASM_LABEL, 0));
	return NULL;
}

static struct error *on_section_change(struct parser *p,
				       const struct lexeme *lm,
				       enum directive d, struct slice args)
{
	if (d == D_POP) {
		if (!p->depth)
			return FAIL(p, lm, ".popsection without .pushsection");
		p->depth--;
		p->current = p->stack[p->depth].current;
		p->previous = p->stack[p->depth].previous;
		if (p->host && p->depth == p->host_depth) {
			add_plain(p, lm, ASM_OPAQUE, lm->text.n);
			p->host = NULL;
		}
		return NULL;
	}
	if (d == D_PREVIOUS) {
		struct asm_section *s = p->current;

		p->current = p->previous;
		p->previous = s;
		return NULL;
	}
	if (d == D_PUSH) {
		if (p->depth == STACK_MAX)
			return FAIL(p, lm, ".pushsection is nested too deeply");
		p->stack[p->depth].current = p->current;
		p->stack[p->depth].previous = p->previous;
		struct asm_atom *open = p->current->open;
		if (!p->host && open && open->function && open->count) {
			p->host = open;
			p->host_depth = p->depth;
			open->inline_section = true;
		}
		p->depth++;
	}
	if (p->host)
		add_plain(p, lm, ASM_OPAQUE, lm->text.n);

	struct slice name = d == D_SHORT_SECTION ? lm->text
						 : slice_next_operand(&args);
	if (d == D_SHORT_SECTION)
		name.n = strcspn(name.p, " \t\n;") < name.n
				 ? strcspn(name.p, " \t\n;")
				 : name.n;
	p->previous = p->current;
	p->current = section_intern(p->f, name,
				    d == D_SHORT_SECTION ? (struct slice){0}
							 : slice_trim(args));
	return NULL;
}

static void on_size(struct parser *p, const struct lexeme *lm,
		    struct slice args)
{
	struct slice name = slice_next_operand(&args);
	struct asm_sym *s = asm_intern(p->f, name, lm->line);

	s->size = slice_trim(args);
	if (s->atom && s->atom->function && s->atom->sym == s) {
		s->atom->end = (uint32_t)lex_line_end(
			&p->lx, (size_t)(lm->text.p - p->lx.text));
		if (s->atom->section->open == s->atom)
			s->atom->section->open = NULL;
	}
}

static void on_type(struct parser *p, const struct lexeme *lm,
		    struct slice args)
{
	struct asm_sym *s =
		asm_intern(p->f, slice_next_operand(&args), lm->line);

	args = slice_trim(args);
	if (slice_ends(args, "function"))
		s->function = true;
	if (slice_ends(args, "gnu_indirect_function"))
		s->ifunc = true;
	if (slice_ends(args, "tls_object"))
		s->tls = true;
}

static struct error *on_definition(struct parser *p, const struct lexeme *lm,
				   enum directive d, struct slice args)
{
	struct asm_sym *s =
		asm_intern(p->f, slice_next_operand(&args), lm->line);

	if (d == D_ASSIGN) {
		s->set = slice_trim(args);
		s->line = lm->line;
		return NULL;
	}
	if (s->atom || s->comm.p)
		return FAIL(p, lm, "%.*s is defined twice", (int)s->name.n,
			    s->name.p);
	s->comm = slice_trim(args);
	s->line = lm->line;
	s->global = s->global || (d == D_COMM && !s->local);
	return NULL;
}

static void on_binding(struct parser *p, const struct lexeme *lm,
		       enum directive d, struct slice args)
{
	while (args.n) {
		struct slice name = slice_next_operand(&args);
		struct asm_sym *s;

		if (!name.n)
			continue;
		s = asm_intern(p->f, name, lm->line);
		if (d == D_GLOBAL)
			s->global = true;
		else if (d == D_WEAK)
			s->weak = s->global = true;
		else if (d == D_HIDDEN)
			s->hidden = true;
		else
			s->local = true;
	}
}

/*
 * After .size, clang still closes the function with .cfi_endproc; and before
 * the label of a .cold part gcc already opens it with .cfi_startproc.
 */
static void on_cfi(struct parser *p, const struct lexeme *lm, size_t head)
{
	if (!p->host && p->current->kind == SEC_TEXT && !p->current->open) {
		struct asm_section *sec = p->current;

		if (slice_is((struct slice){lm->text.p, head},
			     ".cfi_startproc"))
			sec->nearly_cfi = 1;
		else if (sec->nearly_cfi && sec->nearly_cfi < EARLY_CFI_MAX)
			sec->nearly_cfi++;
		if (sec->nearly_cfi) {
			sec->early_cfi[sec->nearly_cfi - 1] =
				add_stmt(p, lm, ASM_CFI, head) + 1;
			return;
		}
		for (size_t i = p->f->natoms; i-- > 0;) {
			struct asm_atom *a = p->f->atoms[i];

			if (a->section != p->current)
				continue;
			atom_add(p->f, a, add_stmt(p, lm, ASM_CFI, head));
			return;
		}
	}
	if (p->current->open || p->host)
		add_plain(p, lm, ASM_CFI, head);
}

/* ".loc FILE LINE COLUMN…" */
static void on_loc(struct parser *p, struct slice args)
{
	size_t i = 0;
	uint32_t line = 0;

	while (i < args.n && args.p[i] >= '0' && args.p[i] <= '9')
		i++;
	while (i < args.n && args.p[i] == ' ')
		i++;
	for (; i < args.n && args.p[i] >= '0' && args.p[i] <= '9'; i++)
		line = line * 10 + (uint32_t)(args.p[i] - '0');
	p->source_line = line;
}

static struct error *on_directive(struct parser *p, const struct lexeme *lm,
				  size_t head)
{
	struct slice args = {lm->text.p + head, lm->text.n - head};
	enum directive d = directive_of((struct slice){lm->text.p, head});

	args = slice_trim(args);
	switch (d) {
	case D_SECTION:
	case D_SHORT_SECTION:
	case D_PUSH:
	case D_POP:
	case D_PREVIOUS:
		return on_section_change(p, lm, d, args);
	case D_ASSIGN:
	case D_COMM:
	case D_LCOMM:
		return on_definition(p, lm, d, args);
	case D_GLOBAL:
	case D_WEAK:
	case D_HIDDEN:
	case D_LOCAL:
		on_binding(p, lm, d, args);
		return NULL;
	case D_SIZE:
		on_size(p, lm, args);
		return NULL;
	case D_TYPE:
		on_type(p, lm, args);
		return NULL;
	case D_ALIGN:
		/* Inside an exception table, or before the next one. */
		if (p->current->kind == SEC_LSDA && p->current->open)
			add_plain(p, lm, ASM_ALIGN, head);
		if (p->host || (p->current->kind == SEC_TEXT && p->current->open))
			add_plain(p, lm, ASM_ALIGN, head);
		else
			p->current->align = add_stmt(p, lm, ASM_ALIGN, head) + 1;
		return NULL;
	case D_CFI:
		on_cfi(p, lm, head);
		return NULL;
	case D_NOTE:
		if (slice_starts(lm->text, ".loc") && head == strlen(".loc"))
			on_loc(p, args);
		return NULL;
	case D_DATA:
		add_plain(p, lm, ASM_DATA, head);
		return NULL;
	case D_INTEL:
		return FAIL(p, lm,
			    "Intel syntax is not supported: build without "
			    "-masm=intel");
	case D_OPAQUE:
		break;
	}
	if (p->current->open && p->current->open->function)
		p->current->open->inline_section = true;
	add_plain(p, lm, ASM_OPAQUE, head);
	return NULL;
}

/* Length of the mnemonic, prefixes such as `lock` and `rep` included. */
static size_t mnemonic_length(struct slice s)
{
	static const char *const prefixes[] = {
		"lock", "rep",	  "repe",    "repz",	 "repne",   "repnz",
		"bnd",	"notrack", "data16", "rex64",	 "rex.W",   "rex",
		"addr32", "cs", "ds", "xacquire", "xrelease", "es", "fs",
		"gs", "ss",
	};
	size_t at = 0;

	for (;;) {
		size_t start = at;
		bool prefix = false;

		while (at < s.n && s.p[at] != ' ' && s.p[at] != '\t')
			at++;
		for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
			if (slice_is((struct slice){s.p + start, at - start},
				     prefixes[i]))
				prefix = true;
		if (!prefix || at == s.n)
			return at;
		while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t'))
			at++;
	}
}

static struct error *on_lexeme(struct parser *p, const struct lexeme *lm)
{
	if (lm->is_label)
		return on_label(p, lm);
	if (lm->text.p[0] == '.') {
		size_t head = 0;

		while (head < lm->text.n && lm->text.p[head] != ' ' &&
		       lm->text.p[head] != '\t')
			head++;
		return on_directive(p, lm, head);
	}
	if (p->current->kind == SEC_NOTE && !p->host)
		return NULL;
	if (memchr(lm->text.p, '\0', lm->text.n))
		return FAIL(p, lm, "a NUL byte: this is no assembly text");
	add_plain(p, lm, ASM_INSN, mnemonic_length(lm->text));
	return NULL;
}

static struct error *parse(struct asm_file *f)
{
	struct parser p = {.f = f};
	struct lexeme lm;

	if (f->text.len >= UINT32_MAX)
		return error_new(ERR_BADFILE, "%s: file is too large", f->name);
	p.lx = (struct lexer){f->text.data, f->text.len, 0, 1};
	p.current = p.previous =
		section_intern(f, SLICE(".text"), (struct slice){0});
	while (lex_next(&p.lx, &lm))
		TRY(on_lexeme(&p, &lm));
	if (p.depth)
		return FAIL(&p, &p.lx, ".pushsection without .popsection");
	return NULL;
}

/* Takes `text` over. */
static struct error *parse_owned(const char *name, struct buf *text,
				 struct asm_file **ret_file)
{
	_cleanup_(asm_freep) struct asm_file *f = xcalloc(1, sizeof(*f));

	f->name = xstrdup(name);
	f->text = *text;
	*text = BUF_INIT;
	if (!f->text.data)
		buf_add_str(&f->text, "");
	TRY(parse(f));
	*ret_file = TAKE(f);
	return NULL;
}

struct error *asm_parse(const char *name, const char *text, size_t len,
			struct asm_file **ret_file)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	buf_add(&b, text, len);
	return parse_owned(name, &b, ret_file);
}

struct error *asm_read(const char *path, struct asm_file **ret_file)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	TRY(file_read(path, 0, &b));
	return parse_owned(path, &b, ret_file);
}
