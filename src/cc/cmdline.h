// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a compiler's command line asks for. The analysis only reads words (and
 * response files); whatever it doesn't know by name it keeps as it stands.
 */
#ifndef CC_CMDLINE_H
#define CC_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum cc_action {
	CC_PASS,    /* nothing for us: run the real compiler as it is */
	CC_COMPILE, /* sources to objects, -c */
	CC_BUILD,   /* sources to a linked file at once */
	CC_LINK,    /* objects to a linked file */
};

/* What a word is good for; the value of an option has the option's kind. */
enum cc_kind {
	CC_WORD_KEEP,   /* for every step: -O2, -I, -m..., -Wa,... */
	CC_WORD_MODE,   /* -c */
	CC_WORD_OUTPUT, /* -o */
	CC_WORD_LANG,   /* -x */
	CC_WORD_DEPS,   /* -MD, -MF ...: for the step that preprocesses */
	CC_WORD_SIDE,   /* leaves further files: -save-temps, -fstack-usage */
	CC_WORD_LINK,   /* for the link: -l, -L, -Wl,... */
	CC_WORD_STRIP,  /* -s: removes symbols at the link */
	CC_WORD_SOURCE, /* a C or C++ file, see `sources` */
	CC_WORD_INPUT,  /* any other file */
};

struct cc_word {
	char *text;
	enum cc_kind kind;
};

struct cc_source {
	size_t word;      /* its place in `words` */
	const char *lang; /* of -x before it, or NULL: by its suffix */
};

/* Pointers are into `words`; all of it lives until cc_command_deinit(). */
struct cc_command {
	struct cc_word *words;
	size_t nwords, words_cap;
	struct cc_source *sources;
	size_t nsources, sources_cap;
	size_t ninputs; /* files that are no sources: objects, assembly */
	enum cc_action action;
	const char *output; /* of -o, or NULL */
	bool deps;          /* -MD or -MMD */
	bool deps_file;     /* -MF */
	bool deps_target;   /* -MT or -MQ */
	bool side_files;    /* some CC_WORD_SIDE */
	bool aux_names;     /* the code has names of files beside the output */
	bool lto;
	bool relocatable; /* -r: the link yields an object */
};

/*
 * Analyses `argv` (without the program's name). Response files are expanded as
 * gcc does (unreadable ones stay as they are). ERR_BADFILE if they nest more
 * than 50 deep.
 */
struct error *cc_parse(char **argv, struct cc_command *ret) MUST_CHECK;

void cc_command_deinit(struct cc_command *c);

#endif
