// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers each line of its input with what zlib does now. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static unsigned char text[200000], packed[400000], again[200000];

static unsigned long packed_size(int level)
{
	unsigned long n = sizeof(packed), m = sizeof(again);

	if (compress2(packed, &n, text, sizeof(text), level) ||
	    uncompress(again, &m, packed, n) || m != sizeof(text) ||
	    memcmp(text, again, m))
		return 0;
	return n;
}

int main(void)
{
	z_stream s = {0};
	char line[100];
	unsigned int seed = 1;

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	for (size_t i = 0; i < sizeof(text); i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = "abcdefgh"[(seed >> 16) % 8 & (i >> 3)];
	}
	inflateInit(&s);
	while (fgets(line, sizeof(line), stdin)) {
		s.reserved = 4711;
		if (line[0] == 'l')
			printf("level %c: %lu\n", line[6],
			       packed_size(atoi(line + 6)));
		else
			printf("reset %d, sync %d\n", inflateReset(&s),
			       inflateSync(&s));
	}
	s.reserved = 0;
	inflateEnd(&s);
	return 0;
}
