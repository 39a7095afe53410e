// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * freeze DOCTOR PATIENT PATCH HUNKS THREADS SPINNERS RUNS [OBJECT...]
 *
 * Starts the patient and, in turn, does nothing, stops it by bare ptrace,
 * patches and unpatches it; after each notes the longest gap that spinning
 * threads saw, and what the doctor says it has held threads. Prints medians as
 * a row of a Markdown table. Fails if a patch doesn't take effect.
 */
#define _GNU_SOURCE /* cpu_set_t */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "patient.h"
#include "stop_all.h"

#define RUNS_MAX 200
#define SETTLE_US 20000

enum { NOTHING, BARE, PATCH, UNPATCH, NKINDS };

/* What is measured of each, in us. */
enum {
	GAP,	/* of spinners on CPUs that the doctor isn't on */
	BESIDE, /* of the one that shares the doctor's CPU */
	PARKED, /* the doctor's account: sleeping threads */
	HELD,	/* likewise: all threads */
	TIME,	/* ms: a run of kpatch_user */
	NVALUES
};

struct bench {
	const char *doctor, *patch;
	pid_t patient;
	struct shared *shared;
	int hunks, spinners, runs;
	double values[NKINDS][NVALUES][RUNS_MAX];
};

static void die(const char *what)
{
	fprintf(stderr, "freeze: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct shared *share(char *name)
{
	int fd = mkstemp(name);

	if (fd < 0 || ftruncate(fd, sizeof(struct shared)))
		die(name);
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		die("mmap");
	close(fd);
	return s;
}

static void start_patient(struct bench *b, char *program, char *threads,
			  char *spinners, char **objects)
{
	char name[] = "/tmp/bench-freeze-XXXXXX";
	char *argv[1024] = {program, threads, name, spinners};

	b->shared = share(name);
	for (int i = 0; objects[i] && i < 1000; i++)
		argv[4 + i] = objects[i];
	b->patient = fork();
	if (b->patient == 0) {
		execv(program, argv);
		_exit(127);
	}
	while (b->shared->ready < (unsigned int)atoi(threads)) {
		if (waitpid(b->patient, NULL, WNOHANG) != 0)
			die("the patient ended");
		usleep(1000);
	}
	unlink(name);
	b->spinners = atoi(spinners);
	usleep(100000);
}

/* With two spinners at most: they are bound to CPUs, so we are. */
static void choose_cpu(int spinners)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (spinners <= 2 && sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* Gaps count from when all spinners have seen the new epoch. */
static void begin_epoch(struct bench *b)
{
	unsigned int epoch = ++b->shared->epoch;

	for (int i = 0; i < b->spinners; i++)
		while (b->shared->spinner[i].epoch != epoch)
			usleep(100);
}

static double longest_gap_us(const struct bench *b, int from, int to)
{
	uint64_t longest = 0;

	for (int i = from; i < to && i < b->spinners; i++)
		if (b->shared->spinner[i].gap > longest)
			longest = b->shared->spinner[i].gap;
	return (double)longest / 1e3;
}

static void failed(struct bench *b, const char *what)
{
	fprintf(stderr, "freeze: %s\n", what);
	kill(b->patient, SIGKILL);
	exit(1);
}

/* "... threads parked for 12 us, all stopped for 5 us", the last such line. */
static void read_account(FILE *log, double *ret_parked, double *ret_held)
{
	char line[4096];

	rewind(log);
	while (fgets(line, sizeof(line), log)) {
		char *s = strstr(line, "parked for ");

		if (s)
			sscanf(s, "parked for %lf us, all stopped for %lf",
			       ret_parked, ret_held);
	}
}

static void run_doctor(struct bench *b, const char *command, double *ret_parked,
		       double *ret_held, double *ret_ms)
{
	char pid[16];
	int status, null = open("/dev/null", O_WRONLY);
	struct timespec from, to;
	FILE *log = tmpfile();
	const char *const argv[] = {b->doctor, "-vt60", command, "-p", pid,
				    strcmp(command, "patch") ? NULL : b->patch,
				    NULL};
	pid_t child;

	snprintf(pid, sizeof(pid), "%d", b->patient);
	clock_gettime(CLOCK_MONOTONIC, &from);
	child = fork();
	if (child == 0) {
		dup2(null, 1);
		dup2(fileno(log), 2);
		execv(b->doctor, (char *const *)argv);
		_exit(127);
	}
	close(null);
	if (waitpid(child, &status, 0) != child || status)
		failed(b, command);
	clock_gettime(CLOCK_MONOTONIC, &to);
	*ret_ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
		  (double)(to.tv_nsec - from.tv_nsec) / 1e6;
	read_account(log, ret_parked, ret_held);
	fclose(log);
}

static void check_answer(struct bench *b, int expected)
{
	b->shared->answer = 0;
	for (int i = 0; i < 2000 && !b->shared->answer; i++)
		usleep(1000);
	if (b->shared->answer == expected)
		return;
	failed(b, expected == 2 ? "the patch has no effect"
				: "the original isn't back");
}

static void act(struct bench *b, int kind, int run)
{
	double parked = 0, held = 0, ms = 0;

	begin_epoch(b);
	usleep(SETTLE_US);
	if (kind == BARE && stop_all(b->patient, b->shared->code, b->hunks))
		die("bare ptrace stop");
	if (kind == PATCH)
		run_doctor(b, "patch", &parked, &held, &ms);
	if (kind == UNPATCH)
		run_doctor(b, "unpatch", &parked, &held, &ms);
	usleep(SETTLE_US);
	b->values[kind][GAP][run] =
		longest_gap_us(b, 0, b->spinners == 2 ? 1 : b->spinners);
	b->values[kind][BESIDE][run] =
		longest_gap_us(b, b->spinners == 2 ? 1 : b->spinners,
			       b->spinners);
	b->values[kind][PARKED][run] = parked;
	b->values[kind][HELD][run] = held;
	b->values[kind][TIME][run] = ms;
	if (kind >= PATCH)
		check_answer(b, kind == PATCH ? 2 : 1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), by_value);
	return values[n / 2];
}

static void report(struct bench *b, int threads, int objects)
{
	double v[NKINDS][NVALUES];

	for (int kind = 0; kind < NKINDS; kind++)
		for (int i = 0; i < NVALUES; i++)
			v[kind][i] = median(b->values[kind][i], b->runs);
	printf("| %d | %d | %d | %d | %.0f | %.0f | %.0f | %.0f | %.2f | %.2f |",
	       threads, b->spinners, b->hunks, objects, v[NOTHING][GAP],
	       v[BARE][GAP], v[PATCH][GAP], v[UNPATCH][GAP],
	       v[PATCH][GAP] / v[BARE][GAP], v[UNPATCH][GAP] / v[BARE][GAP]);
	printf(" %.0f | %.0f |", v[PATCH][HELD], v[PATCH][PARKED]);
	if (b->spinners == 2)
		printf(" %.0f / %.0f |", v[BARE][BESIDE], v[PATCH][BESIDE]);
	else
		printf(" - |");
	printf(" %.1f |\n", v[PATCH][TIME]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct bench b;

	if (argc < 8) {
		fprintf(stderr, "usage: freeze DOCTOR PATIENT PATCH HUNKS "
				"THREADS SPINNERS RUNS [OBJECT...]\n");
		return 2;
	}
	b.doctor = argv[1];
	b.patch = argv[3];
	b.hunks = atoi(argv[4]);
	b.runs = atoi(argv[7]);
	if (b.runs < 1 || b.runs > RUNS_MAX || b.hunks > FUNCTIONS)
		return 2;
	/* All of us alike: else one sees what else the machine does. */
	if (setpriority(PRIO_PROCESS, 0, -19))
		fprintf(stderr, "freeze: no priority: %s\n", strerror(errno));
	start_patient(&b, argv[2], argv[5], argv[6], argv + 8);
	choose_cpu(b.spinners);
	check_answer(&b, 1);
	for (int run = 0; run < b.runs; run++)
		for (int kind = 0; kind < NKINDS; kind++)
			act(&b, kind, run);
	report(&b, atoi(argv[5]), argc - 8);
	kill(b.patient, SIGKILL);
	return 0;
}
