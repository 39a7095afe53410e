// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions that live as long as the program. The fix gives each one a budget,
 * a field that the objects don't have. Meanwhile a thread computes, and others
 * sleep: whoever has to call the callbacks must not notice.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "patient.h"

struct session {
	struct session *next;
	int id, used;
};

static struct session *sessions;
volatile sig_atomic_t may_change = 1;

static void set_change(int sig)
{
	may_change = sig == SIGUSR2;
}

NOIPA void add_session(int id)
{
	struct session *s = calloc(1, sizeof(*s));

	s->id = id;
	s->next = sessions;
	sessions = s;
}

NOIPA void use(struct session *s)
{
	s->used += 10;
	printf("session %d: used %s\n", s->id, s->used > 0 ? "some" : "none");
}

static void *compute(void *arg)
{
	volatile double third = 1.0 / 3;
	double sum = 0;

	(void)arg;
	while (!patient_told_to_stop) {
		double x = third, y = third * 2, z = third * 4;

		for (int i = 0; i < 100000; i++) {
			x = x * 4 - 1;
			y = y * 4 - 2;
			z = z * 4 - 4;
		}
		sum = x + y + z - (third + third * 2 + third * 4);
		if (sum > 1e-300 || sum < -1e-300) {
			/* it diverges, but always in the same way */
			static double first;

			if (!first)
				first = sum;
			if (first != sum)
				puts("computed wrong");
		}
		usleep(200);
	}
	return NULL;
}

static void *doze(void *arg)
{
	(void)arg;
	while (!patient_told_to_stop) {
		errno = 77;
		if (usleep(20000))
			puts("woken");
		if (errno != 77)
			printf("errno is %d\n", errno);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	signal(SIGUSR1, set_change);
	signal(SIGUSR2, set_change);
	for (int i = 1; i <= 3; i++)
		add_session(i);
	patient_runs();
	pthread_create(&threads[0], NULL, compute, NULL);
	pthread_create(&threads[1], NULL, doze, NULL);
	pthread_create(&threads[2], NULL, doze, NULL);
	while (patient_runs()) {
		for (struct session *s = sessions; s; s = s->next)
			use(s);
		sleep(1);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
