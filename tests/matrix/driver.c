// SPDX-License-Identifier: GPL-2.0-or-later
/* For each line on standard input: one tick of the case, then a line "." */
#include <stdio.h>

#ifdef __cplusplus
extern "C"
#endif
void tick(int n);

int main(void)
{
	char line[16];

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	for (int n = 1; fgets(line, sizeof(line), stdin); n++) {
		tick(n);
		puts(".");
	}
	return 0;
}
