// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum log_level log_level = LOG_WARN;

void log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	flockfile(stderr);
	vfprintf(stderr, fmt, ap);
	fputc_unlocked('\n', stderr);
	funlockfile(stderr);
	va_end(ap);
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
