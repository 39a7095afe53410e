// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_cc's analysis of command lines, as tables of lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cc/cmdline.h"
#include "cc/names.h"
#include "cc/shifts.h"
#include "cc/steps.h"

static void parse(const char *line, struct cc_command *c)
{
	struct cc_args args = CC_ARGS_INIT;
	char *none[] = {NULL};

	cc_args_split(&args, line);
	assert_null(cc_parse(args.v ? args.v : none, c));
	cc_args_deinit(&args);
}

static char *joined(const struct cc_args *args)
{
	struct buf text = BUF_INIT;

	buf_add_str(&text, "");
	for (size_t i = 0; i < args->n; i++)
		buf_addf(&text, "%s%s", i ? " " : "", args->v[i]);
	return text.data ? text.data : xstrdup("");
}

/* What a line asks for: its action, sources with language, output, deps. */
static void test_actions(void **state)
{
	static const struct {
		const char *line, *meaning;
	} rows[] = {
		{"", "pass"},
		{"-v", "pass"},
		{"--version", "pass"},
		{"-print-file-name=x.c", "pass"},
		{"-c x.c", "compile x.c"},
		{"-c x.c -o d/x.o", "compile x.c > d/x.o"},
		{"-c x.c -od/x.o", "compile x.c > d/x.o"},
		{"-c x.c --output x.o", "compile x.c > x.o"},
		{"-o x.o -c x.c", "compile x.c > x.o"},
		{"-c a.c b.cc c.cpp d.C e.i f.ii", "compile a.c b.cc c.cpp d.C e.i f.ii"},
		{"-c a.S b.s", "pass"},
		{"-c a.c b.S", "compile a.c + 1"},
		{"x.c", "build x.c"},
		{"x.c y.o -lz -o p", "build x.c + 1 > p"},
		{"y.o -lz -o p", "link + 1 > p"},
		{"-shared y.o libz.a", "link + 2"},
		{"-E x.c", "pass"},
		{"-S x.c", "pass"},
		{"-M x.c", "pass"},
		{"-MM -c x.c", "pass"},
		{"-### -c x.c", "pass"},
		{"-fsyntax-only x.c", "pass"},
		{"-c -", "pass"},
		{"-x c -c -", "pass"},
		{"-c x.h", "pass"},
		{"-x c-header -c x", "pass"},
		{"-c -x c x.other", "compile x.other(c)"},
		{"-xc++ -c x.c", "compile x.c(c++)"},
		{"-x c a -x none b.c c.o", "build a(c) b.c + 1"},
		{"-x assembler -c x.c", "pass"},
		{"-c x.c -MD", "compile x.c deps"},
		{"-c x.c -MMD -MF f.d -MT t", "compile x.c deps file target"},
		{"-c x.c -MD -MFf.d -MQt", "compile x.c deps file target"},
		{"-c x.c -include y.c -I z.c -D w.c", "compile x.c"},
		{"-c x.c -MF y.c -isystem z.c --param w.c", "compile x.c file"},
		{"-c -Xclang y.c -mllvm z.c x.c", "compile x.c"},
		{"x.c -L y.c -l z.c -T w.c -Xlinker v.c -u q.c -e r.c", "build x.c"},
		{"-flto -c x.c", "compile x.c lto"},
		{"-flto=auto -c x.c", "compile x.c lto"},
		{"-flto -fno-lto -c x.c", "compile x.c"},
		{"-save-temps=obj -c x.c", "compile x.c side"},
		{"-c --coverage x.c", "compile x.c aux"},
		{"-r a.o b.o -o c.o", "link + 2 > c.o relocatable"},
		{"-Wl,-r a.o -o c.o", "link + 1 > c.o relocatable"},
		{"-rdynamic a.o", "link + 1"},
		{"a.b/x", "link + 1"},
	};
	static const char *const names[] = {"pass", "compile", "build", "link"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cc_command c;
		struct buf got = BUF_INIT;

		parse(rows[i].line, &c);
		buf_add_str(&got, names[c.action]);
		for (size_t s = 0; c.action != CC_PASS && s < c.nsources; s++) {
			buf_addf(&got, " %s", c.words[c.sources[s].word].text);
			if (c.sources[s].lang)
				buf_addf(&got, "(%s)", c.sources[s].lang);
		}
		if (c.action != CC_PASS) {
			if (c.ninputs)
				buf_addf(&got, " + %zu", c.ninputs);
			if (c.output)
				buf_addf(&got, " > %s", c.output);
			buf_addf(&got, "%s%s%s%s%s%s%s", c.deps ? " deps" : "",
				 c.deps_file ? " file" : "",
				 c.deps_target ? " target" : "",
				 c.lto ? " lto" : "",
				 c.side_files ? " side" : "",
				 c.aux_names ? " aux" : "",
				 c.relocatable ? " relocatable" : "");
		}
		if (strcmp(got.data, rows[i].meaning))
			fail_msg("%s\nis        %s\nexpected  %s", rows[i].line,
				 got.data, rows[i].meaning);
		buf_deinit(&got);
		cc_command_deinit(&c);
	}
}

