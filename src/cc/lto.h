// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Optimisation at link time (gcc -flto): code is generated during the link, so
 * its assembly is taken where it is made, by a program in the assembler's
 * place, for each part that the compiler divides the program into:
 * DIR/.kpatch_prog.ltrans0.original.s of DIR/prog.
 */
#ifndef CC_LTO_H
#define CC_LTO_H

#include <stdbool.h>

#include "cc/run.h"
#include "cc/steps.h"

/* One link. */
struct cc_lto {
	char *folder; /* temporary, with our `as` in it; NULL: not begun */
	char *base;   /* DIR/.kpatch_NAME, absolute */
	enum cc_stage stage;
};

/*
 * Before a link by gcc to `product`: adds the word for it to `args`, and tells
 * our `as` by the environment what to do. Files that an earlier link to
 * `product` has left in this stage go. ERR_FAILED.
 */
struct error *cc_lto_begin(struct cc_lto *l, const struct cc_environment *env,
			   const struct cc_compiler *compiler,
			   const char *product, struct cc_args *args)
	MUST_CHECK;

/*
 * After it. In the patched stage ERR_FAILED if the program is divided into
 * other parts than the original's was, as nothing could be compared.
 */
struct error *cc_lto_end(struct cc_lto *l) MUST_CHECK;

void cc_lto_deinit(struct cc_lto *l);

/*
 * A command with -flto that has sources, names[i] of source i. Its objects have
 * no assembly: nothing is kept but the time of the build, for the patched one.
 * ERR_FAILED for clang, which assembles within its linker.
 */
struct error *cc_lto_run(const struct cc_environment *env,
			 const struct cc_compiler *compiler,
			 const struct cc_command *c,
			 const struct cc_names *names, int *ret_status)
	MUST_CHECK;

/* Whether this process was called in the assembler's place. */
bool cc_lto_is_assembler(const char *program);

/*
 * The assembler's work, and ours in what comes of LTO; `argv` without the
 * program's name. `ret_status` is an exit code.
 */
struct error *cc_lto_assemble(char **argv, int *ret_status) MUST_CHECK;

#endif
