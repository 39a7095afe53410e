// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "patient.h"

extern char **environ;

NOIPA void report(void)
{
	puts("nothing new");
}

int main(void)
{
	while (patient_runs()) {
		report();
		sleep(1);
	}
	return 0;
}
