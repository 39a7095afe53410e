// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <sys/wait.h>
#include "patient.h"

NOIPA void report(const char *who)
{
	printf("%s unpatched\n", who);
}

static void in_child(int sig)
{
	(void)sig;
	if (fork() == 0) {
		for (int i = 0; i < 30; i++) {
			report("child");
			sleep(1);
		}
		_exit(0);
	}
}

int main(void)
{
	signal(SIGUSR1, in_child);
	while (patient_runs()) {
		report("parent");
		sleep(1);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 0;
}
