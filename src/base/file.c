// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define DEFAULT_MAX ((size_t)1 << 30)

static struct error *read_all(int fd, const char *path, size_t size,
			      struct buf *b)
{
	buf_reserve(b, size);
	while (b->len < size) {
		ssize_t n = read(fd, b->data + b->len, size - b->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(errno, "%s: cannot read", path);
		if (n == 0)
			return error_new(ERR_FAILED,
					 "%s: file shrank while being read",
					 path);
		b->len += (size_t)n;
	}
	b->data[b->len] = '\0';
	return NULL;
}

struct error *file_read(const char *path, size_t max, struct buf *ret_buf)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	struct stat st;

	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_errno(errno, "%s: cannot open", path);
	if (fstat(fd, &st) < 0)
		return error_errno(errno, "%s: cannot stat", path);
	if (!S_ISREG(st.st_mode))
		return error_new(ERR_BADFILE, "%s: not a regular file", path);
	if ((size_t)st.st_size > (max ? max : DEFAULT_MAX))
		return error_new(ERR_BADFILE, "%s: file is too large (%lld bytes)",
				 path, (long long)st.st_size);
	TRY(read_all(fd, path, (size_t)st.st_size, &b));
	*ret_buf = b;
	b = BUF_INIT;
	return NULL;
}

static struct error *write_all(int fd, const char *path, const char *data,
			       size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(errno, "%s: cannot write", path);
		done += (size_t)n;
	}
	return NULL;
}

/* For devices and FIFOs, which must not be replaced by a file. */
static struct error *write_into(const char *path, const void *data, size_t len)
{
	_autoclose_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(errno, "%s: cannot open", path);
	return write_all(fd, path, data, len);
}

struct error *file_write(const char *path, const void *data, size_t len,
			 mode_t mode)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode))
		return write_into(path, data, len);

	_autofree_ char *tmp = xasprintf("%s.XXXXXX", path);
	_autoclose_ int fd = mkostemp(tmp, O_CLOEXEC);

	if (fd < 0)
		return error_errno(errno, "%s: cannot create", tmp);

	struct error *err = write_all(fd, tmp, data, len);
	if (!err && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		err = error_errno(errno, "%s: cannot write", tmp);
	if (!err && rename(tmp, path) < 0)
		err = error_errno(errno, "%s: cannot rename to %s", tmp, path);
	if (err)
		unlink(tmp);
	return err;
}
