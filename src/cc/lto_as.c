// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In the assembler's place during a link. GCC 12's lto-wrapper names objects
 * that come of the program's parts PREFIX.ltransN.ltrans.o, with
 * -flto-partition=none PREFIX.lto.o; the rest goes to the assembler as it is.
 */
#include "cc/lto.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strmap.h"
#include "cc/lto_parts.h"
#include "cc/spawn.h"

struct part {
	char *original, *patched, *augmented; /* files */
	const char *base, *tools;
	char *const *argv;
	size_t input; /* its place in argv; that of the NULL: standard input */
};

static void part_deinit(struct part *p)
{
	free(p->original);
	free(p->patched);
	free(p->augmented);
}

bool cc_lto_is_assembler(const char *program)
{
	const char *slash = strrchr(program, '/');

	return !strcmp(slash ? slash + 1 : program, "as") &&
	       getenv(CC_LTO_AS) && getenv(CC_LTO_BASE) && getenv(CC_LTO_STAGE);
}

void cc_lto_find(const char *base, const char *stage, glob_t *ret_paths)
{
	_cleanup_(buf_deinit) struct buf pattern = BUF_INIT;

	for (const char *c = base; *c; c++)
		buf_addf(&pattern, strchr("*?[]\\", *c) ? "\\%c" : "%c", *c);
	buf_addf(&pattern, ".lt*.%s.s", stage);
	buf_add_str(&pattern, "");
	if (glob(pattern.data, GLOB_NOSORT, NULL, ret_paths))
		*ret_paths = (glob_t){0};
}

/* "ltrans0" of /tmp/ccX.ltrans0.ltrans.o, "lto" of /tmp/ccX.lto.o, or NULL. */
static char *part_name(const char *object)
{
	const char *end = object + strlen(object);
	const char *p = strstr(object, ".ltrans"), *next;

	if (end - object > 6 && !strcmp(end - 6, ".lto.o"))
		return xstrdup("lto");
	for (; p; p = next) {
		size_t digits = strspn(p + 7, "0123456789");

		if (digits && !strcmp(p + 7 + digits, ".ltrans.o"))
			return xasprintf("ltrans%.*s", (int)digits, p + 7);
		next = strstr(p + 1, ".ltrans");
	}
	return NULL;
}

/* GCC gives -o OBJECT, and the input as the last word; none with -pipe. */
static const char *read_words(char **argv, size_t *ret_input)
{
	const char *object = NULL;
	size_t n = 0;

	for (; argv[n]; n++)
		if (!strcmp(argv[n], "-o") && argv[n + 1])
			object = argv[n + 1];
	*ret_input = n;
	if (n && strlen(argv[n - 1]) > 2 &&
	    !strcmp(argv[n - 1] + strlen(argv[n - 1]) - 2, ".s"))
		*ret_input = n - 1;
	else if (n && !strcmp(argv[n - 1], "-"))
		*ret_input = n - 1;
	return object;
}

static struct error *read_input(const struct part *p, struct buf *ret_text)
{
	const char *name = p->argv[p->input];

	*ret_text = BUF_INIT;
	if (name && strcmp(name, "-") != 0)
		return file_read(name, 0, ret_text);
	for (;;) {
		buf_reserve(ret_text, 1 << 16);

		ssize_t n = read(STDIN_FILENO, ret_text->data + ret_text->len,
				 ret_text->cap - ret_text->len - 1);

		if (n < 0 && errno != EINTR)
			return error_errno(errno, "as: standard input");
		if (n == 0)
			return NULL;
		ret_text->len += n > 0 ? (size_t)n : 0;
	}
}

static struct error *keep_input(const struct part *p, const char *path)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;

	TRY(read_input(p, &text));
	return file_write(path, text.data ? text.data : "", text.len, 0644);
}

static struct error *assemble(const struct part *p, const char *assembly,
			      int *ret_status)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;

	cc_args_add(&args, getenv(CC_LTO_AS));
	for (size_t i = 0; i < p->input; i++)
		cc_args_add(&args, p->argv[i]);
	cc_args_add(&args, assembly);
	return cc_spawn(&args, 0, ret_status);
}

/* ---- functions that are in another part than before ---- */

