// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/dates.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"

#define DAY (24 * 60 * 60)
#define HOUR (60 * 60)

/* "Nov  3 2026" of a time; the compiler doesn't ask the locale. */
static void format_date(time_t at, char ret_date[12])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm;
	_autofree_ char *text = NULL;

	localtime_r(&at, &tm);
	text = xasprintf("%.3s %2d %04d", months + 3 * (tm.tm_mon % 12),
			 tm.tm_mday, tm.tm_year + 1900);
	memset(ret_date, 0, 12);
	memcpy(ret_date, text, strnlen(text, 11));
}

static const char *find_word(const char *text, size_t len, const char *word)
{
	return memmem(text, len, word, strlen(word));
}

static bool is_time(const char *p)
{
	static const char form[] = "dd:dd:dd";

	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? p[i] < '0' || p[i] > '9' : p[i] != ':')
			return false;
	return true;
}

static unsigned int number(const char *p)
{
	return (unsigned int)(p[0] - '0') * 10 + (unsigned int)(p[1] - '0');
}

/* Seconds from the time of day to `written`, over midnight as well. */
static long age(const char *p, time_t written)
{
	struct tm tm;
	long now, then;

	localtime_r(&written, &tm);
	now = tm.tm_hour * HOUR + tm.tm_min * 60 + tm.tm_sec;
	then = (long)(number(p) * HOUR + number(p + 3) * 60 + number(p + 6));
	return (now - then + DAY) % DAY;
}

struct dates dates_find(const char *text, size_t len, time_t written)
{
	struct dates d = {0};
	const char *end = text + len;

	format_date(written, d.date);
	if (!find_word(text, len, d.date)) {
		format_date(written - DAY, d.date);
		if (!find_word(text, len, d.date))
			d.date[0] = '\0';
	}
	for (const char *p = text; p && end - p >= 8;) {
		p = memchr(p + 2, ':', (size_t)(end - p) - 2);
		if (!p || end - p < 6)
			break;
		if (!is_time(p - 2) || age(p - 2, written) > HOUR)
			continue;
		memcpy(d.time, p - 2, 8);
		break;
	}
	return d;
}

struct dates dates_of_file(const char *path)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	struct stat st;

	struct error *err = file_read(path, 0, &text);
	if (err || stat(path, &st)) {
		error_free(err);
		return (struct dates){0};
	}
	return dates_find(text.data ? text.data : "", text.len, st.st_mtime);
}

struct dates dates_now(void)
{
	struct dates d = {0};
	time_t now = time(NULL);
	struct tm tm;

	format_date(now, d.date);
	localtime_r(&now, &tm);
	strftime(d.time, sizeof(d.time), "%H:%M:%S", &tm);
	return d;
}

static void define(struct cc_args *args, const char *name, const char *value)
{
	_autofree_ char *word = xasprintf("-D%s=\"%s\"", name, value);

	cc_args_add(args, word);
}

void dates_add(const struct dates *d, struct cc_args *args)
{
	if (!*d->date && !*d->time)
		return;
	cc_args_add(args, "-Wno-builtin-macro-redefined");
	if (*d->date)
		define(args, "__DATE__", d->date);
	if (*d->time)
		define(args, "__TIME__", d->time);
}
