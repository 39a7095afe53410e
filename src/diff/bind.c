// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/bind.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "diff/compare.h"
#include "diff/reach.h"

#define NAME(s) (int)(s).n, (s).p

#define REFUSE(bd, line, ...)                                                  \
	error_context(error_new(ERR_FAILED, __VA_ARGS__), "%s:%u",             \
		      (bd)->m->b->name, (line))

/* Constants that hold no references are found again by their text. */
static bool constant_key(const struct asm_file *f, const struct asm_atom *a,
			 struct buf *key)
{
	if (!a->sym || !asm_is_local(a->sym->name) ||
	    a->section->kind != SEC_RODATA)
		return false;
	buf_add(key, a->section->name.p, a->section->name.n);
	if (a->align) {
		struct slice align = f->stmts[a->align - 1].text;
		buf_add(key, align.p, align.n);
	}
	for (size_t i = 0; i < a->count; i++) {
		const struct asm_stmt *s = &f->stmts[a->stmts[i]];
		struct slice rest = asm_operands(s);
		struct token t;

		if (s->kind != ASM_DATA)
			return false;
		while (token_next(&rest, &t))
			if (t.is_symbol)
				return false;
		buf_add_str(key, "\n");
		buf_add(key, s->text.p, s->text.n);
	}
	return true;
}

static char *keep_name(struct binder *bd, char *name)
{
	VEC_GROW(bd->names, bd->nnames, bd->cap_names);
	return bd->names[bd->nnames++] = name;
}

void bind_begin(struct binder *bd, struct match *m, bool force_gotpcrel)
{
	*bd = (struct binder){.m = m, .force_gotpcrel = force_gotpcrel};
	for (size_t i = 0; i < m->a->natoms; i++) {
		struct asm_atom *a = m->a->atoms[i];
		struct buf key = BUF_INIT;

		if (!constant_key(m->a, a, &key)) {
			buf_deinit(&key);
			continue;
		}
		keep_name(bd, key.data);
		if (!strmap_get(&bd->constants, key.data, key.len))
			strmap_put(&bd->constants, key.data, key.len, a->sym);
	}
}

void bind_end(struct binder *bd)
{
	strmap_deinit(&bd->constants);
	strmap_deinit(&bd->seen);
	buf_deinit(&bd->got);
	buf_deinit(&bd->tlsgd);
	buf_deinit(&bd->tlsld);
	buf_deinit(&bd->tlsdesc);
	buf_deinit(&bd->externs);
	for (size_t i = 0; i < bd->nnames; i++)
		free(bd->names[i]);
	free(bd->names);
	free(bd->queue);
	free(bd->comms);
}

static void enqueue(struct binder *bd, struct asm_atom *a)
{
	if (a->emitted)
		return;
	a->emitted = true;
	VEC_GROW(bd->queue, bd->nqueue, bd->cap_queue);
	bd->queue[bd->nqueue++] = a;
}

static void add_suffixed(struct buf *out, struct slice name, const char *suffix)
{
	buf_add(out, name.p, name.n);
	buf_add_str(out, suffix);
}

/* True the first time that NAME+SUFFIX is asked for. */
static bool first_time(struct binder *bd, struct slice name, const char *suffix)
{
	char *key = xasprintf("%.*s%s", NAME(name), suffix);

	if (strmap_gets(&bd->seen, key)) {
		free(key);
		return false;
	}
	keep_name(bd, key);
	strmap_put(&bd->seen, key, strlen(key), key);
	return true;
}

static void bind_extern(struct binder *bd, struct slice name, struct buf *out)
{
	if (first_time(bd, name, ".kpatch_ext"))
		buf_addf(&bd->externs,
			 "\t.weak\t%.*s.kpatch_ext\n\t.hidden\t%.*s.kpatch_ext\n",
			 NAME(name), NAME(name));
	add_suffixed(out, name, ".kpatch_ext");
}

/*
 * A constant of the compiler's. In PIC, gcc 12 puts those with addresses in
 * them into .data, though nothing writes there: the initialiser of a function's
 * array of strings, for instance (redis, clusterCommand's help[]). So does
 * clang with the addresses of the types that are caught (.L_ZTIi.DW.stub).
 */
static bool is_compiler_constant(struct slice name)
{
	if (slice_ends(name, ".DW.stub"))
		return true;
	return slice_starts(name, ".LC") && name.n > 3 && name.p[3] >= '0' &&
	       name.p[3] <= '9';
}

