// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The patient of the mutated patch files. Whatever a file with a right
 * checksum does to the functions that it replaces may be what its maker
 * wanted: so nobody calls those, unless asked to when a good patch is
 * applied. Everything else must go on as ever, and says so in shared memory.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "patient.h"
#include "fault/hostile/shared.h"

int hostile_lib_called(int x);
int hostile_lib_replaced(int x);

static int uses;
static __thread int per_thread = 5;

NOIPA int called(int x)
{
	return x * 3 + 1;
}

/* With a jump table, strings, static and thread-local data, imports. */
NOIPA int replaced(int x)
{
	char text[64];

	uses++;
	switch (x) {
	case 0: return snprintf(text, sizeof(text), "zero %d", uses);
	case 1: return per_thread + 1;
	case 2: return called(x) * uses;
	case 3: return (int)strlen(getenv("PATH"));
	case 4: return errno + per_thread;
	case 5: return hostile_lib_called(x);
	default: return 100 + x;
	}
}

NOIPA int replaced_too(int x)
{
	return x ? called(x) : -1;
}

NOIPA int answer(void)
{
	return replaced(7) * 1000 + replaced_too(3);
}

static int is_right(int x)
{
	return called(x) == x * 3 + 1 && hostile_lib_called(x) == (x ^ 21);
}

int main(int argc, char **argv)
{
	struct shared *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
				argc > 1 ? atoi(argv[1]) : -1, 0);

	if (s == MAP_FAILED)
		return 1;
	for (int x = 0;; x++) {
		if (!is_right(x & 0xffff))
			s->wrong++;
		if (s->asked != s->answered) {
			s->answers[0] = answer();
			s->answers[1] = hostile_lib_replaced(2);
			s->answered = s->asked;
		}
		s->rounds++;
		if (x % 64 == 0)
			usleep(20);
	}
}
