// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/shifts.h"

#include <string.h>

#include "base/cleanup.h"

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

/* The name of a register, to the line's end. */
static bool ends_with(struct line s, const char *with)
{
	size_t n = strlen(with);

	return s.n > n && !memcmp(s.p + s.n - n, with, n);
}

/*
 * "\tcmpq\t$SYM+8, %rax": the opcode for the accumulator, and where the
 * symbol is in the line; 0: it's no such line.
 */
static unsigned int find_accumulator(struct line line, struct line *ret_value)
{
	static const struct {
		char name[4];
		unsigned int opcode;
	} known[] = {
		{"add", 0x05}, {"or", 0x0d},  {"adc", 0x15}, {"sbb", 0x1d},
		{"and", 0x25}, {"sub", 0x2d}, {"xor", 0x35}, {"cmp", 0x3d},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].name) + 1;
		bool wide;

		if (line.n < n + 5 || !begins(line, "\t") ||
		    memcmp(line.p + 1, known[i].name, n - 1) != 0)
			continue;
		wide = line.p[n] == 'q';
		line.p += n + 1;
		line.n -= n + 1;
		if ((!wide && line.p[-1] != 'l') || !begins(line, "\t$") ||
		    !ends_with(line, wide ? ", %rax" : ", %eax"))
			return 0;
		*ret_value = (struct line){line.p + 2, line.n - 2 - 6};
		return ret_value->n && !strchr("-0123456789", line.p[2]) &&
			       !memchr(ret_value->p, '@', ret_value->n)
			       ? known[i].opcode | (unsigned int)wide << 8
			       : 0;
	}
	return 0;
}

static bool rewrite(struct line line, struct buf *out)
{
	size_t one = find_one(line);
	struct line value;
	unsigned int op = one ? 0 : find_accumulator(line, &value);

	if (one) {
		buf_add(out, line.p, one);
		buf_add_str(out, ONE);
		buf_add(out, line.p + one + 1, line.n - one - 1);
	} else if (op >> 8) {
		buf_addf(out, "\t.byte\t0x48, %#x; .reloc\t., R_X86_64_32S, "
			 "%.*s; .long\t0", op & 0xff, (int)value.n, value.p);
	} else if (op) {
		buf_addf(out, "\t.byte\t%#x; .long\t%.*s", op, (int)value.n,
			 value.p);
	}
	return one || op;
}

bool shifts_keep_form(const char *text, size_t len, struct buf *out)
{
	const char *end = text + len, *done = text;
	bool inline_assembly = false;

	for (const char *p = text, *next; p < end; p = next) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		struct line line = {p, (size_t)((eol ? eol : end) - p)};

		next = eol ? eol + 1 : end;
		if (begins(line, "\t#APP") || begins(line, "#APP"))
			inline_assembly = true;
		else if (begins(line, "\t#NO_APP") || begins(line, "#NO_APP"))
			inline_assembly = false;
		if (inline_assembly)
			continue;
		_cleanup_(buf_deinit) struct buf other = BUF_INIT;
		if (!rewrite(line, &other))
			continue;
		buf_add(out, done, (size_t)(p - done));
		buf_add(out, other.data, other.len);
		done = p + line.n;
	}
	if (done == text)
		return false;
	buf_add(out, done, (size_t)(end - done));
	buf_add_str(out, "\n\t.set\t" ONE ", 1\n");
	return true;
}