/* The next FUNCTION of a line ".type FUNCTION, @function" from *pos on. */
static const char *next_function(const struct buf *text, size_t *pos,
				 size_t *ret_len)
{
	static const char directive[] = "\n\t.type\t", suffix[] = ", @function";
	const size_t before = sizeof(directive) - 1, after = sizeof(suffix) - 1;
	const char *p;

	while (*pos < text->len &&
	       (p = memmem(text->data + *pos, text->len - *pos, directive,
			   before))) {
		const char *name = p + before;
		size_t len = strcspn(name, ",\n");

		*pos = (size_t)(name - text->data) + len;
		*ret_len = len;
		if (!strncmp(name + len, suffix, after))
			return name;
	}
	return NULL;
}

static void index_functions(const struct buf *text, struct strmap *map)
{
	size_t pos = 0, len;
	const char *name;

	while ((name = next_function(text, &pos, &len)))
		strmap_put(map, name, len, map);
}

/* `own` has those of the original of this part. */
static struct error *check_moved_from(const struct part *p,
				      const struct buf *patched,
				      const struct strmap *own,
				      const char *other)
{
	_cleanup_(strmap_deinit) struct strmap theirs = STRMAP_INIT;
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	size_t pos = 0, len;
	const char *name;

	TRY(file_read(other, 0, &text));
	index_functions(&text, &theirs);
	while ((name = next_function(patched, &pos, &len)))
		if (!strmap_get(own, name, len) &&
		    strmap_get(&theirs, name, len))
			return error_new(ERR_FAILED, "%s: -flto has put "
					 "function %.*s into another part of "
					 "the program than in the original "
					 "(%s): build both stages with "
					 "-flto-partition=one",
					 p->patched, (int)len, name, other);
	return NULL;
}

/*
 * Such a one would be taken for new, while calls of the old one go on. (Also
 * refused: a new one with the name of another part's.)
 */
static struct error *check_moved(const struct part *p)
{
	_cleanup_(strmap_deinit) struct strmap own = STRMAP_INIT;
	_cleanup_(buf_deinit) struct buf original = BUF_INIT;
	_cleanup_(buf_deinit) struct buf patched = BUF_INIT;
	_cleanup_(globfree) glob_t others = {0};

	TRY(file_read(p->original, 0, &original));
	TRY(file_read(p->patched, 0, &patched));
	index_functions(&original, &own);
	cc_lto_find(p->base, "original", &others);
	for (size_t i = 0; i < others.gl_pathc; i++)
		if (strcmp(others.gl_pathv[i], p->original) != 0)
			TRY(check_moved_from(p, &patched, &own,
					     others.gl_pathv[i]));
	return NULL;
}

/* ---- the stages ---- */

static struct error *gensrc(const struct part *p, int *ret_status)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;
	_autofree_ char *program = xasprintf("%s/kpatch_gensrc", p->tools);
	const char *const words[] = {program, "-i", p->original, "-i",
		p->patched, "-o", p->augmented, NULL};

	for (size_t w = 0; words[w]; w++)
		cc_args_add(&args, words[w]);
	return cc_spawn(&args, 0, ret_status);
}

static struct error *assemble_patched(const struct part *p, int *ret_status)
{
	if (access(p->original, F_OK))
		return error_new(ERR_FAILED, "%s is missing: the original was "
				 "not linked by kpatch_cc with -flto, or into "
				 "fewer parts; build it with "
				 "KPATCH_STAGE=original first (kpmake --clean)",
				 p->original);
	TRY(keep_input(p, p->patched));
	TRY(check_moved(p));
	TRY(gensrc(p, ret_status));
	return *ret_status ? NULL : assemble(p, p->augmented, ret_status);
}

static struct error *assemble_part(struct part *p, const char *name,
				   int *ret_status)
{
	p->base = getenv(CC_LTO_BASE);
	p->tools = getenv(CC_LTO_TOOLS);
	p->original = xasprintf("%s.%s.original.s", p->base, name);
	p->patched = xasprintf("%s.%s.patched.s", p->base, name);
	p->augmented = xasprintf("%s.%s.augmented.s", p->base, name);
	if (!strcmp(getenv(CC_LTO_STAGE), "patched"))
		return assemble_patched(p, ret_status);
	TRY(keep_input(p, p->original));
	return assemble(p, p->original, ret_status);
}

struct error *cc_lto_assemble(char **argv, int *ret_status)
{
	_cleanup_(part_deinit) struct part p = {.argv = argv};
	_cleanup_(cc_args_deinit) struct cc_args as = CC_ARGS_INIT;
	const char *object = read_words(argv, &p.input);
	_autofree_ char *name = object ? part_name(object) : NULL;

	if (name)
		return assemble_part(&p, name, ret_status);
	cc_args_add(&as, getenv(CC_LTO_AS));
	return cc_become(&as, argv);
}
