// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct error error_oom = {ERR_FAILED, (char *)"out of memory"};

/* Takes ownership of `message`. */
static struct error *error_make(enum error_code code, char *message)
{
	struct error *err = message ? malloc(sizeof(*err)) : NULL;

	if (!err) {
		free(message);
		return &error_oom;
	}
	err->code = code;
	err->message = message;
	return err;
}

char *error_format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return NULL;
	for (char *p = text; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
	return text;
}

struct error *error_new(enum error_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = error_format(fmt, ap);
	va_end(ap);
	return error_make(code, text);
}

struct error *error_errno(int err, const char *fmt, ...)
{
	va_list ap;
	enum error_code code =
		err == EPERM || err == EACCES ? ERR_PRIVILEGE : ERR_FAILED;

	va_start(ap, fmt);
	char *text = error_format(fmt, ap);
	va_end(ap);
	if (!text)
		return &error_oom;
	struct error *made = error_new(code, "%s: %s", text, strerror(err));
	free(text);
	return made;
}

struct error *error_context(struct error *cause, const char *fmt, ...)
{
	va_list ap;
	char *joined = NULL;

	if (!cause || cause == &error_oom)
		return cause;
	va_start(ap, fmt);
	char *text = error_format(fmt, ap);
	va_end(ap);
	if (!text || asprintf(&joined, "%s: %s", text, cause->message) < 0) {
		free(text);
		return cause;
	}
	free(text);
	free(cause->message);
	cause->message = joined;
	return cause;
}

void error_free(struct error *err)
{
	if (!err || err == &error_oom)
		return;
	free(err->message);
	free(err);
}

void error_freep(struct error **err)
{
	error_free(*err);
}
