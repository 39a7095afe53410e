// SPDX-License-Identifier: GPL-2.0-or-later
/* kpatch_cc: carries out the steps of one compiler command. */
#ifndef CC_RUN_H
#define CC_RUN_H

#include <stdbool.h>

#include "base/error.h"

enum cc_stage { CC_STAGE_CONFIGURE, CC_STAGE_ORIGINAL, CC_STAGE_PATCHED };

struct cc_environment {
	enum cc_stage stage;
	const char *compiler; /* the real one's words */
	const char *tools;    /* the folder with kpatch_gensrc */
	const char *allowed_layouts; /* of types_compare() */
};

/*
 * Runs the command `argv` (without the program's name). An error is ours; the
 * compiler's messages are its own, and its exit code (128 + signal if it was
 * killed) is in `ret_status`. Where nothing is to be done but the plain
 * command, this process becomes the real compiler and doesn't return.
 */
struct error *cc_run(const struct cc_environment *env, char **argv,
		     int *ret_status) MUST_CHECK;

#endif
