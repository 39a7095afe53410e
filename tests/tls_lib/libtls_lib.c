// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

static __thread int mine = 100;
__thread long exported;

int library_touch(void);
int library_value(void);

int library_value(void)
{
	return mine;
}

int library_touch(void)
{
	mine++;
	exported = 0;
	return mine;
}
