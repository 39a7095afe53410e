// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * measure RUNS COMMAND...: runs the command RUNS times and prints the median
 * and the least of the wall-clock times in ms, and the greatest peak RSS in
 * MB, as "median least rss". Fails if the command fails once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double run_once(char **command, long *rss_kb)
{
	struct rusage usage;
	int status;
	double start = now_ms();
	pid_t pid = fork();

	if (pid == 0) {
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		perror("measure");
		exit(1);
	}
	if (status) {
		fprintf(stderr, "measure: %s failed\n", command[0]);
		exit(1);
	}
	if (usage.ru_maxrss > *rss_kb)
		*rss_kb = usage.ru_maxrss;
	return now_ms() - start;
}

int main(int argc, char **argv)
{
	static double times[RUNS_MAX];
	int runs = argc > 2 ? atoi(argv[1]) : 0;
	long rss_kb = 0;

	if (runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: measure RUNS COMMAND...\n");
		return 2;
	}
	for (int i = 0; i < runs; i++)
		times[i] = run_once(argv + 2, &rss_kb);
	qsort(times, (size_t)runs, sizeof(times[0]), by_value);
	printf("%.1f %.1f %.1f\n", times[runs / 2], times[0],
	       (double)rss_kb / 1024);
	return 0;
}
