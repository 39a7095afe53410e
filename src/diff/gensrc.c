// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "diff/cfi.h"
#include "diff/check.h"
#include "diff/markers.h"
#include "diff/reach.h"
#include "diff/startup.h"
#include "kpfile/info.h"

#define NAME(s) (int)(s)->name.n, (s)->name.p

#define REFUSE(g, line, ...)                                                   \
	error_context(error_new(ERR_FAILED, __VA_ARGS__), "%s:%u",             \
		      (g)->m.b->name, (line))

struct gensrc_state {
	struct match m;
	struct binder bd;
	struct cfi cfi;
	struct buf code, rodata, data, lsda, strtab, info;
	unsigned int nnames;
	struct gensrc_result result;
};

/* The same in kpatch sections' flags everywhere: see ARCHITECTURE.md. */
static void add_section(struct buf *out, const char *name, const char *flags,
			const struct buf *body, const char *align)
{
	if (!body->len)
		return;
	buf_addf(out, "\t.pushsection %s,\"%s\",@progbits\n%s", name, flags,
		 align);
	buf_add(out, body->data, body->len);
	buf_add_str(out, "\t.popsection\n");
}

static void add_symbol(struct buf *out, const struct asm_sym *s,
		       const char *type)
{
	/* Weak ones (templates, inline functions) may be in several files. */
	if (s->global)
		buf_addf(out, "\t.%s\t%.*s.kpatch\n\t.hidden\t%.*s.kpatch\n",
			 s->weak ? "weak" : "globl", NAME(s), NAME(s));
	buf_addf(out, "\t.type\t%.*s.kpatch, @%s\n", NAME(s), type);
}

static void add_align(struct gensrc_state *g, const struct asm_atom *a,
		      struct buf *out)
{
	if (!a->align)
		return;
	struct slice text = g->m.b->stmts[a->align - 1].text;
	buf_addf(out, "\t%.*s\n", (int)text.n, text.p);
}

/* Labels, alignment and statements of an atom, with references bound. */
static struct error *add_body(struct gensrc_state *g, const struct asm_atom *a,
			      struct buf *out)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct asm_stmt *s = &g->m.b->stmts[a->stmts[i]];

		if (s->kind == ASM_LABEL && s->text.p[0] >= '0' &&
		    s->text.p[0] <= '9')
			buf_addf(out, "%.*s:\n", (int)s->text.n, s->text.p);
		else if (s->kind == ASM_LABEL)
			buf_addf(out, "%.*s.kpatch:\n", (int)s->text.n,
				 s->text.p);
		else if (s->kind == ASM_CFI)
			TRY(cfi_add(&g->cfi, &g->bd, s, out));
		else if (s->kind == ASM_ALIGN)
			buf_addf(out, "\t%.*s\n", (int)s->text.n, s->text.p);
		else
			TRY(bind_stmt(&g->bd, s, out));
	}
	return NULL;
}

static struct error *add_part(struct gensrc_state *g, const struct asm_atom *a)
{
	struct buf *out = &g->code;

	if (a->inline_section)
		return REFUSE(g, a->line,
			      "function %.*s has inline assembly with sections "
			      "or macros of its own",
			      NAME(a->sym));
	buf_addf(out, "#----- kpatch: %.*s -----\n", NAME(a->sym));
	if (a->align)
		add_align(g, a, out);
	else
		buf_add_str(out, "\t.p2align 4\n");
	add_symbol(out, a->sym, "function");
	buf_addf(out, "%.*s.kpatch:\n", NAME(a->sym));
	TRY(add_body(g, a, out));
	buf_addf(out,
		 "\t.size\t%.*s.kpatch, .-%.*s.kpatch\n%.*s.kpatch_end:\n",
		 NAME(a->sym), NAME(a->sym), NAME(a->sym));
	return NULL;
}

