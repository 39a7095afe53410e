// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/cmdline.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cc/response.h"

/* An option that we know; one that we don't know is CC_WORD_KEEP. */
struct option_rule {
	const char *name;
	enum cc_kind kind;
	enum { EXACT, PREFIX, VALUE, VALUE_OR_JOINED } form;
	enum {
		SAYS_NOTHING,
		SAYS_PASS, /* no compilation or link of ours */
		SAYS_COMPILE,
		SAYS_OUTPUT,
		SAYS_LANG,
		SAYS_DEPS,
		SAYS_DEPS_FILE,
		SAYS_DEPS_TARGET,
		SAYS_LTO,
		SAYS_NO_LTO,
		SAYS_RELOCATABLE,
		SAYS_AUX_NAMES, /* file names derived from -o get into code */
	} says;
};

/*
 * GCC 12's and clang 14's options that take the next word as their value, or
 * that mean something here. The first rule that matches counts.
 */
static const struct option_rule rules[] = {
	{"-c", CC_WORD_MODE, EXACT, SAYS_COMPILE},
	{"-S", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-E", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-M", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-MM", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-###", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-fsyntax-only", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-emit-llvm", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-print-", CC_WORD_KEEP, PREFIX, SAYS_PASS},
	{"--print-", CC_WORD_KEEP, PREFIX, SAYS_PASS},
	{"-dumpspecs", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-dumpversion", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-dumpfullversion", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-dumpmachine", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"--version", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"--help", CC_WORD_KEEP, PREFIX, SAYS_PASS},
	{"--target-help", CC_WORD_KEEP, EXACT, SAYS_PASS},
	{"-MD", CC_WORD_DEPS, EXACT, SAYS_DEPS},
	{"-MMD", CC_WORD_DEPS, EXACT, SAYS_DEPS},
	{"-MF", CC_WORD_DEPS, VALUE_OR_JOINED, SAYS_DEPS_FILE},
	{"-MT", CC_WORD_DEPS, VALUE_OR_JOINED, SAYS_DEPS_TARGET},
	{"-MQ", CC_WORD_DEPS, VALUE_OR_JOINED, SAYS_DEPS_TARGET},
	{"-MJ", CC_WORD_DEPS, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-MP", CC_WORD_DEPS, EXACT, SAYS_NOTHING},
	{"-MG", CC_WORD_DEPS, EXACT, SAYS_NOTHING},
	{"-Wp,-M", CC_WORD_DEPS, PREFIX, SAYS_NOTHING},
	{"-o", CC_WORD_OUTPUT, VALUE_OR_JOINED, SAYS_OUTPUT},
	{"--output", CC_WORD_OUTPUT, VALUE, SAYS_OUTPUT},
	{"-x", CC_WORD_LANG, VALUE_OR_JOINED, SAYS_LANG},
	{"-flto", CC_WORD_KEEP, EXACT, SAYS_LTO},
	{"-flto=", CC_WORD_KEEP, PREFIX, SAYS_LTO},
	{"-fno-lto", CC_WORD_KEEP, EXACT, SAYS_NO_LTO},
	{"-save-temps", CC_WORD_SIDE, PREFIX, SAYS_NOTHING},
	{"--save-temps", CC_WORD_SIDE, PREFIX, SAYS_NOTHING},
	{"-gsplit-dwarf", CC_WORD_SIDE, PREFIX, SAYS_NOTHING},
	{"-fstack-usage", CC_WORD_SIDE, EXACT, SAYS_NOTHING},
	{"-fcallgraph-info", CC_WORD_SIDE, PREFIX, SAYS_NOTHING},
	{"-fdump-", CC_WORD_SIDE, PREFIX, SAYS_NOTHING},
	{"-fopt-info", CC_WORD_SIDE, PREFIX, SAYS_NOTHING},
	{"-ftime-trace", CC_WORD_SIDE, PREFIX, SAYS_NOTHING},
	{"--coverage", CC_WORD_KEEP, EXACT, SAYS_AUX_NAMES},
	{"-fprofile-", CC_WORD_KEEP, PREFIX, SAYS_AUX_NAMES},
	{"-ftest-coverage", CC_WORD_KEEP, EXACT, SAYS_AUX_NAMES},
	{"-dA", CC_WORD_KEEP, EXACT, SAYS_NOTHING},
	{"-da", CC_WORD_SIDE, EXACT, SAYS_NOTHING},
	{"-aux-info", CC_WORD_SIDE, VALUE, SAYS_NOTHING},
	{"-s", CC_WORD_STRIP, EXACT, SAYS_NOTHING},
	{"-r", CC_WORD_LINK, EXACT, SAYS_RELOCATABLE},
	{"-Wl,", CC_WORD_LINK, PREFIX, SAYS_NOTHING},
	{"-Xlinker", CC_WORD_LINK, VALUE, SAYS_NOTHING},
	{"-l", CC_WORD_LINK, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-L", CC_WORD_LINK, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-T", CC_WORD_LINK, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-u", CC_WORD_LINK, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-z", CC_WORD_LINK, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-e", CC_WORD_LINK, VALUE, SAYS_NOTHING},
	{"-R", CC_WORD_LINK, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-D", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-U", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-I", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-F", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-A", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-B", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-include", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-include-pch", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-imacros", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-iquote", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-isystem", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-idirafter", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-iprefix", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-iwithprefixbefore", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-iwithprefix", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-isysroot", CC_WORD_KEEP, VALUE_OR_JOINED, SAYS_NOTHING},
	{"-imultilib", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-imultiarch", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-ivfsoverlay", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-Xassembler", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-Xpreprocessor", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-Xclang", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-mllvm", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-target", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-gcc-toolchain", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-resource-dir", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-working-directory", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"--sysroot", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"--param", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-dumpbase", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-dumpbase-ext", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-dumpdir", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-specs", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
	{"-wrapper", CC_WORD_KEEP, VALUE, SAYS_NOTHING},
};

static const struct option_rule *find_rule(const char *word)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct option_rule *r = &rules[i];
		bool joined = r->form == PREFIX || r->form == VALUE_OR_JOINED;

		if (joined ? !strncmp(word, r->name, strlen(r->name))
			   : !strcmp(word, r->name))
			return r;
	}
	return NULL;
}

/* Does `r` take the word after `word` as its value? */
static bool takes_next(const struct option_rule *r, const char *word)
{
	return r->form == VALUE ||
	       (r->form == VALUE_OR_JOINED && !word[strlen(r->name)]);
}

static void add_word(struct cc_command *c, const char *text, enum cc_kind kind)
{
	VEC_GROW(c->words, c->nwords, c->words_cap);
	c->words[c->nwords++] = (struct cc_word){xstrdup(text), kind};
}

/* State of one analysis. */
struct parse {
	struct cc_command *c;
	const char *lang; /* -x in force, NULL: by suffix */
	bool pass;
	bool compile;
};

static void note(struct parse *p, const struct option_rule *r,
		 const char *value)
{
	struct cc_command *c = p->c;

	switch (r->says) {
	case SAYS_NOTHING:
		break;
	case SAYS_PASS:
		p->pass = true;
		break;
	case SAYS_COMPILE:
		p->compile = true;
		break;
	case SAYS_OUTPUT:
		c->output = value;
		break;
	case SAYS_LANG:
		p->lang = strcmp(value, "none") ? value : NULL;
		break;
	case SAYS_DEPS:
		c->deps = true;
		break;
	case SAYS_DEPS_FILE:
		c->deps_file = true;
		break;
	case SAYS_DEPS_TARGET:
		c->deps_target = true;
		break;
	case SAYS_LTO:
		c->lto = true;
		break;
	case SAYS_NO_LTO:
		c->lto = false;
		break;
	case SAYS_RELOCATABLE:
		c->relocatable = true;
		break;
	case SAYS_AUX_NAMES:
		c->aux_names = true;
		break;
	}
	if (r->kind == CC_WORD_SIDE)
		c->side_files = true;
}

static bool one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

/* C and C++, preprocessed or not: what becomes assembly. */
static bool is_source(const char *path, const char *lang)
{
	static const char *const langs[] = {"c", "c++", "cpp-output",
		"c++-cpp-output", NULL};
	static const char *const suffixes[] = {".c", ".i", ".ii", ".cc", ".cp",
		".cxx", ".cpp", ".CPP", ".c++", ".C", NULL};

	if (lang)
		return one_of(lang, langs);
	const char *dot = strrchr(path, '.');
	return dot && !strchr(dot, '/') && one_of(dot, suffixes);
}

/* Headers (precompiled) and standard input can't be compiled twice. */
static bool is_beyond_us(const char *path, const char *lang)
{
	static const char *const suffixes[] = {".h", ".hh", ".H", ".hp",
		".hxx", ".hpp", ".HPP", ".h++", ".tcc", NULL};

	if (!strcmp(path, "-"))
		return true;
	if (lang)
		return strstr(lang, "header");
	const char *dot = strrchr(path, '.');
	return dot && one_of(dot, suffixes);
}

static void add_file(struct parse *p, const char *path)
{
	struct cc_command *c = p->c;

	if (is_beyond_us(path, p->lang))
		p->pass = true;
	if (!is_source(path, p->lang)) {
		add_word(c, path, CC_WORD_INPUT);
		c->ninputs++;
		return;
	}
	VEC_GROW(c->sources, c->nsources, c->sources_cap);
	c->sources[c->nsources++] = (struct cc_source){c->nwords, p->lang};
	add_word(c, path, CC_WORD_SOURCE);
}

static void add_option(struct parse *p, char ***next)
{
	const char *word = *(*next)++;
	const struct option_rule *r = find_rule(word);
	struct cc_command *c = p->c;

	add_word(c, word, r ? r->kind : CC_WORD_KEEP);
	if (!r)
		return;
	const char *value = c->words[c->nwords - 1].text + strlen(r->name);
	if (takes_next(r, word) && **next) {
		add_word(c, *(*next)++, r->kind);
		value = c->words[c->nwords - 1].text;
	}
	note(p, r, value);
}

/* -Wl,-r and -Wl,--relocatable say what -r says. */
static bool is_relocatable_link(const struct cc_command *c)
{
	for (size_t i = 0; i < c->nwords; i++) {
		const char *t = c->words[i].text;

		if (c->words[i].kind == CC_WORD_LINK &&
		    (!strcmp(t, "-Wl,-r") || !strcmp(t, "-Wl,-i") ||
		     !strcmp(t, "-Wl,--relocatable")))
			return true;
	}
	return c->relocatable;
}

static enum cc_action action_of(const struct parse *p)
{
	const struct cc_command *c = p->c;

	if (p->pass || c->nsources + c->ninputs == 0)
		return CC_PASS;
	if (p->compile)
		return c->nsources ? CC_COMPILE : CC_PASS;
	return c->nsources ? CC_BUILD : CC_LINK;
}

struct error *cc_parse(char **argv, struct cc_command *ret)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;
	_cleanup_(cc_command_deinit) struct cc_command c = {0};
	struct parse p = {.c = &c};

	for (; *argv; argv++)
		TRY(cc_args_expand(&args, *argv));
	for (char **next = args.v; next && *next;) {
		if ((*next)[0] == '-' && (*next)[1])
			add_option(&p, &next);
		else
			add_file(&p, *next++);
	}
	c.relocatable = is_relocatable_link(&c);
	c.action = action_of(&p);
	*ret = c;
	c = (struct cc_command){0};
	return NULL;
}

void cc_command_deinit(struct cc_command *c)
{
	for (size_t i = 0; i < c->nwords; i++)
		free(c->words[i].text);
	free(c->words);
	free(c->sources);
	*c = (struct cc_command){0};
}
