// SPDX-License-Identifier: GPL-2.0-or-later
/* Which functions and variables differ between two assembly texts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/diff.h"

#define FUNC(name, body)                                                       \
	"\t.text\n\t.type " name ", @function\n" name ":\n" body "\t.size " name  \
	", .-" name "\n"
#define DATA(name, body)                                                       \
	"\t.data\n\t.type " name ", @object\n" name ":\n" body "\t.size " name ", 4\n"
#define STRING(label, text)                                                    \
	"\t.section .rodata.str1.1,\"aMS\",@progbits,1\n" label ":\n"            \
	"\t.string \"" text "\"\n"

struct row {
	const char *what, *original, *patched;
	size_t changed, added, variables;
	const char *holds; /* a part of the result or of the refusal, or NULL */
	enum error_code code;
};

static const struct row rows[] = {
	{"comments and blanks are no difference", FUNC("f", "\tret\n"),
	 "# new\n\n" FUNC("f", "\tret # here\n"), 0, 0, 0, NULL, ERR_OK},
	{"an instruction differs", FUNC("f", "\tret\n"),
	 FUNC("f", "\tnop\n\tret\n"), 1, 0, 0, "f.Lfe:", ERR_OK},
	{"labels by position", FUNC("f", ".L1:\n\tjmp .L1\n"),
	 FUNC("f", ".L7:\n\tjmp .L7\n"), 0, 0, 0, NULL, ERR_OK},
	{"another label is another jump", FUNC("f", ".L1:\n\tnop\n.L2:\n\tjmp .L1\n"),
	 FUNC("f", ".L1:\n\tnop\n.L2:\n\tjmp .L2\n"), 1, 0, 0,
	 "jmp\t.L2.kpatch", ERR_OK},
	{"strings by content", STRING(".LC0", "a#;b") FUNC("f", "\tlea .LC0(%rip), %rdi\n"),
	 STRING(".LC5", "a#;b") FUNC("f", "\tlea .LC5(%rip), %rdi\n"), 0, 0, 0,
	 NULL, ERR_OK},
	{"a string differs", STRING(".LC0", "a;b") FUNC("f", "\tlea .LC0(%rip), %rdi\n"),
	 STRING(".LC0", "a;c") FUNC("f", "\tlea .LC0(%rip), %rdi\n"), 1, 0, 1,
	 ".string\t\"a;c\"", ERR_OK},
	{"a string of the original is used again",
	 STRING(".LC0", "x") FUNC("f", "\tlea .LC0(%rip), %rdi\n"),
	 STRING(".LC3", "x") FUNC("f", "\tlea .LC3(%rip), %rsi\n"), 1, 0, 0,
	 "lea\t.LC0(%rip), %rsi", ERR_OK},
	{"the order of functions is no difference",
	 FUNC("f", "\tret\n") FUNC("g", "\tnop\n\tret\n"),
	 FUNC("g", "\tnop\n\tret\n") FUNC("f", "\tret\n"), 0, 0, 0, NULL, ERR_OK},
	{"a new function, called by a changed one", FUNC("f", "\tret\n"),
	 FUNC("h", "\tret\n") FUNC("f", "\tcall h\n\tret\n"), 1, 1, 0,
	 "call\th.kpatch", ERR_OK},
	{"a symbol of another file", FUNC("f", "\tret\n"),
	 FUNC("f", "\tjmp puts@PLT\n"), 1, 0, 0, "jmp\tputs.kpatch_ext@PLT",
	 ERR_OK},
	{"a new variable", DATA("v", "\t.long 1\n") FUNC("f", "\tret\n"),
	 DATA("v", "\t.long 1\n") DATA("w", "\t.long 2\n")
		 FUNC("f", "\tincl w(%rip)\n\tret\n"),
	 1, 0, 1, "w.kpatch:", ERR_OK},
	{"an initial value", DATA("v", "\t.long 1\n"), DATA("v", "\t.long 2\n"),
	 0, 0, 0, "p.s:3: initial value of variable v changed", ERR_FAILED},
	{"only the handled exception differs",
	 FUNC("f", "\t.cfi_startproc\n\t.cfi_lsda 0x1b,.LLSDA0\n\tret\n\t.cfi_endproc\n")
	 "\t.section .gcc_except_table,\"a\",@progbits\n.LLSDA0:\n\t.long i-.\n",
	 FUNC("f", "\t.cfi_startproc\n\t.cfi_lsda 0x1b,.LLSDA0\n\tret\n\t.cfi_endproc\n")
	 "\t.section .gcc_except_table,\"a\",@progbits\n.LLSDA0:\n\t.long l-.\n",
	 1, 0, 1, "l.kpatch_ext-.", ERR_OK},
	{"new thread-local storage", FUNC("f", "\tret\n"),
	 "\t.section .tbss,\"awT\",@nobits\n\t.type t, @object\nt:\n\t.zero 4\n"
	 FUNC("f", "\tret\n"),
	 0, 0, 0, "new thread-local variable t", ERR_FAILED},
};

static struct asm_file *parsed(const char *name, const char *text)
{
	struct asm_file *f = NULL;

	assert_null(asm_parse(name, text, strlen(text), &f));
	return f;
}

static void check_row(const struct row *r)
{
	_cleanup_(asm_freep) struct asm_file *a = parsed("o.s", r->original);
	_cleanup_(asm_freep) struct asm_file *b = parsed("p.s", r->patched);
	_cleanup_(error_freep) struct error *err = NULL;
	struct gensrc_options options = {0};
	struct gensrc_result got = {0};

	print_message("%s\n", r->what);
	err = gensrc(a, b, &options, &got);
	assert_int_equal(err ? err->code : ERR_OK, r->code);
	assert_int_equal(got.changed, r->changed);
	assert_int_equal(got.added, r->added);
	assert_int_equal(got.variables, r->variables);
	if (r->holds && !strstr(err ? err->message : got.text.data, r->holds))
		fail_msg("not found: %s\nin: %s", r->holds,
			 err ? err->message : got.text.data);
	if (!r->holds)
		assert_string_equal(got.text.data, r->original);
	buf_deinit(&got.text);
}

static void differences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(differences)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
