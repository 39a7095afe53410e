// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command lines of each step, made of the analysed one. They only add
 * words to `args`, which begins with the real compiler's.
 */
#ifndef CC_STEPS_H
#define CC_STEPS_H

#include "cc/cmdline.h"
#include "cc/names.h"
#include "cc/response.h"

/* The real compiler. */
struct cc_compiler {
	struct cc_args words; /* "ccache gcc" is two */
	bool clang;
};

/*
 * Source to assembly, -S, into names->captured. With `alone` it is all that is
 * done with this source (warnings, -MD's file with the names that -c gives);
 * else the plain command has run as well, and only the assembly is wanted.
 */
void cc_step_capture(const struct cc_command *c, size_t source,
		     const struct cc_names *names, bool alone,
		     const struct cc_compiler *compiler, struct cc_args *args);

/* The assembly file to names->object. */
void cc_step_assemble(const struct cc_command *c, const struct cc_names *names,
		      const char *assembly, const struct cc_compiler *compiler,
		      struct cc_args *args);

/* Whether clang is left to assemble itself, as it does unless told. */
bool cc_is_self_assembled(const struct cc_command *c);

/* What -c has to do beside the sources: .S and .s files on the same line. */
void cc_step_others(const struct cc_command *c, struct cc_args *args);

/*
 * The link. names[i] is of source i. `emit_relocs` adds -q, and drops what
 * strips the output.
 */
void cc_step_link(const struct cc_command *c, const struct cc_names *names,
		  bool emit_relocs, struct cc_args *args);

/* All of the command at once; `emit_relocs` as above, if it links. */
void cc_step_whole(const struct cc_command *c, const struct cc_names *names,
		   bool emit_relocs, struct cc_args *args);

/*
 * Must the plain command run unchanged, with -S beside it? Clang's objects
 * from assembly have other sections orders and section tables than those that
 * it writes itself; some options leave further files.
 */
bool cc_needs_plain(const struct cc_command *c,
		    const struct cc_compiler *compiler);

#endif
