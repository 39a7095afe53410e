// SPDX-License-Identifier: GPL-2.0-or-later
// weak data, data in sections of its own, with its borders
#include <stdio.h>
__attribute__((weak)) int setting = 6;
extern int other_setting __attribute__((weak));
struct entry { const char *name; int value; };
#define ENTRY(n, v) static const struct entry n __attribute__((section("entries"), used)) = { #n, v }
ENTRY(alpha, 1);
ENTRY(beta, 2);
extern const struct entry __start_entries[], __stop_entries[];
void tick(int n)
{
	int sum = 0;
	for (const struct entry *e = __start_entries; e < __stop_entries; e++)
		sum += e->value * n; //-
		sum += e->value * n + setting; //+
	printf("%d %d %s\n", sum, &other_setting != 0, alpha.name); //-
	printf("%d %d %s\n", sum, &other_setting == 0, beta.name); //+
}
