// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches a process and takes the patch back, again and again: COUNT times,
 * or for as long as LIMIT seconds.
 * usage: cycle DOCTOR PID PATCH COUNT LIMIT
 * "Not safe now" (exit code 5) is no failure: nothing was done, it is tried
 * again. Prints cycles, failures, how often not safe, calls that went through
 * the patch (by its own counter, read each 16th time), and the doctor's median
 * and longest time in ms.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct cycle {
	char *doctor, *pid, *patch;
	unsigned long failures, unsafe, calls;
	uint64_t *us; /* of each run of the doctor */
	size_t nus;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* The doctor's exit code; what it says goes to a file, shown if it fails. */
static int run(char *const args[])
{
	static const char log[] = "/proc/self/fd/9";
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_TRUNC,
					 0);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	errno = posix_spawn(&pid, args[0], &actions, NULL, args, environ);
	if (errno)
		err(99, "%s", args[0]);
	posix_spawn_file_actions_destroy(&actions);
	if (waitpid(pid, &status, 0) != pid)
		err(99, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void show_log(const char *verb, int code)
{
	char text[2000];
	ssize_t n = pread(9, text, sizeof(text) - 1, 0);

	fprintf(stderr, "cycle: %s: exit code %d: %.*s", verb, code,
		n > 0 ? (int)n : 0, text);
}

static void doctor(struct cycle *c, char *verb, char *what)
{
	char *args[] = {c->doctor, verb, "-p", c->pid, what, NULL};
	int code;

	for (int i = 0; i < 100; i++) {
		uint64_t start = now_us();

		code = run(args);
		c->us[c->nus++ % 65536] = now_us() - start;
		if (code != 5)
			break;
		c->unsafe++;
	}
	if (code && c->failures++ < 5)
		show_log(verb, code);
}

/* The patch's counter: the first word of its writable part. */
static uint64_t read_counter(const struct cycle *c)
{
	char path[64], line[512];
	uint64_t addr = 0, value = 0;

	snprintf(path, sizeof(path), "/proc/%s/maps", c->pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (strstr(line, " rw-p ") && strstr(line, "/memfd:kpatch:"))
			sscanf(line, "%" SCNx64, &addr);
	}
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%s/mem", c->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pread(fd, &value, sizeof(value), (off_t)addr) != sizeof(value))
		value = 0;
	close(fd);
	return value;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int main(int argc, char **argv)
{
	struct cycle c = {0};

	if (argc != 6)
		errx(2, "usage: cycle DOCTOR PID PATCH COUNT LIMIT");
	c.doctor = argv[1];
	c.pid = argv[2];
	c.patch = argv[3];
	c.us = calloc(65536, sizeof(*c.us));
	unsigned long count = strtoul(argv[4], NULL, 10), n;
	dup2(memfd_create("doctor", MFD_CLOEXEC), 9); /* no disk to wait for */
	uint64_t end = now_us() + (uint64_t)(atof(argv[5]) * 1e6);
	for (n = 0; n < count && c.failures < 20 && now_us() < end; n++) {
		doctor(&c, "patch", c.patch);
		if (n % 16 == 0)
			c.calls += read_counter(&c);
		doctor(&c, "unpatch", NULL);
	}
	size_t nus = c.nus < 65536 ? c.nus : 65536;
	qsort(c.us, nus, sizeof(*c.us), by_value);
	printf("%lu %lu %lu %lu %.1f %.1f\n", n, c.failures, c.unsafe, c.calls,
	       (double)c.us[nus / 2] / 1000, (double)c.us[nus - 1] / 1000);
	return c.failures != 0;
}