/* `orig` or `patched` may be NULL, not both. */
static void add_info(struct gensrc_state *g, const struct asm_sym *orig,
		     const struct asm_sym *patched, unsigned int flags)
{
	const struct asm_sym *named = orig ? orig : patched;
	struct buf *out = &g->info;

	buf_addf(&g->strtab, ".Lkpatch_name%u:\n\t.string\t\"%.*s\"\n",
		 g->nnames, NAME(named));
	if (orig)
		buf_addf(out, "\t.quad\t%.*s\n\t.quad\t%.*s.Lfe-%.*s\n",
			 NAME(orig), NAME(orig), NAME(orig));
	else
		buf_add_str(out, "\t.quad\t0\n\t.quad\t0\n");
	if (patched)
		buf_addf(out,
			 "\t.quad\t%.*s.kpatch\n"
			 "\t.quad\t%.*s.kpatch_end-%.*s.kpatch\n",
			 NAME(patched), NAME(patched), NAME(patched));
	else
		buf_add_str(out, "\t.quad\t0\n\t.quad\t0\n");
	buf_addf(out, "\t.quad\t.Lkpatch_name%u\n\t.quad\t%u\n", g->nnames++,
		 flags);
}

static struct error *add_function(struct gensrc_state *g, struct func *f)
{
	const struct func *orig = f->pair;

	TRY(add_part(g, f->main));
	if (f->cold)
		TRY(add_part(g, f->cold));
	if (!orig) {
		log_info("new function %.*s", NAME(f->main->sym));
		add_info(g, NULL, f->main->sym,
			 KPATCH_INFO_NEW | markers_calls(f->main->sym));
		if (f->cold)
			add_info(g, NULL, f->cold->sym, KPATCH_INFO_NEW);
		g->result.added++;
		return NULL;
	}
	log_info("changed function %.*s", NAME(orig->main->sym));
	add_info(g, orig->main->sym, f->main->sym, 0);
	if (orig->cold)
		add_info(g, orig->cold->sym, f->cold ? f->cold->sym : NULL,
			 KPATCH_INFO_RANGE);
	else if (f->cold)
		add_info(g, NULL, f->cold->sym, KPATCH_INFO_NEW);
	g->result.changed++;
	return NULL;
}

/* A variable that the patch after this one is to take over. */
static struct error *add_kept(struct gensrc_state *g, const struct asm_sym *s)
{
	struct buf unused = BUF_INIT, *out = &g->info;
	struct slice size = s->size, comm = s->comm;

	if (comm.p)
		size = slice_trim(slice_next_operand(&comm));
	if (!size.n)
		return REFUSE(g, s->line, "variable %.*s has no .size",
			      NAME(s));
	struct error *err = bind_name(&g->bd, s->name, BIND_ADDRESS, s->line,
				      &unused);
	buf_deinit(&unused);
	buf_addf(&g->strtab, ".Lkpatch_name%u:\n\t.string\t\"%.*s\"\n",
		 g->nnames, NAME(s));
	buf_addf(out, "\t.quad\t0\n\t.quad\t0\n\t.quad\t%.*s.kpatch\n"
		 "\t.quad\t%.*s\n\t.quad\t.Lkpatch_name%u\n\t.quad\t%u\n",
		 NAME(s), (int)size.n, size.p, g->nnames++,
		 KPATCH_INFO_NEW | KPATCH_INFO_KEEP);
	return err;
}

/* A part of an unchanged function, which nobody may be inside. */
static bool is_quiesced(const struct func *f)
{
	return f->pair && !f->pair->changed && f->main->end &&
	       f->pair->main->sym->marks & MARK_QUIESCE;
}

static struct error *add_marked(struct gensrc_state *g)
{
	for (size_t i = 0; i < g->m.na; i++) {
		const struct func *f = g->m.afuncs[i];

		if (!is_quiesced(f))
			continue;
		add_info(g, f->main->sym, NULL, KPATCH_INFO_RANGE);
		if (f->cold && f->cold->end)
			add_info(g, f->cold->sym, NULL, KPATCH_INFO_RANGE);
	}
	for (size_t i = 0; i < g->m.b->nsyms; i++) {
		if (g->m.b->syms[i]->marks & MARK_KEEP)
			TRY(add_kept(g, g->m.b->syms[i]));
	}
	return NULL;
}

/* The function that a clone such as f.part.0 was made of. */
static struct func *clone_parent(const struct asm_file *f, struct slice name)
{
	const char *dot = memchr(name.p, '.', name.n);
	struct asm_sym *s;

