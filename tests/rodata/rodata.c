// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

static const char *const words[] = {"zero", "one", "two"};
static const int numbers[] = {3, 1, 4};

NOIPA void unchanged(unsigned int i)
{
	if (i < 3 && words[i][0] == "zot"[i])
		puts("table as it was");
	else
		puts("wrong table");
}

NOIPA void report(unsigned int i)
{
	printf("%s %d\n", words[i % 3], numbers[i % 3]);
}

int main(void)
{
	for (unsigned int i = 0; patient_runs(); i++) {
		report(i);
		unchanged(i % 3);
		sleep(1);
	}
	return 0;
}
