// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * freeze DOCTOR PATIENT PATCH THREADS RUNS
 *
 * Starts the patient and, in turn, does nothing, stops it by bare ptrace,
 * patches and unpatches it; after each notes how long that took and the
 * longest gap that a spinning thread saw. Prints medians as rows of a
 * Markdown table. Fails if a patch doesn't take effect.
 */
#include <errno.h>
#include <fcntl.h>
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

static const char *const kind_names[NKINDS] = {
	"nothing", "bare ptrace stop", "patch", "unpatch",
};

struct bench {
	const char *doctor, *patch;
	pid_t patient;
	struct shared *shared;
	int spinners;
	int runs;
	/* ms, us */
	double times[NKINDS][RUNS_MAX], gaps[NKINDS][RUNS_MAX];
};

static void die(const char *what)
{
	fprintf(stderr, "freeze: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void start_patient(struct bench *b, const char *program, int threads)
{
	char name[] = "/tmp/bench-freeze-XXXXXX", count[16];
	int fd = mkstemp(name);

	if (fd < 0 || ftruncate(fd, sizeof(*b->shared)))
		die(name);
	b->shared = mmap(NULL, sizeof(*b->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	if (b->shared == MAP_FAILED)
		die("mmap");
	snprintf(count, sizeof(count), "%d", threads);
	b->patient = fork();
	if (b->patient == 0) {
		execl(program, program, count, name, (char *)NULL);
		_exit(127);
	}
	while (b->shared->ready < (unsigned int)threads) {
		if (waitpid(b->patient, NULL, WNOHANG) != 0)
			die("the patient ended");
		usleep(1000);
	}
	unlink(name);
	close(fd);
	b->spinners = threads < SPINNERS_MAX ? threads : SPINNERS_MAX;
	usleep(100000);
}

/* Gaps count from when all spinners have seen the new epoch. */
static void begin_epoch(struct bench *b)
{
	unsigned int epoch = ++b->shared->epoch;

	for (int i = 0; i < b->spinners; i++)
		while (b->shared->spinner[i].epoch != epoch)
			usleep(100);
}

static double longest_gap_us(const struct bench *b)
{
	uint64_t longest = 0;

	for (int i = 0; i < b->spinners; i++)
		if (b->shared->spinner[i].gap > longest)
			longest = b->shared->spinner[i].gap;
	return (double)longest / 1e3;
}

static void run_doctor(struct bench *b, const char *command)
{
	char pid[16];
	int status, null = open("/dev/null", O_WRONLY);
	const char *const argv[] = {b->doctor, command, "-p", pid,
				    strcmp(command, "patch") ? NULL : b->patch,
				    NULL};
	pid_t child;

	snprintf(pid, sizeof(pid), "%d", b->patient);
	child = fork();
	if (child == 0) {
		dup2(null, 1);
		execv(b->doctor, (char *const *)argv);
		_exit(127);
	}
	close(null);
	if (waitpid(child, &status, 0) != child || status) {
		fprintf(stderr, "freeze: kpatch_user %s failed\n", command);
		kill(b->patient, SIGKILL);
		exit(1);
	}
}

static void check_answer(struct bench *b, int expected)
{
	b->shared->answer = 0;
	for (int i = 0; i < 2000 && !b->shared->answer; i++)
		usleep(1000);
	if (b->shared->answer == expected)
		return;
	fprintf(stderr, "freeze: the patient answers %d instead of %d\n",
		b->shared->answer, expected);
	kill(b->patient, SIGKILL);
	exit(1);
}

static void act(struct bench *b, int kind, int run)
{
	double start;

	begin_epoch(b);
	usleep(SETTLE_US);
	start = now_ms();
	if (kind == BARE && stop_all(b->patient))
		die("bare ptrace stop");
	if (kind == PATCH)
		run_doctor(b, "patch");
	if (kind == UNPATCH)
		run_doctor(b, "unpatch");
	b->times[kind][run] = now_ms() - start;
	usleep(SETTLE_US);
	b->gaps[kind][run] = longest_gap_us(b);
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

static void report(struct bench *b, int threads)
{
	double gap[NKINDS], time[NKINDS];

	for (int kind = 0; kind < NKINDS; kind++) {
		gap[kind] = median(b->gaps[kind], b->runs);
		time[kind] = median(b->times[kind], b->runs);
	}
	for (int kind = 0; kind < NKINDS; kind++) {
		printf("| %d | %s | ", threads, kind_names[kind]);
		if (kind == NOTHING)
			printf("- | ");
		else
			printf("%.2f | ", time[kind]);
		printf("%.0f | %.0f | %.2f |\n", gap[kind], b->gaps[kind][0],
		       gap[kind] / gap[BARE]);
	}
}

int main(int argc, char **argv)
{
	static struct bench b;

	if (argc != 6) {
		fprintf(stderr,
			"usage: freeze DOCTOR PATIENT PATCH THREADS RUNS\n");
		return 2;
	}
	b.doctor = argv[1];
	b.patch = argv[3];
	b.runs = atoi(argv[5]);
	if (b.runs < 1 || b.runs > RUNS_MAX)
		return 2;
	/* All of us alike: else one sees what else the machine does. */
	if (setpriority(PRIO_PROCESS, 0, -19))
		fprintf(stderr, "freeze: no priority: %s\n", strerror(errno));
	start_patient(&b, argv[2], atoi(argv[4]));
	check_answer(&b, 1);
	for (int run = 0; run < b.runs; run++)
		for (int kind = 0; kind < NKINDS; kind++)
			act(&b, kind, run);
	report(&b, atoi(argv[4]));
	kill(b.patient, SIGKILL);
	return 0;
}
