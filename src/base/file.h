// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole files in and out. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Reads the file into `ret_buf` (initialised by this function; the caller
 * deinits it). Fails with the file's name: ERR_PRIVILEGE, ERR_FAILED, or
 * ERR_BADFILE if it is no regular file or larger than `max` bytes (0: 1 GiB).
 */
struct error *file_read(const char *path, size_t max, struct buf *ret_buf)
	MUST_CHECK;

/*
 * Writes to a temporary file beside `path`, syncs it and renames it over
 * `path`: `path` is the old file or the new one, never a part of one. What
 * is no regular file (/dev/null, a FIFO) is written to, not replaced.
 */
struct error *file_write(const char *path, const void *data, size_t len,
			 mode_t mode) MUST_CHECK;

#endif
