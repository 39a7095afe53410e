// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

void shared_greeting(int n);

void shared_greeting(int n)
{
	printf("library, unpatched, %d\n", n);
}
