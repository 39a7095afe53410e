// SPDX-License-Identifier: GPL-2.0-or-later
// optimisation at link time leaves no assembly to compare
// flags: -flto
// refuse: -flto leaves no assembly of its functions
// skip/clang: its LTO needs a linker of its own
#include <stdio.h>
void tick(int n)
{
	printf("%d\n", n); //-
	printf("%d.\n", n); //+
}
