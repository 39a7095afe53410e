// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

static volatile sig_atomic_t stay = 1;

static void leave(int sig)
{
	(void)sig;
	stay = 0;
}

static void long_handler(int sig)
{
	(void)sig;
	while (stay && !patient_told_to_stop) {
		(void)!write(STDOUT_FILENO, "in the handler\n", 15);
		usleep(1000000);
	}
}

/* The signal arrives while this runs. */
NOIPA int interrupted(int x)
{
	int sum = 0;

	if (x == 10)
		raise(SIGUSR2);
	for (int i = 0; i < x; i++)
		sum += i * x;
	return sum;
}

int main(void)
{
	signal(SIGUSR1, leave);
	signal(SIGUSR2, long_handler);
	for (int i = 8; patient_runs(); i += i < 11) {
		printf("sum %d\n", interrupted(i));
		sleep(1);
	}
	return 0;
}
