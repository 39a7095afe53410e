// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/demangle.h"

enum log_level log_level = LOG_WARN;

void log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	char *text = error_format(fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s\n", text ? text : error_oom.message);
	free(text);
}

int report(const char *program, struct error *err)
{
	if (!err)
		return ERR_OK;

	int code = (int)err->code;
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", program, err->message);
	error_free(err);
	return code;
}

int report_plain(const char *program, struct error *err)
{
	if (!err)
		return ERR_OK;

	int code = (int)err->code;
	_autofree_ char *text = demangle_text(err->message);
	error_free(err);
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", program, text);
	return code;
}
