// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

void library_speaks(void);

void library_speaks(void)
{
	puts("library: unpatched");
}
