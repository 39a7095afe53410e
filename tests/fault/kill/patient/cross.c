// SPDX-License-Identifier: GPL-2.0-or-later
/* A function whose first five bytes, where the jump goes, are in two pages. */
#include "patient.h"

#ifdef ONE_PAGE
#define ACROSS
#else
#define ACROSS __attribute__((section(".text.cross")))

__asm__(".section .text.cross, \"ax\", @progbits\n"
	".balign 4096\n"
	".skip 4093, 0x90\n"
	".text\n");
#endif

NOIPA ACROSS int across_pages(int x)
{
	return 8 * x;
}
