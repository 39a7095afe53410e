// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/steps.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* The words of these kinds, in their order. */
static void add_kinds(const struct cc_command *c, unsigned kinds,
		      struct cc_args *args)
{
	for (size_t i = 0; i < c->nwords; i++)
		if (kinds & 1u << c->words[i].kind)
			cc_args_add(args, c->words[i].text);
}

static void add_two(struct cc_args *args, const char *option, const char *value)
{
	cc_args_add(args, option);
	cc_args_add(args, value);
}

bool cc_needs_plain(const struct cc_command *c,
		    const struct cc_compiler *compiler)
{
	return compiler->clang || c->side_files || c->aux_names ||
	       (c->action == CC_BUILD && c->deps);
}

/* The .d file as the plain command would name it, and its target. */
static void add_deps(const struct cc_command *c, const struct cc_names *names,
		     struct cc_args *args)
{
	if (!c->deps)
		return;
	if (!c->deps_file)
		add_two(args, "-MF", names->deps);
	if (!c->deps_target)
		add_two(args, "-MQ", names->product);
}

/*
 * For kpmake: what is read, where the command doesn't ask for a list itself.
 * The names in it are relative to its target.
 */
static void add_included(const struct cc_command *c,
			 const struct cc_names *names, struct cc_args *args)
{
	for (size_t i = 0; i < c->nwords; i++)
		if (c->words[i].kind == CC_WORD_DEPS)
			return;
	_autofree_ char *folder = getcwd(NULL, 0);
	if (!folder)
		return;
	cc_args_add(args, "-MD");
	add_two(args, "-MF", names->included);
	add_two(args, "-MQ", folder);
}

/* GCC names coverage data after the output; that must stay the product's. */
static void add_dump_names(const struct cc_names *names, struct cc_args *args)
{
	if (*names->dumpdir)
		add_two(args, "-dumpdir", names->dumpdir);
	add_two(args, "-dumpbase", names->dumpbase);
	add_two(args, "-dumpbase-ext", names->dumpext);
}

void cc_step_capture(const struct cc_command *c, size_t source,
		     const struct cc_names *names, bool alone,
		     const struct cc_compiler *compiler, struct cc_args *args)
{
	const struct cc_source *s = &c->sources[source];
	unsigned kinds = 1u << CC_WORD_KEEP;

	if (alone)
		kinds |= 1u << CC_WORD_DEPS;
	add_kinds(c, kinds, args);
	if (alone)
		add_deps(c, names, args);
	else
		cc_args_add(args, "-w");
	add_included(c, names, args);
	if (!alone && !compiler->clang && c->aux_names)
		add_dump_names(names, args);
	cc_args_add(args, "-S");
	add_two(args, "-o", names->captured);
	if (s->lang)
		add_two(args, "-x", s->lang);
	cc_args_add(args, c->words[s->word].text);
}

/* -O0, or no -O at all. */
static bool is_unoptimised(const struct cc_command *c)
{
	const char *level = "-O0";

	for (size_t i = 0; i < c->nwords; i++) {
		if (c->words[i].kind == CC_WORD_KEEP &&
		    !strncmp(c->words[i].text, "-O", 2))
			level = c->words[i].text;
	}
	return !strcmp(level, "-O0");
}

bool cc_is_self_assembled(const struct cc_command *c)
{
	bool self = true;

	for (size_t i = 0; i < c->nwords; i++) {
		const char *text = c->words[i].text;

		if (!strcmp(text, "-fno-integrated-as") ||
		    !strcmp(text, "-no-integrated-as"))
			self = false;
		else if (!strcmp(text, "-fintegrated-as") ||
			 !strcmp(text, "-integrated-as"))
			self = true;
	}
	return self;
}