/* The files beside each output. */
static void test_names(void **state)
{
	static const struct {
		const char *line;
		size_t source;
		const char *object, *original, *deps;
	} rows[] = {
		{"-c x.c", 0, "x.o", ".kpatch_x.original.s", "x.d"},
		{"-c a/x.c", 0, "x.o", ".kpatch_x.original.s", "x.d"},
		{"-c a/x.c b/y.c", 1, "y.o", ".kpatch_y.original.s", "y.d"},
		{"-c x.c -o d/y.o", 0, "d/y.o", "d/.kpatch_y.original.s",
		 "d/y.d"},
		{"-c x.c -o .libs/x.o", 0, ".libs/x.o",
		 ".libs/.kpatch_x.original.s", ".libs/x.d"},
		{"-c x.c -o x.pic.o", 0, "x.pic.o", ".kpatch_x.pic.original.s",
		 "x.pic.d"},
		{"-c x.c -o x.os", 0, "x.os", ".kpatch_x.os.original.s", "x.d"},
		{"-c x.c -o x", 0, "x", ".kpatch_x..original.s", "x.d"},
		{"-c x.c -o a.b/x", 0, "a.b/x", "a.b/.kpatch_x..original.s",
		 "a.b/x.d"},
		{"x.c", 0, ".kpatch_a.out-x.c.o",
		 ".kpatch_a.out-x.c.original.s", "a.d"},
		{"x.c -o d/p", 0, "d/.kpatch_p-x.c.o",
		 "d/.kpatch_p-x.c.original.s", "d/p.d"},
		{"a/x.c b/x.c -o p", 1, ".kpatch_p-2-x.c.o",
		 ".kpatch_p-2-x.c.original.s", "p.d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cc_command c;
		struct cc_names n;

		parse(rows[i].line, &c);
		cc_names_init(&n, &c, rows[i].source);
		assert_string_equal(n.object, rows[i].object);
		assert_string_equal(n.original, rows[i].original);
		assert_string_equal(n.deps, rows[i].deps);
		cc_names_deinit(&n);
		cc_command_deinit(&c);
	}
}

/* Each step's words for a line, with gcc unless it says clang. */
static void test_steps(void **state)
{
	enum step { CAPTURE, BESIDE, ASSEMBLE, OTHERS, LINK, LINK_ORIGINAL };
	static const struct {
		const char *line;
		enum step step;
		bool clang;
		const char *words;
	} rows[] = {
		{"-O2 -g -c x.c -o d/x.o", CAPTURE, false,
		 "-O2 -g -MD -MF d/.kpatch_x.deps -MQ / "
		 "-S -o d/.kpatch_x.s x.c"},
		{"-O2 -g -c x.c -o d/x.o", ASSEMBLE, false,
		 "-O2 -g -c -o d/x.o IN.s"},
		{"-O2 -c x.c", ASSEMBLE, true,
		 "-Qunused-arguments -O2 -c -o x.o IN.s"},
		{"-c x.c -MD", CAPTURE, false,
		 "-MD -MF x.d -MQ x.o -S -o .kpatch_x.s x.c"},
		{"-c x.c -MD -MP -MF f -MT t", CAPTURE, false,
		 "-MD -MP -MF f -MT t -S -o .kpatch_x.s x.c"},
		{"-c x.c -MD -Wp,-MD,f", ASSEMBLE, false, "-c -o x.o IN.s"},
		{"-Wall -c x.c -MD -save-temps", BESIDE, false,
		 "-Wall -w -S -o .kpatch_x.s x.c"},
		{"--coverage -c x.c -o d/y.o", BESIDE, false,
		 "--coverage -w -MD -MF d/.kpatch_y.deps -MQ / -dumpdir d/ -dumpbase y.c -dumpbase-ext .c "
		 "-S -o d/.kpatch_y.s x.c"},
		{"-xc -c x.y -march=native -Wa,-q", CAPTURE, false,
		 "-march=native -Wa,-q -MD -MF .kpatch_x.deps -MQ / "
		 "-S -o .kpatch_x.s -x c x.y"},
		{"-xc -c x.y -march=native -Wa,-q", ASSEMBLE, false,
		 "-march=native -Wa,-q -c -o x.o IN.s"},
		{"-O2 -c a.c b.S c.s", OTHERS, false, "-O2 -c b.S c.s"},
		{"a.o -s b.o -o p", LINK, false, "a.o b.o -o p -Wl,-q"},
		{"a.o -s b.o -o p", LINK_ORIGINAL, false, "a.o -s b.o -o p"},
		{"a.o -Wl,-s,-z,now,--strip-all -Wl,-S", LINK, false,
		 "a.o -Wl,-z,now -Wl,-q"},
		{"a.o -Wl,-soname,x -Wl,--strip-debug", LINK, false,
		 "a.o -Wl,-soname,x -Wl,-q"},
		{"a.o -Xlinker -s -Xlinker -v", LINK, false,
		 "a.o -Xlinker -v -Wl,-q"},
		{"x.c -lz -o p", LINK_ORIGINAL, false,
		 ".kpatch_p-x.c.o -lz -o p"},
		{"-x c x.y -x none z.o -o p", LINK, false,
		 "-x c -x none .kpatch_p-x.y.o -x c -x none z.o -o p -Wl,-q"},
	};

	(void)state;
	assert_int_equal(chdir("/"), 0); /* the target of -MQ */
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cc_compiler compiler = {.clang = rows[i].clang};
		struct cc_args args = CC_ARGS_INIT;
		struct cc_command c;
		struct cc_names n = {0};

		parse(rows[i].line, &c);
		if (c.nsources)
			cc_names_init(&n, &c, 0);
		switch (rows[i].step) {
		case CAPTURE:
		case BESIDE:
			cc_step_capture(&c, 0, &n, rows[i].step == CAPTURE,
					&compiler, &args);
			break;
		case ASSEMBLE:
			cc_step_assemble(&c, &n, "IN.s", &compiler, &args);
			break;
		case OTHERS:
			cc_step_others(&c, &args);
			break;
		case LINK:
		case LINK_ORIGINAL:
			cc_step_link(&c, &n, rows[i].step == LINK, &args);
			break;
		}
		char *got = joined(&args);
		if (strcmp(got, rows[i].words))
			fail_msg("%s\ngives     %s\nexpected  %s", rows[i].line,
				 got, rows[i].words);
		free(got);
		cc_args_deinit(&args);
		cc_names_deinit(&n);
		cc_command_deinit(&c);
	}
}

