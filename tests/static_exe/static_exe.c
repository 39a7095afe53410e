// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "patient.h"

static int counter;

NOIPA void report(const char *text)
{
	counter++;
	printf("unpatched %s\n", text);
}

int main(void)
{
	/* There is no preloading fastsleep.so into a static program. */
	struct timespec ts = {0, 10 * 1000 * 1000};

	if (strtol("7", NULL, 10) == 7 && strrchr("a/b", '/')) {
		while (patient_runs()) {
			report("text");
			nanosleep(&ts, NULL);
		}
	}
	return 0;
}
