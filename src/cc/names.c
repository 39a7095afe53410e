// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/names.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The part before the last dot of the file's name. */
static char *stem_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name || strchr(dot, '/'))
		return xstrdup(name);
	return xstrndup(name, (size_t)(dot - name));
}

static const char *suffix_of(const char *name)
{
	const char *dot = strrchr(base_of(name), '.');

	return dot ? dot : "";
}

static char *dir_of(const char *path)
{
	return xstrndup(path, (size_t)(base_of(path) - path));
}

static const char *source_path(const struct cc_command *c, size_t source)
{
	return c->words[c->sources[source].word].text;
}

/*
 * The NAME in .kpatch_NAME for an object. "foo.o" is "foo"; other objects keep
 * their whole name, so that foo.o, foo.os and foo (which gets a dot, since it
 * isn't foo.o) differ.
 */
static char *object_name(const char *object)
{
	const char *base = base_of(object), *suffix = suffix_of(base);

	if (!strcmp(suffix, ".o"))
		return stem_of(base);
	return *suffix ? xstrdup(base) : xasprintf("%s.", base);
}

/* How many sources before this one have the same file name. */
static size_t namesakes(const struct cc_command *c, size_t source)
{
	const char *base = base_of(source_path(c, source));
	size_t n = 0;

	for (size_t i = 0; i < source; i++)
		n += !strcmp(base_of(source_path(c, i)), base);
	return n;
}

static char *build_name(const struct cc_command *c, size_t source,
			const char *product)
{
	const char *base = base_of(source_path(c, source));
	size_t before = namesakes(c, source);

	if (before)
		return xasprintf("%s-%zu-%s", base_of(product), before + 1,
				 base);
	return xasprintf("%s-%s", base_of(product), base);
}

/* As GCC 12's driver names auxiliary files (GCC manual, -dumpbase). */
static void name_dumps(struct cc_names *n, const struct cc_command *c,
		       const char *source)
{
	n->dumpext = xstrdup(suffix_of(source));
	if (c->action == CC_BUILD) {
		_autofree_ char *stem =
			stem_of(c->output ? c->output : "a.out");

		n->dumpdir = xasprintf("%s-", stem);
		n->dumpbase = xstrdup(base_of(source));
	} else if (c->output) {
		_autofree_ char *stem = stem_of(base_of(c->output));

		n->dumpdir = dir_of(c->output);
		n->dumpbase = xasprintf("%s%s", stem, n->dumpext);
	} else {
		n->dumpdir = xstrdup("");
		n->dumpbase = xstrdup(base_of(source));
	}
}

char *cc_names_base(const char *product)
{
	_autofree_ char *dir = dir_of(product), *name = object_name(product);

	return xasprintf("%s.kpatch_%s", dir, name);
}

void cc_names_init(struct cc_names *n, const struct cc_command *c,
		   size_t source)
{
	const char *path = source_path(c, source);
	_autofree_ char *stem = stem_of(base_of(path));
	_autofree_ char *dir = NULL, *name = NULL, *deps = NULL;

	*n = (struct cc_names){0};
	if (c->action == CC_BUILD)
		n->product = xstrdup(c->output ? c->output : "a.out");
	else
		n->product = c->output ? xstrdup(c->output)
				       : xasprintf("%s.o", stem);
	dir = dir_of(n->product);
	name = c->action == CC_BUILD ? build_name(c, source, n->product)
				     : object_name(n->product);
	n->object = c->action == CC_BUILD
			    ? xasprintf("%s.kpatch_%s.o", dir, name)
			    : xstrdup(n->product);
	n->captured = xasprintf("%s.kpatch_%s.s", dir, name);
	n->original = xasprintf("%s.kpatch_%s.original.s", dir, name);
	n->patched = xasprintf("%s.kpatch_%s.patched.s", dir, name);
	n->included = xasprintf("%s.kpatch_%s.deps", dir, name);
	n->dates = xasprintf("%s.kpatch_%s.dates", dir, name);
	n->augmented = xasprintf("%s.kpatch_%s.augmented.s", dir, name);
	deps = stem_of(n->product);
	n->deps = xasprintf("%s.d", deps);
	name_dumps(n, c, path);
}

void cc_names_deinit(struct cc_names *n)
{
	free(n->product);
	free(n->object);
	free(n->captured);
	free(n->original);
	free(n->patched);
	free(n->augmented);
	free(n->included);
	free(n->dates);
	free(n->deps);
	free(n->dumpdir);
	free(n->dumpbase);
	free(n->dumpext);
	*n = (struct cc_names){0};
}
