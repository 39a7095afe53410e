// SPDX-License-Identifier: GPL-2.0-or-later
#include "modes.h"

static NOIPA int part(int x)
{
	volatile int parts[4] = {x, x + 1, x + 2, x + 3};

	return parts[0] + parts[1] + parts[2] + parts[3];
}

NOIPA int answer(int x)
{
	return part(x);
}
