// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGUSR1 chooses what the patch's callbacks will do. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "patient.h"

volatile int mode, tries;

NOIPA void report(void)
{
	puts("old");
}

static void next_mode(int sig)
{
	(void)sig;
	mode++;
	tries = 0;
}

static void on_fault(int sig)
{
	(void)sig;
	puts("a handler of the program was called");
}

/* Vector registers and errno of who has to call them. */
static void *sleep_and_look(void *arg)
{
	double a = 1.25, b = 2.5;

	(void)arg;
	while (!patient_told_to_stop) {
		errno = 77;
		__asm__ volatile("" : "+x"(a), "+x"(b));
		if (usleep(50000))
			puts("woken");
		__asm__ volatile("" : "+x"(a), "+x"(b));
		if (errno != 77 || a != 1.25 || b != 2.5)
			puts("state was lost");
	}
	return NULL;
}

static int handler_is_there(int sig)
{
	struct sigaction now;

	sigaction(sig, NULL, &now);
	return now.sa_handler == on_fault;
}

int main(void)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	pthread_t threads[2];

	for (int i = 0; i < 5; i++)
		signal(faults[i], on_fault);
	signal(SIGUSR1, next_mode);
	patient_runs();
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, sleep_and_look, NULL);
	while (patient_runs()) {
		report();
		for (int i = 0; i < 5; i++) {
			if (!handler_is_there(faults[i]))
				puts("a handler is gone");
		}
		sleep(1);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
