// SPDX-License-Identifier: GPL-2.0-or-later
// an entry more in a table that the linker collects
// refuse: beta in section entries is new
#include <stdio.h>
struct entry { const char *name; int value; };
#define ENTRY(n, v) static const struct entry n __attribute__((section("entries"), used)) = { #n, v }
ENTRY(alpha, 1);
ENTRY(beta, 2); //+
extern const struct entry __start_entries[], __stop_entries[];
void tick(int n)
{
	int sum = 0;
	for (const struct entry *e = __start_entries; e < __stop_entries; e++)
		sum += e->value * n; //-
		sum += e->value * n * 2; //+
	printf("%d\n", sum);
}
