// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that have left the common table of descriptors: what a doctor opens
 * in one thread's, another must not close in its own.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "patient.h"

enum { THREADS = 6, OWN = 3 };

NOIPA int compute(int x)
{
	return x + 36;
}

/* The inode of each descriptor that the thread has. */
struct table {
	ino_t inode[64];
};

static void read_table(struct table *t)
{
	for (int fd = 0; fd < 64; fd++) {
		struct stat st;

		t->inode[fd] = fstat(fd, &st) ? 0 : st.st_ino;
	}
}

static void check_table(const struct table *before, unsigned long thread)
{
	struct table now;

	read_table(&now);
	for (int fd = 0; fd < 64; fd++) {
		if (now.inode[fd] == before->inode[fd])
			continue;
		/* one that a doctor has open for a moment is none of before */
		if (before->inode[fd] || thread >= THREADS)
			printf("wrong: thread %lu, descriptor %d\n", thread, fd);
	}
}

static void *worker(void *arg)
{
	unsigned long n = (unsigned long)arg;
	struct table before;

	if (unshare(CLONE_FILES))
		printf("wrong: unshare\n");
	for (unsigned long i = 0; i < OWN * n; i++)
		open("/dev/null", O_RDONLY);
	read_table(&before);
	while (!patient_told_to_stop) {
		int got = compute(10);

		if (got != 46 && got != 1046)
			printf("wrong %d\n", got);
		usleep(1000);
		check_table(&before, n);
	}
	check_table(&before, THREADS);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	struct table before;

	patient_runs();
	read_table(&before);
	for (unsigned long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, worker, (void *)i);
	while (patient_runs()) {
		printf("%d\n", compute(10));
		check_table(&before, 0);
		sleep(1);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	usleep(1000);
	check_table(&before, THREADS);
	return 0;
}
