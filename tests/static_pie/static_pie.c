// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <time.h>
#include "patient.h"

static __thread int mine = 4;

NOIPA void report(const char *text)
{
	printf("unpatched %s %d\n", text, mine++);
}

int main(void)
{
	struct timespec ts = {0, 10 * 1000 * 1000};

	while (patient_runs()) {
		report("text");
		nanosleep(&ts, NULL);
	}
	return 0;
}
