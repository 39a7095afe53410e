// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

int library_work(int blocking);

static volatile sig_atomic_t stay = 1;

static void leave(int sig)
{
	(void)sig;
	stay = 0;
}

/* Called by the library, which is busy as long as we don't return. */
int called_back(int x);

NOIPA int report(int x)
{
	return x * 2 + x % 3;
}

int called_back(int x)
{
	while (stay && patient_runs()) {
		printf("executable %d\n", report(1));
		sleep(1);
	}
	return x;
}

int main(void)
{
	signal(SIGUSR1, leave);
	patient_runs();
	while (patient_runs()) {
		printf("library %d\n", library_work(5));
		printf("executable %d\n", report(1));
		sleep(1);
	}
	return 0;
}