/* Which lines run unchanged, with -S beside them. */
static void test_needs_plain(void **state)
{
	static const struct {
		const char *line;
		bool clang, plain;
	} rows[] = {
		{"-O2 -g -c x.c", false, false},
		{"-O2 -c x.c", true, true},
		{"-MD -c x.c", false, false},
		{"-MD x.c -o p", false, true},
		{"x.c -o p", false, false},
		{"-gsplit-dwarf -c x.c", false, true},
		{"-fprofile-arcs -c x.c", false, true},
		{"-fdump-tree-all -c x.c", false, true},
	};

	(void)state;
	assert_int_equal(chdir("/"), 0); /* the target of -MQ */
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cc_compiler compiler = {.clang = rows[i].clang};
		struct cc_command c;

		parse(rows[i].line, &c);
		assert_int_equal(cc_needs_plain(&c, &compiler), rows[i].plain);
		cc_command_deinit(&c);
	}
}

static char *temporary_file(const char *text)
{
	char *path = xstrdup("/tmp/test_cc.XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void test_response_file(void **state)
{
	struct cc_args args = CC_ARGS_INIT, again = CC_ARGS_INIT;
	char *path = temporary_file("-c  'a b'\n\"c \\\" d\"\t'' e\\ f\\\\ @no");
	char *at = xasprintf("@%s", path);

	(void)state;
	assert_null(cc_args_expand(&args, at));
	static const char *const expected[] = {"-c", "a b", "c \" d", "",
					       "e f\\", "@no"};
	assert_int_equal(args.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(args.v[i], expected[i]);

	/* what we write is read back as it was */
	char *text = cc_args_quoted(args.v);
	char *copy = temporary_file(text);
	char *at_copy = xasprintf("@%s", copy);
	assert_null(cc_args_expand(&again, at_copy));
	assert_int_equal(again.n, args.n);
	for (size_t i = 0; i < args.n; i++)
		assert_string_equal(again.v[i], args.v[i]);
	unlink(path);
	unlink(copy);
	free(path);
	free(at);
	free(text);
	free(copy);
	free(at_copy);
	cc_args_deinit(&args);
	cc_args_deinit(&again);
}

static void test_response_file_of_itself(void **state)
{
	struct cc_args args = CC_ARGS_INIT;
	char *path = temporary_file("");
	char *at = xasprintf("@%s", path);

	(void)state;
	assert_null(file_write(path, at, strlen(at), 0600));
	struct error *err = cc_args_expand(&args, at);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_BADFILE);
	assert_non_null(strstr(err->message, "nested too deep"));
	error_free(err);
	unlink(path);
	free(path);
	free(at);
	cc_args_deinit(&args);
}

/* clang's `shll $1, %eax` keeps its form, inline assembly is left alone. */
static void test_shifts(void **state)
{
	static const struct {
		const char *text, *kept; /* NULL: none is there */
	} rows[] = {
		{"", NULL},
		{"\tshll\t%eax\n\tshll\t$2, %eax\n", NULL},
		{"\tshldl\t$1, %eax, %edx\n", NULL},
		{"\t#APP\n\tshll\t$1, %eax\n\t#NO_APP\n", NULL},
		{"\tshll\t$10, %eax\n", NULL},
		{"\tshll\t$1, %eax",
		 "\tshll\t$.Lkpatch_one, %eax"},
		{"\tnop\n\tsarq\t$1, 8(%rax)\n\tret\n\trolw\t$1, %ax\n",
		 "\tnop\n\tsarq\t$.Lkpatch_one, 8(%rax)\n\tret\n"
		 "\trolw\t$.Lkpatch_one, %ax\n"},
		{"\tcmpq\t$8, %rax\n\tcmpq\t$-8, %rax\n", NULL},
		{"\tcmpq\t$a, %rbx\n\tcmpq\t%rbx, %rax\n", NULL},
		{"\taddq\t$a@TPOFF, %rax\n\tcmpw\t$a, %ax\n", NULL},
		{"\tcmpq\t$, %rax\n\tor", NULL},
		{"\tcmpq\t$a+8, %rax\n\torl\t$a, %eax\n",
		 "\t.byte\t0x48, 0x3d; .reloc\t., R_X86_64_32S, a+8; "
		 ".long\t0\n\t.byte\t0xd; .long\ta\n"},
		{"\t#APP\n\t#NO_APP\n\tshrb\t$1, %al\n",
		 "\t#APP\n\t#NO_APP\n\tshrb\t$.Lkpatch_one, %al\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct buf out = BUF_INIT;
		bool any = shifts_keep_form(rows[i].text, strlen(rows[i].text),
					    &out);

		assert_int_equal(any, rows[i].kept != NULL);
		if (any) {
			buf_add(&out, "", 1);
			assert_ptr_equal(strstr(out.data, rows[i].kept),
					 out.data);
			assert_non_null(strstr(out.data,
					       "\t.set\t.Lkpatch_one, 1\n"));
		}
		buf_deinit(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_needs_plain),
		cmocka_unit_test(test_shifts),
		cmocka_unit_test(test_response_file),
		cmocka_unit_test(test_response_file_of_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
