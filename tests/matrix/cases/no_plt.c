// SPDX-License-Identifier: GPL-2.0-or-later
// calls through the GOT
// flags: -fno-plt
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void tick(int n)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", n);
	puts(text); //-
	printf("%zu %s %d\n", strlen(text), text, abs(-n)); //+
}
