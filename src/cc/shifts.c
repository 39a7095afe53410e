// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/shifts.h"

#include <string.h>


#define ONE ".Lkpatch_one"

struct line {
	const char *p;
	size_t n;
};

static bool begins(struct line s, const char *with)
{
	return s.n >= strlen(with) && !memcmp(s.p, with, strlen(with));
}

/* Where the 1 is in a line such as "\tshll\t$1, %eax"; 0: in none. */
static size_t find_one(struct line line)
{
	static const char *const names[] = {"shl", "sal", "shr", "sar",
					    "rol", "ror", "rcl", "rcr"};

	if (line.n < sizeof("\tshll\t$1, ") || line.p[0] != '\t' ||
	    !memchr("bwlq", line.p[4], 4) ||
	    memcmp(line.p + 5, "\t$1,", 4) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!memcmp(line.p + 1, names[i], strlen(names[i])))
			return sizeof("\tshll\t$") - 1;
	return 0;
}

bool shifts_keep_form(const char *text, size_t len, struct buf *out)
{
	const char *end = text + len, *done = text;
	bool inline_assembly = false;

	for (const char *p = text, *next; p < end; p = next) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		struct line line = {p, (size_t)((eol ? eol : end) - p)};
		size_t one;

		next = eol ? eol + 1 : end;
		if (begins(line, "\t#APP") || begins(line, "#APP"))
			inline_assembly = true;
		else if (begins(line, "\t#NO_APP") || begins(line, "#NO_APP"))
			inline_assembly = false;
		one = inline_assembly ? 0 : find_one(line);
		if (!one)
			continue;
		buf_add(out, done, (size_t)(p + one - done));
		buf_add_str(out, ONE);
		done = p + one + 1;
	}
	if (done == text)
		return false;
	buf_add(out, done, (size_t)(end - done));
	buf_add_str(out, "\n\t.set\t" ONE ", 1\n");
	return true;
}
