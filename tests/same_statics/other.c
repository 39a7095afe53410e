// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

static int counter = 200;

int other_report(void);

static NOIPA int step(void)
{
	return counter += 1;
}

int other_report(void)
{
	return step();
}
