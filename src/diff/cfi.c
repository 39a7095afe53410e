// SPDX-License-Identifier: GPL-2.0-or-later
#include "diff/cfi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DATA_ALIGN (-8)
#define RA_COLUMN 16

#define REFUSE(bd, s, ...)                                                     \
	error_context(error_new(ERR_FAILED, __VA_ARGS__), "%s:%u",             \
		      (bd)->m->b->name, (s)->line)

void cfi_deinit(struct cfi *c)
{
	buf_deinit(&c->cies);
	buf_deinit(&c->fdes);
	buf_deinit(&c->program);
	strmap_deinit(&c->cie_by_kind);
	for (size_t i = 0; i < c->nnames; i++)
		free(c->names[i]);
	free(c->names);
}

/* DWARF register numbers (System V ABI, x86-64, figure 3.36). */
static bool parse_reg(struct slice s, int64_t *ret_reg)
{
	static const char *const names[] = {
		"%rax", "%rdx", "%rcx", "%rbx", "%rsi", "%rdi",
		"%rbp", "%rsp", "%r8",	"%r9",	"%r10", "%r11",
		"%r12", "%r13", "%r14", "%r15", "%rip",
	};
	char *end;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_is(s, names[i])) {
			*ret_reg = (int64_t)i;
			return true;
		}
	}
	if (!s.n || s.p[0] < '0' || s.p[0] > '9')
		return false;
	*ret_reg = strtol(s.p, &end, 10);
	return end == s.p + s.n && *ret_reg < 64;
}

static bool parse_num(struct slice s, int64_t *ret_num)
{
	char *end;

	if (!s.n)
		return false;
	errno = 0;
	*ret_num = strtoll(s.p, &end, 0);
	return end == s.p + s.n && !errno;
}

/* The instructions that follow take effect here. */
static void advance(struct cfi *c, struct buf *code)
{
	if (code->len == c->last_at)
		return;

	unsigned int here = c->nlabels++;
	buf_addf(code, ".Lkpatch_cfi%u:\n", here);
	/* DW_CFA_advance_loc4 */
	buf_addf(&c->program,
		 "\t.byte\t4\n\t.long\t.Lkpatch_cfi%u-.Lkpatch_cfi%u\n", here,
		 c->last);
	c->last = here;
	c->last_at = code->len;
}

static void begin(struct cfi *c, struct buf *code)
{
	c->open = true;
	c->signal = false;
	c->personality = c->lsda = (struct slice){0};
	c->offset = 8;
	c->nsaved = 0;
	c->program.len = 0;
	c->start = c->last = c->nlabels++;
	buf_addf(code, ".Lkpatch_cfi%u:\n", c->start);
	c->last_at = code->len;
}

