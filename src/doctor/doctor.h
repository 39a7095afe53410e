// SPDX-License-Identifier: GPL-2.0-or-later
/* What kpatch_user does to one process. */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "doctor/commit.h"
#include "kpfile/kpfile.h"
#include "store/store.h"

struct doctor_options {
	/* timeout_ms: to wait for what is in the way, and to undo attempts. */
	struct commit_options commit;
	bool dry_run;		 /* only plan */
	bool verbose;
	struct census *census; /* of a run over many; may be NULL */
};

/*
 * Applies what the store has for the process. `ret_hunks` is the number of
 * functions replaced; `out` gets notes, and the plan of a dry run. Errors:
 * ERR_NOTHING if there is nothing to do, else as base/error.h; the process is
 * then as before.
 */
struct error *doctor_patch(pid_t pid, const struct store *store,
			   const struct doctor_options *options,
			   struct buf *out, size_t *ret_hunks) MUST_CHECK;

/* Takes back the patches for these BuildIDs (n 0: all patches). */
struct error *doctor_unpatch(pid_t pid, const struct buildid *ids, size_t n,
			     const struct doctor_options *options,
			     struct buf *out, size_t *ret_hunks) MUST_CHECK;

/* Lists the objects of the process; nothing is stopped. (info.c) */
struct error *doctor_info(pid_t pid, const struct doctor_options *options,
			  struct buf *out) MUST_CHECK;

/*
 * Writes an ELF file for each patch in the process to a folder, for debuggers;
 * `out` gets gdb's commands that read them. ERR_NOTHING if there's no patch.
 * (symfile.c)
 */
struct error *doctor_symbols(pid_t pid, const char *dir,
			     struct buf *out) MUST_CHECK;

/* Whether the process has ended, or never had memory (kernel threads). */
bool doctor_is_gone(pid_t pid);

#endif
