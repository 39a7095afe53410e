// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * patient THREADS FILE: up to two threads spin and note the longest time
 * between two looks at the clock; the others sleep in futex, poll and
 * nanosleep, 30 frames deep. FILE holds a struct shared.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
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

/* The fix is -DANSWER=2. Long enough for a jump. */
__attribute__((noinline)) static int answer(int x)
{
	return x * x + ANSWER - x * x;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *spin(void *arg)
{
	long self = (long)arg;
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
			atomic_store(&shared->answer, answer((int)turns));
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

int main(int argc, char **argv)
{
	long threads = argc == 3 ? atol(argv[1]) : 0;
	int fd = argc == 3 ? open(argv[2], O_RDWR) : -1;
	pthread_attr_t attr;

	prctl(PR_SET_PDEATHSIG, 9); /* never outlive the harness */
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	if (threads < 1 || fd < 0 || shared == MAP_FAILED) {
		perror("patient");
		return 1;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	for (long i = 1; i < threads; i++) {
		pthread_t t;
		void *(*run)(void *) = i < SPINNERS_MAX ? spin : sleeper;

		if (pthread_create(&t, &attr, run, (void *)i)) {
			perror("patient: pthread_create");
			return 1;
		}
	}
	spin((void *)0);
	return 0;
}
