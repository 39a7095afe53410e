// SPDX-License-Identifier: GPL-2.0-or-later
// patched functions as callbacks: qsort, a signal handler, a thread, atexit
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <pthread.h>
// libs: -lpthread
static volatile int got;
static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b; //-
	return *(const int *)b - *(const int *)a; //+
}
static void handler(int sig)
{
	got += sig; //-
	got -= sig; //+
}
static void *thread(void *arg)
{
	return (char *)arg + 1; //-
	return (char *)arg + 2; //+
}
static void at_end(void) { puts("ended"); }
void tick(int n)
{
	int v[] = { 3, n, 1 };
	pthread_t t;
	void *r;
	if (n == 1) {
		signal(SIGUSR1, handler);
		atexit(at_end);
	}
	int was = got;
	raise(SIGUSR1);
	qsort(v, 3, sizeof(*v), compare);
	pthread_create(&t, NULL, thread, (void *)(long)n);
	pthread_join(t, &r);
	printf("%d %d %d %d %ld\n", v[0], v[1], v[2], got - was, (long)r);
}
