// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "asm/asm.h"
#include "base/cleanup.h"

static struct asm_file *parse(const char *text)
{
	struct asm_file *f = NULL;
	struct error *err = asm_parse("t.s", text, strlen(text), &f);

	if (err)
		print_error("%s\n", err->message);
	assert_null(err);
	return f;
}

static struct asm_sym *sym(struct asm_file *f, const char *name)
{
	struct asm_sym *s = asm_find(f, (struct slice){name, strlen(name)});

	assert_non_null(s);
	return s;
}

/* Symbols are put in [], everything else stays as it is. */
static void tokens_of_operands(void **state)
{
	(void)state;
	static const struct {
		const char *operands, *expected;
	} cases[] = {
		{"%rax, %rbx", "%rax, %rbx"},
		{"foo@PLT", "[foo]@PLT"},
		{"foo+8(%rip), %eax", "[foo]+8(%rip), %eax"},
		{"$.LC0, %edi", "$[.LC0], %edi"},
		{"$0x10, -8(%rbp,%rax,4)", "$0x10, -8(%rbp,%rax,4)"},
		{"%fs:x@tpoff, %eax", "%fs:[x]@tpoff, %eax"},
		{"*foo@GOTPCREL(%rip)", "*[foo]@GOTPCREL(%rip)"},
		{"1f", "1f"},
		{".-f", ".-[f]"},
		{".L3-.L4", "[.L3]-[.L4]"},
		{"%zmm0{%k1}{z}, a$b(%rip)", "%zmm0{%k1}{z}, [a$b](%rip)"},
		{"\"foo, bar\", x", "\"foo, bar\", [x]"},
		{"f.isra.0", "[f.isra.0]"},
		{"(%rdi) /* foo */", "(%rdi) /* foo */"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice rest = {cases[i].operands,
				     strlen(cases[i].operands)};
		_cleanup_(buf_deinit) struct buf out = BUF_INIT;
		struct token t;

		while (token_next(&rest, &t))
			buf_addf(&out, t.is_symbol ? "[%.*s]" : "%.*s",
				 (int)t.text.n, t.text.p);
		assert_string_equal(out.data, cases[i].expected);
	}
}

static void statements_of_lines(void **state)
{
	(void)state;
	_cleanup_(asm_freep) struct asm_file *f = parse(
		"\t.text\n\t.type f, @function\n"
		"f: nop; lock addl $1, x(%rip) # comment; not a statement\n"
		"/* a comment\n over lines */ rep movsq\n"
		"\t.size f, .-f\n"
		"\t.section .rodata\ns:\t.string \"a;b#c\\\"d\"\n");
	struct asm_atom *a = sym(f, "f")->atom;

	assert_int_equal(a->count, 3);
	assert_int_equal(f->stmts[a->stmts[0]].line, 3);
	assert_true(slice_is(asm_head(&f->stmts[a->stmts[1]]), "lock addl"));
	assert_true(slice_is(asm_operands(&f->stmts[a->stmts[1]]),
			     "$1, x(%rip)"));
	assert_int_equal(f->stmts[a->stmts[2]].line, 5);
	assert_true(slice_is(asm_head(&f->stmts[a->stmts[2]]), "rep movsq"));
	assert_int_equal(sym(f, "s")->atom->count, 1);
	assert_true(slice_is(
		asm_operands(&f->stmts[sym(f, "s")->atom->stmts[0]]),
		"\"a;b#c\\\"d\""));
}

static void a_jump_table_is_not_in_its_function(void **state)
{
	(void)state;
	_cleanup_(asm_freep) struct asm_file *f = parse(
		"\t.text\n\t.globl f\n\t.type f, @function\nf:\n"
		"\tjmp *%rax\n\t.section .rodata\n\t.align 4\n.L4:\n"
		"\t.long .L3-.L4\n\t.text\n.L3:\n\tret\n\t.size f, .-f\n"
		"\t.section .text.unlikely\n\t.cfi_startproc\n"
		"\t.type f.cold, @function\nf.cold:\n\tud2\n\t.cfi_endproc\n"
		"\t.size f.cold, .-f.cold\n");
	struct asm_sym *s = sym(f, "f");

	assert_true(s->global && s->function && s->atom->function);
	assert_int_equal(s->atom->comparable, 2);
	assert_ptr_equal(sym(f, ".L3")->atom, s->atom);
	assert_int_equal(sym(f, ".L3")->pos, 1);
	assert_int_equal(sym(f, ".L4")->atom->section->kind, SEC_RODATA);
	assert_int_not_equal(sym(f, ".L4")->atom->align, 0);
	assert_int_equal(sym(f, "f.cold")->atom->count, 3); /* with its CFI */
	assert_true(s->atom->end > 0);
}

static void sections_by_name_and_flags(void **state)
{
	(void)state;
	static const struct {
		const char *section;
		enum asm_section_kind kind;
	} cases[] = {
		{".text.startup,\"ax\",@progbits", SEC_TEXT},
		{".rodata.str1.1,\"aMS\",@progbits,1", SEC_RODATA},
		{".data.rel.ro.local,\"aw\"", SEC_RELRO},
		{".data.rel.local,\"aw\"", SEC_DATA},
		{".tbss,\"awT\",@nobits", SEC_TLS},
		{".init_array,\"aw\"", SEC_INIT},
		{".debug_info,\"\",@progbits", SEC_NOTE},
		{".textual,\"aw\"", SEC_DATA},
		{"mine,\"ax\",@progbits", SEC_TEXT},
		{"table,\"a\"", SEC_OTHER},
		{".note.GNU-stack,\"\",@progbits", SEC_NOTE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_autofree_ char *text = xasprintf("\t.section %s\n",
						  cases[i].section);
		_cleanup_(asm_freep) struct asm_file *f = parse(text);

		assert_int_equal(f->sections[1]->kind, cases[i].kind);
	}
}

static void malformed_text_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"\t.intel_syntax noprefix\n", "t.s:1: Intel syntax"},
		{"\t.popsection\n", "t.s:1: .popsection without"},
		{"\t.pushsection a\n\n", "t.s:3: .pushsection without"},
		{"\n.type f,@function\nf:\nf:\n", "t.s:4: f is defined twice"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct asm_file *f = NULL;
		struct error *err = asm_parse("t.s", cases[i].text,
					      strlen(cases[i].text), &f);

		assert_null(f);
		assert_non_null(err);
		assert_int_equal(err->code, ERR_BADFILE);
		if (!strstr(err->message, cases[i].message))
			fail_msg("got: %s", err->message);
		error_free(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_of_operands),
		cmocka_unit_test(statements_of_lines),
		cmocka_unit_test(a_jump_table_is_not_in_its_function),
		cmocka_unit_test(sections_by_name_and_flags),
		cmocka_unit_test(malformed_text_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
