// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

static volatile sig_atomic_t stay;

static void on_usr(int sig)
{
	stay = sig == SIGUSR1;
}

NOIPA void inner(volatile char *data)
{
	data[1] = 1;
	if (stay)
		printf("waiting\n");
	while (stay)
		sleep(1);
}

/* Its frame has a size that gdb can't guess, and no frame pointer. */
NOIPA void middle(int n)
{
	volatile char data[400];

	data[n] = 0;
	inner(data);
	printf("unpatched %d\n", data[n]);
}

NOIPA int outer(int n)
{
	middle(n);
	return n + 1;
}

int main(void)
{
	signal(SIGUSR1, on_usr);
	signal(SIGUSR2, on_usr);
	while (patient_runs()) {
		outer(3);
		sleep(1);
	}
	return 0;
}