/* ".L…": a code label of an emitted function, or a constant. */
static struct error *bind_local(struct binder *bd, struct asm_sym *s,
				uint32_t line, struct buf *out)
{
	struct asm_atom *a = s->atom;
	struct buf key = BUF_INIT;

	if (!a)
		return REFUSE(bd, line, "label %.*s is not defined here",
			      NAME(s->name));
	if (a->function) {
		if (!a->func || !(a->func->changed || !a->func->pair))
			return REFUSE(bd, line,
				      "a jump to label %.*s of another, "
				      "unchanged function",
				      NAME(s->name));
		add_suffixed(out, s->name, ".kpatch");
		return NULL;
	}
	struct asm_sym *same = NULL;
	if (constant_key(bd->m->b, a, &key) && s->pos == 0)
		same = strmap_get(&bd->constants, key.data, key.len);
	buf_deinit(&key);
	if (same) {
		buf_add(out, same->name.p, same->name.n);
		return NULL;
	}
	if ((a->section->kind == SEC_DATA && !is_compiler_constant(s->name)) ||
	    a->section->kind == SEC_BSS)
		return REFUSE(bd, line,
			      "writable data without a name of its own (%.*s): "
			      "its value would be lost",
			      NAME(s->name));
	enqueue(bd, a);
	add_suffixed(out, s->name, ".kpatch");
	return NULL;
}

static struct error *bind_function(struct binder *bd, struct asm_sym *s,
				   enum bind_use use, struct buf *out)
{
	const struct func *f = s->atom->func;
	const struct asm_sym *orig = s->pair;
	/* A label inside of what is emitted, or a second name of it. */
	bool inner = f && s->atom->sym != s && (f->changed || !f->pair);
	bool cold = f && s->atom == f->cold;

	(void)bd;
	if (f && (!f->pair || inner || cold ||
		  (f->changed &&
		   (use == BIND_BRANCH || (s->global && !orig->global)))))
		add_suffixed(out, s->name, ".kpatch");
	else
		buf_add(out, orig ? orig->name.p : s->name.p,
			orig ? orig->name.n : s->name.n);
	return NULL;
}

static struct error *bind_variable(struct binder *bd, struct asm_sym *s,
				   struct buf *out)
{
	const struct asm_sym *orig = s->pair;
	struct asm_atom *a = s->atom;
	bool goes_along = a && a->func; /* table of labels */

	if (goes_along && orig && !a->func->changed)
		goes_along = false;
	if (orig && sym_defined(orig) && !goes_along) {
		/* check.c has refused all differences but in constants. */
		if (!sym_is_const(s) || s->global ||
		    compare_data(bd->m, orig->atom, a)) {
			buf_add(out, orig->name.p, orig->name.n);
			return NULL;
		}
	}
	if (a) {
		enqueue(bd, a);
	} else if (first_time(bd, s->name, " comm")) {
		VEC_GROW(bd->comms, bd->ncomms, bd->cap_comms);
		bd->comms[bd->ncomms++] = s;
	}
	add_suffixed(out, s->name, ".kpatch");
	return NULL;
}

/* The value of a new .set: a symbol, plus or minus numbers. */
static struct error *bind_expression(struct binder *bd,
				     const struct asm_sym *s,
				     enum bind_use use, struct buf *out)
{
	struct slice rest = s->set;
	struct token t;

	if (++bd->depth > 16)
		return REFUSE(bd, s->line, "%.*s is defined by itself",
			      NAME(s->name));
	while (token_next(&rest, &t)) {
		if (t.is_symbol)
			TRY(bind_name(bd, t.text, use, s->line, out));
		else if (t.text.p[0] == '+' || t.text.p[0] == '-' ||
			 (t.text.p[0] >= '0' && t.text.p[0] <= '9'))
			buf_add(out, t.text.p, t.text.n);
		else
			return REFUSE(bd, s->line,
				      "cannot carry the definition of %.*s",
				      NAME(s->name));
	}
	bd->depth--;
	return NULL;
}

struct error *bind_name(struct binder *bd, struct slice name,
			enum bind_use use, uint32_t line, struct buf *out)
{
	struct asm_sym *s = asm_find(bd->m->b, name);