	if (!dot)
		return NULL;
	s = asm_find(f, (struct slice){name.p, (size_t)(dot - name.p)});
	return s && s->atom ? s->atom->func : NULL;
}

/* A clone that is gone with its changed parent: nobody may be inside. */
static void add_vanished(struct gensrc_state *g)
{
	for (size_t i = 0; i < g->m.na; i++) {
		const struct func *f = g->m.afuncs[i];
		const struct func *parent =
			f->pair ? NULL
				: clone_parent(g->m.a, f->main->sym->name);

		if (parent && parent->pair && parent->pair->changed &&
		    f->main->end)
			add_info(g, f->main->sym, NULL, KPATCH_INFO_RANGE);
	}
}

static struct error *add_data(struct gensrc_state *g, struct asm_atom *a)
{
	enum asm_section_kind kind = a->section->kind;
	struct buf *out = kind == SEC_LSDA ? &g->lsda
			  : kind == SEC_DATA || kind == SEC_BSS
				  ? &g->data
				  : &g->rodata;

	if (kind == SEC_TLS || kind == SEC_INIT || !a->sym)
		return REFUSE(g, a->line,
			      "new code needs data of section %.*s, which a "
			      "patch can't bring",
			      (int)a->section->name.n, a->section->name.p);
	add_align(g, a, out);
	if (!asm_is_local(a->sym->name))
		add_symbol(out, a->sym, "object");
	buf_addf(out, "%.*s.kpatch:\n", NAME(a->sym));
	TRY(add_body(g, a, out));
	g->result.variables++;
	return NULL;
}

static void add_comm(struct gensrc_state *g, const struct asm_sym *s)
{
	struct slice rest = s->comm;
	struct slice size = slice_next_operand(&rest);
	struct slice align = slice_trim(rest);

	if (align.n)
		buf_addf(&g->data, "\t.balign\t%.*s\n", (int)align.n, align.p);
	add_symbol(&g->data, s, "object");
	buf_addf(&g->data, "%.*s.kpatch:\n\t.zero\t%.*s\n", NAME(s),
		 (int)size.n, size.p);
	g->result.variables++;
}

/* New global variables: other files of the patch may use them. */
static struct error *add_globals(struct gensrc_state *g)
{
	_Bool need;
	struct buf unused = BUF_INIT;
	struct error *err = NULL;

	for (size_t i = 0; i < g->m.b->nsyms && !err; i++) {
		const struct asm_sym *s = g->m.b->syms[i];

		need = s->global && !s->pair && sym_defined(s) && !s->set.p &&
		       sym_is_data(s) && !s->weak;
		if (need)
			err = bind_name(&g->bd, s->name, BIND_ADDRESS, s->line,
					&unused);
	}
	buf_deinit(&unused);
	return err;
}

static struct error *add_all(struct gensrc_state *g)
{
	size_t data = 0, comm = 0;

	for (size_t i = 0; i < g->m.nb; i++) {
		struct func *f = g->m.bfuncs[i];

		if (f->changed || !f->pair)
			TRY(add_function(g, f));
	}
	add_vanished(g);
	TRY(add_globals(g));
	TRY(add_marked(g));
	while (data < g->bd.nqueue || comm < g->bd.ncomms) {
		if (data < g->bd.nqueue)
			TRY(add_data(g, g->bd.queue[data++]));
		else
			add_comm(g, g->bd.comms[comm++]);
	}
	return NULL;
}

struct insertion {
	uint32_t at;
	struct slice name;
};

static int by_place(const void *x, const void *y)
{
	const struct insertion *p = x, *q = y;

	return p->at < q->at ? -1 : p->at > q->at;
}

static void note_end(struct insertion **all, size_t *n, size_t *cap,
		     const struct asm_atom *a)
{
	VEC_GROW(*all, *n, *cap);
	(*all)[(*n)++] = (struct insertion){a->end, a->sym->name};
}

