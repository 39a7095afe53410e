// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions of another object. */
#include "patient.h"

NOIPA int in_library(int x)
{
	return 8 * x;
}

NOIPA int in_library_1(int x)
{
	return 8 * x;
}
