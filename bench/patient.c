// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * patient THREADS FILE SPINNERS [OBJECT...]: some threads spin and note the
 * longest time between two looks at the clock; the others sleep in futex, poll
 * and nanosleep, 30 frames deep. Two spinners at most are bound: the first to
 * CPU 1, the second to CPU 0. FILE holds a struct shared; the objects are
 * loaded.
 */
#define _GNU_SOURCE /* cpu_set_t */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "patient.h"

#define DEPTH 30

static struct shared *shared;
static long spinners;

/*
 * A thousand functions of some 64 bytes. The fix is -DANSWER=2, in the first
 * HUNKS of them.
 */
#define F(n)                                                                   \
	__attribute__((noinline, aligned(64))) int f##n(int x)                 \
	{                                                                      \
		return x * x + ((1##n - 1000) < HUNKS ? ANSWER : 1) - x * x;   \
	}
#define F10(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) \
	F(n##8) F(n##9)
#define F100(n) F10(n##0) F10(n##1) F10(n##2) F10(n##3) F10(n##4) F10(n##5)    \
	F10(n##6) F10(n##7) F10(n##8) F10(n##9)
F100(0) F100(1) F100(2) F100(3) F100(4)
F100(5) F100(6) F100(7) F100(8) F100(9)

#undef F
#define F(n) f##n,
static int (*const functions[FUNCTIONS])(int x) = {
F100(0) F100(1) F100(2) F100(3) F100(4)
F100(5) F100(6) F100(7) F100(8) F100(9)
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *spin(void *arg)
{
	long self = (long)arg;

	if (spinners <= 2)
		bind_to(self == 0);
	unsigned int epoch = 0, turns = 0;
	uint64_t last = now_ns(), longest = 0;

	atomic_fetch_add(&shared->ready, 1);
	for (;;) {
		uint64_t now = now_ns();

		if (epoch != atomic_load(&shared->epoch)) {
			epoch = atomic_load(&shared->epoch);
			longest = 0;
			atomic_store(&shared->spinner[self].gap, 0);
			atomic_store(&shared->spinner[self].epoch, epoch);
		} else if (now - last > longest) {
			longest = now - last;
			atomic_store(&shared->spinner[self].gap, longest);
		}
		last = now;
		if (self == 0 && ++turns % 16384 == 0)
			atomic_store(&shared->answer, functions[0]((int)turns));
	}
	return NULL;
}

static void sleep_somehow(long self)
{
	int never = 0;

	atomic_fetch_add(&shared->ready, 1);
	while (!never) {
		if (self % 3 == 0)
			syscall(SYS_futex, &never, FUTEX_WAIT_PRIVATE, 0, NULL);
		else if (self % 3 == 1)
			poll(NULL, 0, -1);
		else
			nanosleep(&(struct timespec){.tv_sec = 100000}, NULL);
	}
}

/* Not a tail call: its frame stays. */
__attribute__((noinline)) static int descend(long self, int depth)
{
	volatile char live[32] = {(char)depth};

	if (depth == 0)
		sleep_somehow(self);
	else
		live[1] = (char)descend(self, depth - 1);
	return live[0] + live[1];
}

static void *sleeper(void *arg)
{
	descend((long)arg, DEPTH);
	return NULL;
}

static void load(int n, char **objects)
{
	for (int i = 0; i < n; i++) {
		if (!dlopen(objects[i], RTLD_NOW)) {
			fprintf(stderr, "patient: %s\n", dlerror());
			exit(1);
		}
	}
}

static void start_threads(long threads)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	for (long i = 1; i < threads; i++) {
		pthread_t t;
		void *(*run)(void *) = i < spinners ? spin : sleeper;

		if (pthread_create(&t, &attr, run, (void *)i)) {
			perror("patient: pthread_create");
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	long threads = argc >= 4 ? atol(argv[1]) : 0;
	int fd = argc >= 4 ? open(argv[2], O_RDWR) : -1;

	prctl(PR_SET_PDEATHSIG, 9); /* never outlive the harness */
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	if (threads < 1 || fd < 0 || shared == MAP_FAILED) {
		perror("patient");
		return 1;
	}
	spinners = atol(argv[3]);
	for (int i = 0; i < FUNCTIONS; i++)
		shared->code[i] = (uint64_t)functions[i];
	load(argc - 4, argv + 4);
	start_threads(threads);
	if (spinners)
		spin((void *)0);
	sleeper((void *)0);
	return 0;
}