/* The original's text, with an end label behind each replaced function. */
static void add_original(struct gensrc_state *g, struct buf *out)
{
	struct insertion *all = NULL;
	size_t n = 0, cap = 0, from = 0;

	for (size_t i = 0; i < g->m.na; i++) {
		const struct func *f = g->m.afuncs[i];
		const struct func *parent =
			f->pair ? f->pair
				: clone_parent(g->m.a, f->main->sym->name);

		if (!f->pair && parent)
			parent = parent->pair;
		if (!is_quiesced(f) &&
		    (!parent || !parent->changed || !f->main->end))
			continue;
		note_end(&all, &n, &cap, f->main);
		if (f->cold && f->cold->end)
			note_end(&all, &n, &cap, f->cold);
	}
	if (n)
		qsort(all, n, sizeof(*all), by_place);
	for (size_t i = 0; i < n; i++) {
		buf_add(out, g->m.a->text.data + from, all[i].at - from);
		buf_addf(out, "%.*s.Lfe:\n", (int)all[i].name.n,
			 all[i].name.p);
		from = all[i].at;
	}
	buf_add(out, g->m.a->text.data + from, g->m.a->text.len - from);
	free(all);
}

static void write_result(struct gensrc_state *g)
{
	struct buf *out = &g->result.text;

	add_original(g, out);
	if (!g->info.len && !g->rodata.len && !g->data.len)
		return;
	if (out->len && out->data[out->len - 1] != '\n')
		buf_add_str(out, "\n");
	buf_add_str(out, "#----- kpatch begin -----\n");
	add_section(out, ".kpatch.text", "xR", &g->code, "");
	add_section(out, ".kpatch.rodata", "R", &g->rodata, "");
	add_section(out, ".kpatch.data", "R", &g->data, "");
	add_section(out, ".kpatch.got", "R", &g->bd.got, "\t.balign\t8\n");
	add_section(out, ".kpatch.tlsgd", "R", &g->bd.tlsgd, "\t.balign\t8\n");
	add_section(out, ".kpatch.tlsld", "R", &g->bd.tlsld, "\t.balign\t8\n");
	add_section(out, ".kpatch.tlsdesc", "R", &g->bd.tlsdesc,
		    "\t.balign\t8\n");
	add_section(out, ".kpatch.lsda", "R", &g->lsda, "");
	add_section(out, ".kpatch.eh_frame", "R", &g->cfi.cies, "");
	add_section(out, ".kpatch.eh_frame", "R", &g->cfi.fdes, "");
	add_section(out, ".kpatch.strtab", "R", &g->strtab, "");
	add_section(out, ".kpatch.info", "R", &g->info, "\t.balign\t8\n");
	buf_add(out, g->bd.externs.data, g->bd.externs.len);
	buf_add_str(out, "#----- kpatch end -----\n");
}

static void state_deinit(struct gensrc_state *g)
{
	match_deinit(&g->m);
	bind_end(&g->bd);
	cfi_deinit(&g->cfi);
	buf_deinit(&g->code);
	buf_deinit(&g->rodata);
	buf_deinit(&g->data);
	buf_deinit(&g->lsda);
	buf_deinit(&g->strtab);
	buf_deinit(&g->info);
	buf_deinit(&g->result.text);
}

struct error *gensrc(struct asm_file *a, struct asm_file *b,
		     const struct gensrc_options *options,
		     struct gensrc_result *ret_result)
{
	struct gensrc_state g = {0};

	if (a->text.len == b->text.len &&
	    memcmp(a->text.data, b->text.data, a->text.len) == 0) {
		*ret_result = (struct gensrc_result){0};
		buf_add(&ret_result->text, a->text.data, a->text.len);
		return NULL;
	}
	reach_scan(a);
	struct error *err = match_files(a, b, &g.m);
	if (err)
		return err;
	bind_begin(&g.bd, &g.m, options->force_gotpcrel);
	err = markers_apply(&g.m);
	if (!err)
		err = check_differences(&g.m);
	if (!err)
		err = startup_check(&g.m, options->allowed_init);
	if (!err)
		err = add_all(&g);
	if (!err) {
		write_result(&g);
		*ret_result = g.result;
		g.result.text = BUF_INIT;
	}
	state_deinit(&g);
	return err;
}
