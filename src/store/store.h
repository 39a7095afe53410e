// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which patch is there for a BuildID. A store is either one .kpatch file, or
 * a directory that holds, with BUILDID in lower-case hex,
 *
 *   BUILDID.kpatch            a patch, of the level that its header says
 *   BUILDID/LEVEL/kpatch.bin  a patch of level LEVEL (decimal, from 1)
 *   BUILDID/latest            which LEVEL counts: a symbolic link to a level
 *                             directory, or a file with the number. Without
 *                             it the highest LEVEL counts.
 *
 * A BuildID with level directories is looked up there, not in BUILDID.kpatch.
 * Nothing is cached: a directory is looked at anew by each store_find(). The
 * only part of a path that comes from outside the store is the BuildID, as hex
 * digits; `latest` can only name a level directory beside it.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>

#include "base/error.h"
#include "kpfile/kpfile.h"

struct store;

/*
 * Opens the file or directory at `path`. A file is read and checked here.
 * Fails as kpfile_read() does, and with ERR_BADFILE for what is neither.
 */
struct error *store_open(const char *path, struct store **ret_store) MUST_CHECK;
void store_close(struct store *s);
void store_closep(struct store **s);

/* The patch of a store that is one file; NULL for a directory. Borrowed. */
const struct kpfile *store_single(const struct store *s);

/*
 * Finds the patch for `id`. With `*ret_found` true `ret_kp` is filled (the
 * caller deinits it); its patchlevel is that of the directory if its header
 * has none (0). Nothing found is no error. Fails with ERR_BADFILE if the file
 * is malformed, its header's BuildID or level isn't what its place says, or
 * `latest` names no level; ERR_PRIVILEGE or ERR_FAILED if it can't be read.
 */
struct error *store_find(const struct store *s, const struct buildid *id,
			 struct kpfile *ret_kp, bool *ret_found) MUST_CHECK;

#endif
