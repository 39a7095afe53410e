// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A patient that confines itself as its arguments say, one after the other,
 * and then answers each byte on its input by a line: what report() returns,
 * and what the library's function does in each namespace it was loaded in.
 */
#include "modes.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int calls;

NOIPA int report(void)
{
	calls++;
	return 1;
}

/* No stdio: a strict seccomp mode leaves read and write. */
static void answer(void)
{
	char line[64];
	int n = 0, value = report();

	line[n++] = (char)('0' + value);
	for (int i = 0; i < confine_nlibs; i++) {
		line[n++] = ' ';
		line[n++] = (char)('0' + confine_libs[i](1));
	}
	line[n++] = '\n';
	if (write(1, line, (size_t)n) != n)
		_exit(4);
}

int main(int argc, char **argv)
{
	char byte;

	/* Under alarm() a forgotten patient would end; a filter may forbid. */
	alarm(120);
	for (int i = 1; i < argc; i++)
		confine_apply(argv[i]);
	if (write(1, "ready\n", 6) != 6)
		return 4;
	while (read(0, &byte, 1) == 1)
		answer();
	_exit(calls ? 0 : 5);
}