void cc_step_assemble(const struct cc_command *c, const struct cc_names *names,
		      const char *assembly, const struct cc_compiler *compiler,
		      struct cc_args *args)
{
	/* -include, -D and the like mean nothing to the assembler */
	if (compiler->clang)
		cc_args_add(args, "-Qunused-arguments");
	/* Unoptimised code that clang 14 assembles itself has long jumps only;
	   the same from a .s file has short ones, unless told. */
	if (compiler->clang && is_unoptimised(c))
		cc_args_add(args, "-mrelax-all");
	add_kinds(c, 1u << CC_WORD_KEEP, args);
	cc_args_add(args, "-c");
	add_two(args, "-o", names->object);
	cc_args_add(args, assembly);
}

/* Sources are left out, or replaced by what `add` puts in their place. */
void cc_step_others(const struct cc_command *c, struct cc_args *args)
{
	add_kinds(c, ~(1u << CC_WORD_SOURCE), args);
}

/* A -Wl,... word without its parts that strip; nothing if nothing is left. */
static void add_linker_word(const char *word, struct cc_args *args)
{
	static const char *const strips[] = {"-s", "-S", "--strip-all",
		"--strip-debug", "-strip-all", "-strip-debug", NULL};
	_cleanup_(buf_deinit) struct buf kept = BUF_INIT;
	bool dropped = false;

	for (const char *p = word + strlen("-Wl,"); p;) {
		const char *comma = strchr(p, ',');
		size_t len = comma ? (size_t)(comma - p) : strlen(p);
		bool strip = false;

		for (size_t i = 0; strips[i]; i++)
			strip |= strlen(strips[i]) == len &&
				 !strncmp(p, strips[i], len);
		if (strip) {
			dropped = true;
		} else {
			buf_add_str(&kept, ",");
			buf_add(&kept, p, len);
		}
		p = comma ? comma + 1 : NULL;
	}
	if (!dropped) {
		cc_args_add(args, word);
	} else if (kept.len) {
		_autofree_ char *rest = xasprintf("-Wl%s", kept.data);

		cc_args_add(args, rest);
	}
}

/* -Xlinker -s is two words, of which neither may stay. */
static bool is_xlinker_strip(const struct cc_command *c, size_t i)
{
	return !strcmp(c->words[i].text, "-Xlinker") && i + 1 < c->nwords &&
	       (!strcmp(c->words[i + 1].text, "-s") ||
		!strcmp(c->words[i + 1].text, "-S") ||
		!strcmp(c->words[i + 1].text, "--strip-all") ||
		!strcmp(c->words[i + 1].text, "--strip-debug"));
}

static void add_object(const struct cc_command *c, size_t source,
		       const struct cc_names *names, struct cc_args *args)
{
	const char *lang = c->sources[source].lang;

	if (lang)
		add_two(args, "-x", "none");
	cc_args_add(args, names[source].object);
	if (lang)
		add_two(args, "-x", lang);
}

/* Sources stay where `names` is NULL. */
static void add_link(const struct cc_command *c, const struct cc_names *names,
		     bool emit_relocs, struct cc_args *args)
{
	size_t source = 0;

	for (size_t i = 0; i < c->nwords; i++) {
		const struct cc_word *w = &c->words[i];

		if (w->kind == CC_WORD_SOURCE && names)
			add_object(c, source++, names, args);
		else if (emit_relocs && w->kind == CC_WORD_STRIP)
			continue;
		else if (emit_relocs && is_xlinker_strip(c, i))
			i++;
		else if (emit_relocs && !strncmp(w->text, "-Wl,", 4))
			add_linker_word(w->text, args);
		else
			cc_args_add(args, w->text);
	}
	if (emit_relocs)
		cc_args_add(args, "-Wl,-q");
}

void cc_step_link(const struct cc_command *c, const struct cc_names *names,
		  bool emit_relocs, struct cc_args *args)
{
	add_link(c, names, emit_relocs, args);
}

void cc_step_whole(const struct cc_command *c, const struct cc_names *names,
		   bool emit_relocs, struct cc_args *args)
{
	if (c->nsources == 1)
		add_included(c, names, args);
	add_link(c, NULL, emit_relocs && c->action == CC_BUILD, args);
}