/* The number of a CIE of the open FDE's kind, written if it is new. */
static struct error *find_cie(struct cfi *c, struct binder *bd,
			      const struct asm_stmt *s, unsigned int *ret_cie)
{
	struct slice pers = c->personality;
	char *key = xasprintf("%d %d %.*s", c->signal, c->lsda.n != 0,
			      (int)pers.n, pers.p);
	uintptr_t known = (uintptr_t)strmap_gets(&c->cie_by_kind, key);

	if (known) {
		free(key);
		*ret_cie = (unsigned int)known - 1;
		return NULL;
	}
	VEC_GROW(c->names, c->nnames, c->cap_names);
	c->names[c->nnames++] = key;

	unsigned int n = c->ncies++;
	struct buf *b = &c->cies;
	strmap_put(&c->cie_by_kind, key, strlen(key),
		   (void *)(uintptr_t)(n + 1));
	buf_addf(b,
		 "\t.balign\t8\n.Lkpatch_cie%u:\n"
		 "\t.long\t.Lkpatch_cie_end%u-.Lkpatch_cie%u-4\n\t.long\t0\n"
		 "\t.byte\t1\n\t.string\t\"z%s%sR%s\"\n"
		 "\t.uleb128\t1\n\t.sleb128\t%d\n\t.byte\t%d\n"
		 "\t.uleb128\t%d\n",
		 n, n, n, pers.n ? "P" : "", c->lsda.n ? "L" : "",
		 c->signal ? "S" : "", DATA_ALIGN, RA_COLUMN,
		 1 + (pers.n ? 5 : 0) + (c->lsda.n ? 1 : 0));
	if (pers.n) {
		/* DW_EH_PE_indirect|pcrel|sdata4, whatever it was: the slot
		   is in the patch. */
		if (slice_starts(pers, "DW.ref.")) {
			pers.p += strlen("DW.ref.");
			pers.n -= strlen("DW.ref.");
		}
		buf_add_str(b, "\t.byte\t0x9b\n\t.long\t");
		TRY(bind_got(bd, pers, s->line, b));
		buf_add_str(b, "-.\n");
	}
	if (c->lsda.n)
		buf_add_str(b, "\t.byte\t0x1b\n");
	/* DW_EH_PE_pcrel|sdata4; def_cfa rsp, 8; offset RA, 1; padding */
	buf_addf(b,
		 "\t.byte\t0x1b\n\t.byte\t0xc,7,8,0x90,1\n\t.balign\t8\n"
		 ".Lkpatch_cie_end%u:\n",
		 n);
	*ret_cie = n;
	return NULL;
}

static struct error *finish(struct cfi *c, struct binder *bd,
			    const struct asm_stmt *s, struct buf *code)
{
	unsigned int cie, n = c->nfdes++, end = c->nlabels++;
	struct buf *b = &c->fdes;

	TRY(find_cie(c, bd, s, &cie));
	buf_addf(code, ".Lkpatch_cfi%u:\n", end);
	buf_addf(b,
		 "\t.balign\t8\n.Lkpatch_fde%u:\n"
		 "\t.long\t.Lkpatch_fde_end%u-.Lkpatch_fde%u-4\n"
		 "\t.long\t.-.Lkpatch_cie%u\n"
		 "\t.long\t.Lkpatch_cfi%u-.\n"
		 "\t.long\t.Lkpatch_cfi%u-.Lkpatch_cfi%u\n"
		 "\t.uleb128\t%d\n",
		 n, n, n, cie, c->start, end, c->start, c->lsda.n ? 4 : 0);
	if (c->lsda.n) {
		buf_add_str(b, "\t.long\t");
		TRY(bind_name(bd, c->lsda, BIND_ADDRESS, s->line, b));
		buf_add_str(b, "-.\n");
	}
	buf_add(b, c->program.data, c->program.len);
	buf_addf(b, "\t.balign\t8\n.Lkpatch_fde_end%u:\n", n);
	c->open = false;
	return NULL;
}

/* DW_CFA_offset, or DW_CFA_offset_extended_sf if it is above the CFA. */
static bool add_offset(struct cfi *c, int64_t reg, int64_t off)
{
	if (off % DATA_ALIGN)
		return false;
	if (off <= 0)
		buf_addf(&c->program, "\t.byte\t0x%x\n\t.uleb128\t%lld\n",
			 0x80 | (unsigned int)reg, (long long)off / DATA_ALIGN);
	else
		buf_addf(&c->program,
			 "\t.byte\t0x11\n\t.uleb128\t%lld\n\t.sleb128\t%lld\n",
			 (long long)reg, (long long)off / DATA_ALIGN);
	return true;
}

static void add_def(struct cfi *c, int op, int64_t x)
{
	buf_addf(&c->program, "\t.byte\t%d\n\t.uleb128\t%lld\n", op,
		 (long long)x);
}

