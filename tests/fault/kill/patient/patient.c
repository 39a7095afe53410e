// SPDX-License-Identifier: GPL-2.0-or-later
/* What gets patched: each function in a page of its own, or all in one. */
#include "patient.h"

#ifdef ONE_PAGE
#define PAGE_ALIGNED
#else
#define PAGE_ALIGNED __attribute__((aligned(4096)))
#endif

/* main.c: takes its time. */
void linger(void);

NOIPA PAGE_ALIGNED int in_both(int x)
{
	if (x < 0)
		linger();
	return 8 * x;
}

NOIPA PAGE_ALIGNED int in_both_too(int x)
{
	return x * 8;
}

NOIPA PAGE_ALIGNED int in_level_1(int x)
{
	return 8 * x + 0;
}

NOIPA PAGE_ALIGNED int in_level_2(int x)
{
	return x * 8 + 0;
}

NOIPA PAGE_ALIGNED int in_level_1_too(int x)
{
	return x << 3;
}

NOIPA PAGE_ALIGNED int in_level_2_too(int x)
{
	return (x << 3) + 0;
}
