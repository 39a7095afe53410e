// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"
#include "gap.h"

static volatile sig_atomic_t stay = 1;

/* Some never leave: one sleeps in here, one runs. */
NOIPA const char *never_left(int how)
{
	while (how == 1 && stay)
		usleep(200000);
	while (how == 2 && stay)
		;
	return "unpatched";
}

static void *inside(void *how)
{
	never_left(*(int *)how);
	return NULL;
}

static void *passing(void *arg)
{
	while (stay)
		never_left(0);
	return arg;
}

int main(void)
{
	static int hows[] = {1, 2};
	pthread_t thread;

	gap_begin();
	for (int i = 0; i < 2; i++)
		pthread_create(&thread, NULL, inside, &hows[i]);
	pthread_create(&thread, NULL, passing, NULL);
	while (patient_runs()) {
		puts(never_left(0));
		sleep(1);
	}
	gap_report();
	return 0;
}