	if (slice_is(name, "_GLOBAL_OFFSET_TABLE_"))
		return REFUSE(bd, line,
			      "a reference to _GLOBAL_OFFSET_TABLE_ (large "
			      "code model?)");
	if (!s || !sym_defined(s)) {
		struct asm_sym *orig = asm_find(bd->m->a, name);

		if (orig && sym_defined(orig))
			buf_add(out, name.p, name.n);
		else
			bind_extern(bd, name, out);
		return NULL;
	}
	/* ld 2.40 aborts at an ifunc that is named in .kpatch.* itself. */
	if (s->ifunc) {
		bind_extern(bd, name, out);
		return NULL;
	}
	if (asm_is_local(name) && !s->set.p)
		return bind_local(bd, s, line, out);
	if (s->set.p) {
		if (s->pair && s->pair->set.p) {
			buf_add(out, name.p, name.n);
			return NULL;
		}
		return bind_expression(bd, s, use, out);
	}
	if (s->atom && s->atom->function)
		return bind_function(bd, s, use, out);
	return bind_variable(bd, s, out);
}

/* A slot: `.kpatch.got` entry NAME+suffix made of `value` applied to NAME. */
static struct error *make_slot(struct binder *bd, struct slice name,
			       uint32_t line, const char *suffix,
			       const char *modifier, struct buf *table,
			       const char *tail, struct buf *out)
{
	if (first_time(bd, name, suffix)) {
		buf_addf(table, "%.*s%s:\n\t.quad\t", NAME(name), suffix);
		if (slice_is(name, "_TLS_MODULE_BASE_")) /* ld makes it */
			buf_add(table, name.p, name.n);
		else
			TRY(bind_name(bd, name, BIND_SLOT, line, table));
		buf_addf(table, "%s\n%s", modifier, tail);
	}
	add_suffixed(out, name, suffix);
	return NULL;
}

struct error *bind_got(struct binder *bd, struct slice name, uint32_t line,
		       struct buf *out)
{
	return make_slot(bd, name, line, ".kpatch_got", "", &bd->got, "", out);
}

static bool same_word(struct slice s, const char *word)
{
	if (s.n != strlen(word))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (tolower((unsigned char)s.p[i]) != word[i])
			return false;
	return true;
}

/* NAME@MODIFIER; `mod` with its '@'. */
static struct error *bind_modified(struct binder *bd, struct slice name,
				   struct slice mod, uint32_t line,
				   struct buf *out)
{
	if (same_word(mod, "@gotpcrel"))
		return bind_got(bd, name, line, out);
	if (same_word(mod, "@gottpoff"))
		return make_slot(bd, name, line, ".kpatch_tpoff", "@dtpoff",
				 &bd->got, "", out);
	if (same_word(mod, "@tlsgd"))
		return make_slot(bd, name, line, ".kpatch_tlsgd", "@dtpoff",
				 &bd->tlsgd, "\t.quad\t0\n", out);
	if (same_word(mod, "@tlsld"))
		return make_slot(bd, name, line, ".kpatch_tlsld", "@dtpoff",
				 &bd->tlsld, "\t.quad\t0\n", out);
	if (same_word(mod, "@tlsdesc"))
		return make_slot(bd, name, line, ".kpatch_tlsdesc", "@dtpoff",
				 &bd->tlsdesc, "\t.quad\t0\n", out);
	if (same_word(mod, "@tlscall"))
		return NULL; /* only tells ld which call it is */
	if (same_word(mod, "@plt") || same_word(mod, "@tpoff") ||
	    same_word(mod, "@dtpoff")) {
		TRY(bind_name(bd, name,
			      same_word(mod, "@plt") ? BIND_SLOT : BIND_ADDRESS,
			      line, out));
		buf_add(out, mod.p, mod.n);
		return NULL;
	}
	return REFUSE(bd, line,
		      "%.*s%.*s: this kind of reference is not supported",
		      NAME(name), NAME(mod));
}

struct error *bind_stmt(struct binder *bd, const struct asm_stmt *s,
			struct buf *out)
{
	struct slice rest = asm_operands(s);
	enum bind_use use = asm_is_branch(s) ? BIND_BRANCH : BIND_ADDRESS;
	struct token t;
	bool done = false;

	if (use == BIND_ADDRESS && s->kind == ASM_INSN) {
		TRY(reach_rewrite(bd, s, out, &done));
		if (done)
			return NULL;
	}
	buf_add_str(out, "\t");
	buf_add(out, s->text.p, s->head);
	if (rest.n)
		buf_add_str(out, "\t");
	while (token_next(&rest, &t)) {
		if (!t.is_symbol) {
			buf_add(out, t.text.p, t.text.n);
		} else if (rest.n && rest.p[0] == '@') {
			struct token mod;

			token_next(&rest, &mod);
			TRY(bind_modified(bd, t.text, mod.text, s->line, out));
		} else {
			TRY(bind_name(bd, t.text, use, s->line, out));
		}
	}
	buf_add_str(out, "\n");
	return NULL;
}
