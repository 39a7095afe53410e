// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "patient.h"

/*
 * A calculator of no use, with something of everything that compilers make:
 * tables, switches, recursion, floats, variadic calls, static locals, inline
 * helpers, structures by value. The variant_* tests compile it differently.
 */
enum kind { NUMBER, PLUS, MINUS, TIMES, OVER, OPEN, CLOSE, END, BAD };

struct token {
	enum kind kind;
	long value;
	const char *end;
};

static const char *const kind_names[] = {"number", "+", "-", "*", "/",
					 "(", ")", "end", "bad"};
static unsigned long tokens_read;

static struct token next_token(const char *text)
{
	struct token t = {BAD, 0, text};

	while (isspace((unsigned char)*t.end))
		t.end++;
	tokens_read++;
	switch (*t.end++) {
	case '\0': t.kind = END; t.end--; break;
	case '+': t.kind = PLUS; break;
	case '-': t.kind = MINUS; break;
	case '*': t.kind = TIMES; break;
	case '/': t.kind = OVER; break;
	case '(': t.kind = OPEN; break;
	case ')': t.kind = CLOSE; break;
	case '0' ... '9':
		t.kind = NUMBER;
		t.value = strtol(t.end - 1, (char **)&t.end, 10);
		break;
	}
	return t;
}

static NOIPA void note(char *out, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len = strlen(out);

	va_start(args, fmt);
	vsnprintf(out + len, size - len, fmt, args);
	va_end(args);
}

static long sum(const char **text, char *log, size_t size);

static NOIPA long factor(const char **text, char *log, size_t size)
{
	struct token t = next_token(*text);
	long value;

	*text = t.end;
	switch (t.kind) {
	case NUMBER:
		return t.value;
	case MINUS:
		return -factor(text, log, size);
	case OPEN:
		value = sum(text, log, size);
		*text = next_token(*text).end;
		return value;
	default:
		note(log, size, " [unexpected %s]", kind_names[t.kind]);
		return 0;
	}
}

static NOIPA long product(const char **text, char *log, size_t size)
{
	long value = factor(text, log, size);

	for (;;) {
		struct token t = next_token(*text);

		if (t.kind != TIMES && t.kind != OVER)
			return value;
		*text = t.end;
		if (t.kind == TIMES)
			value *= factor(text, log, size);
		else
			value /= factor(text, log, size);
	}
}

static NOIPA long sum(const char **text, char *log, size_t size)
{
	long value = product(text, log, size);

	for (;;) {
		struct token t = next_token(*text);

		if (t.kind != PLUS && t.kind != MINUS)
			return value;
		*text = t.end;
		if (t.kind == PLUS)
			value += product(text, log, size);
		else
			value -= product(text, log, size);
	}
}

static NOIPA double mean(const long *values, int n)
{
	double total = 0.0;

	for (int i = 0; i < n; i++)
		total += (double)values[i];
	return total / n;
}

NOIPA void report(const char *const *formulas, int n)
{
	static int reports;
	char log[128] = "";
	long values[8];

	for (int i = 0; i < n; i++) {
		const char *text = formulas[i];

		values[i] = sum(&text, log, sizeof(log));
	}
	reports++;
	printf("mean %.2f last %ld%s%s\n", mean(values, n), values[n - 1], log,
	       reports > 0 && tokens_read ? "" : " wrong");
}

int main(void)
{
	static const char *const formulas[] = {
		"1 + 2 * 3", "(1 + 2) * -3", "100 / 7 - 4", "2 * ", "7 / (3 - 1)",
	};

	while (patient_runs()) {
		report(formulas, 5);
		sleep(1);
	}
	return 0;
}
