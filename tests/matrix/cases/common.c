// SPDX-License-Identifier: GPL-2.0-or-later
// tentative definitions
// flags: -fcommon
#include <stdio.h>
int shared_count;
static int own_count;
void tick(int n)
{
	shared_count += n;
	own_count += 2;
	printf("%d %d\n", shared_count, own_count); //-
	printf("%d, %d\n", shared_count, own_count); //+
}