/* Directives with operands; false if one isn't understood. */
static bool add_rule(struct cfi *c, struct slice head, struct slice args)
{
	struct slice all = args;
	struct slice first = slice_next_operand(&args);
	struct slice second = slice_trim(args);
	int64_t x, y;

	if (slice_is(head, ".cfi_escape")) {
		buf_addf(&c->program, "\t.byte\t%.*s\n", (int)all.n, all.p);
		return all.n != 0;
	}
	if (slice_is(head, ".cfi_def_cfa_offset") && parse_num(first, &x)) {
		c->offset = x;
		add_def(c, 0x0e, x);
	} else if (slice_is(head, ".cfi_adjust_cfa_offset") &&
		   parse_num(first, &x)) {
		c->offset += x;
		add_def(c, 0x0e, c->offset);
	} else if (slice_is(head, ".cfi_def_cfa_register") &&
		   parse_reg(first, &x)) {
		add_def(c, 0x0d, x);
	} else if (slice_is(head, ".cfi_def_cfa") && parse_reg(first, &x) &&
		   parse_num(second, &y)) {
		c->offset = y;
		add_def(c, 0x0c, x);
		buf_addf(&c->program, "\t.uleb128\t%lld\n", (long long)y);
	} else if (slice_is(head, ".cfi_offset") && parse_reg(first, &x) &&
		   parse_num(second, &y)) {
		return add_offset(c, x, y);
	} else if (slice_is(head, ".cfi_rel_offset") && parse_reg(first, &x) &&
		   parse_num(second, &y)) {
		return add_offset(c, x, y - c->offset);
	} else if (slice_is(head, ".cfi_restore") && parse_reg(first, &x)) {
		buf_addf(&c->program, "\t.byte\t0x%x\n",
			 0xc0 | (unsigned int)x);
	} else if (slice_is(head, ".cfi_undefined") && parse_reg(first, &x)) {
		add_def(c, 0x07, x);
	} else if (slice_is(head, ".cfi_same_value") && parse_reg(first, &x)) {
		add_def(c, 0x08, x);
	} else if (slice_is(head, ".cfi_register") && parse_reg(first, &x) &&
		   parse_reg(second, &y)) {
		add_def(c, 0x09, x);
		buf_addf(&c->program, "\t.uleb128\t%lld\n", (long long)y);
	} else {
		return false;
	}
	return true;
}

static bool add_state(struct cfi *c, bool remember)
{
	if (remember) {
		if (c->nsaved == sizeof(c->saved) / sizeof(c->saved[0]))
			return false;
		c->saved[c->nsaved++] = c->offset;
	} else {
		if (!c->nsaved)
			return false;
		c->offset = c->saved[--c->nsaved];
	}
	buf_addf(&c->program, "\t.byte\t%d\n", remember ? 0x0a : 0x0b);
	return true;
}

struct error *cfi_add(struct cfi *c, struct binder *bd,
		      const struct asm_stmt *s, struct buf *code)
{
	struct slice head = asm_head(s), args = asm_operands(s);
	bool known = true;

	if (slice_is(head, ".cfi_sections"))
		return NULL;
	if (slice_is(head, ".cfi_startproc")) {
		begin(c, code);
		return NULL;
	}
	if (!c->open)
		return REFUSE(bd, s, "%.*s outside of .cfi_startproc",
			      (int)head.n, head.p);
	if (slice_is(head, ".cfi_endproc"))
		return finish(c, bd, s, code);
	if (slice_is(head, ".cfi_signal_frame")) {
		c->signal = true;
	} else if (slice_is(head, ".cfi_personality")) {
		slice_next_operand(&args);
		c->personality = slice_trim(args);
	} else if (slice_is(head, ".cfi_lsda")) {
		slice_next_operand(&args);
		c->lsda = slice_trim(args);
	} else {
		advance(c, code);
		if (slice_is(head, ".cfi_remember_state"))
			known = add_state(c, true);
		else if (slice_is(head, ".cfi_restore_state"))
			known = add_state(c, false);
		else
			known = add_rule(c, head, args);
	}
	return known ? NULL
		     : REFUSE(bd, s, "cannot translate \"%.*s\"",
			      (int)s->text.n, s->text.p);
}
