// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 60000 /* generous: others may want the CPUs as well */

extern char **environ;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void patient_start(const char *exe, struct patient *ret)
{
	int fd = memfd_create("hostile", 0);
	char arg[16];
	pid_t parent = getpid();

	if (fd < 0 || ftruncate(fd, 4096))
		err(99, "memfd");
	ret->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0);
	snprintf(arg, sizeof(arg), "%d", fd);
	ret->pid = fork();
	if (ret->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			execl(exe, exe, arg, NULL);
		_exit(99);
	}
	close(fd);
	/* Warm: its stack and its libc have all that they will need. */
	for (int i = 0; i < 1000 && ret->shared->rounds < 10000; i++)
		usleep(10000);
	if (ret->shared->rounds < 10000)
		errx(99, "%s doesn't run", exe);
}

static char *read_proc(pid_t pid, const char *name)
{
	size_t len = 0, cap = 65536;
	char path[64], *text = malloc(cap);
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, text + len, cap - len - 1)) > 0) {
		len += (size_t)n;
		if (cap - len < 4096)
			text = realloc(text, cap *= 2);
	}
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return text;
}

static unsigned int count_entries(pid_t pid, const char *name)
{
	char path[64];
	unsigned int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	DIR *d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static uint64_t hash_range(int fd, uint64_t at, uint64_t end, uint64_t h)
{
	static uint64_t words[65536 / 8];

	while (at < end) {
		size_t want = end - at < sizeof(words) ? end - at
						       : sizeof(words);
		ssize_t n = pread(fd, words, want, (off_t)at);

		if (n <= 0)
			return h ^ at;
		for (size_t i = 0; i < (size_t)n / 8; i++)
			h = (h ^ words[i]) * 0x100000001b3;
		at += (uint64_t)n;
	}
	return h;
}

static uint64_t hash_code(pid_t pid, const char *maps, bool all)
{
	char path[64];
	uint64_t h = 0xcbf29ce484222325;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	for (const char *line = maps; line && *line;) {
		const char *end = strchr(line, '\n');
		uint64_t lo, hi;
		char prot[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &lo, &hi,
			   prot) == 3 && prot[2] == 'x' &&
		    (all || memmem(line, (size_t)(end - line), "hostile", 7)))
			h = hash_range(fd, lo, hi, h);
		line = end ? end + 1 : NULL;
	}
	close(fd);
	return h;
}

void snapshot_take(const struct patient *p, bool all, struct snapshot *ret)
{
	ret->maps = read_proc(p->pid, "maps");
	ret->fds = count_entries(p->pid, "fd");
	ret->threads = count_entries(p->pid, "task");
	ret->code = hash_code(p->pid, ret->maps, all);
}

void snapshot_deinit(struct snapshot *s)
{
	free(s->maps);
	s->maps = NULL;
}

const char *snapshot_compare(const struct snapshot *a,
			     const struct snapshot *b)
{
	if (strcmp(a->maps, b->maps))
		return "memory mappings of the patient have changed";
	if (a->fds != b->fds)
		return "the patient's number of open files has changed";
	if (a->threads != b->threads)
		return "the patient's number of threads has changed";
	if (a->code != b->code)
		return "the patient's code has changed";
	return NULL;
}

static bool is_dead(struct patient *p)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)p->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

static bool wait_rounds(struct patient *p, uint64_t beyond)
{
	long end = now_ms() + TIMEOUT_MS;

	while (p->shared->rounds <= beyond && now_ms() < end && !is_dead(p))
		usleep(50);
	return p->shared->rounds > beyond;
}

const char *patient_check(struct patient *p)
{
	bool goes_on = wait_rounds(p, p->shared->rounds + 2);

	if (is_dead(p))
		return "the patient has died";
	if (!goes_on)
		return "the patient hangs";
	if (p->shared->wrong)
		return "the patient's own functions gave wrong results";
	return NULL;
}

const char *patient_ask(struct patient *p, const int32_t want[2])
{
	struct shared *s = p->shared;

	s->asked++;
	wait_rounds(p, s->rounds + 2);
	if (is_dead(p))
		return "the patient has died of a good patch";
	if (s->answered != s->asked)
		return "the patient doesn't answer";
	if (s->answers[0] != want[0] || s->answers[1] != want[1])
		return "the replaced functions give a wrong answer";
	return NULL;
}

static pid_t spawn(char *const args[], int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, out, 2);
	errno = posix_spawn(&pid, args[0], &actions, NULL, args, environ);
	if (errno)
		err(99, "%s", args[0]);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

void run_program(char *const args[], struct run *ret)
{
	static int out = -1; /* a file: a pipe could be full */
	long start = now_ms();
	int status;

	if (out < 0)
		out = memfd_create("doctor", MFD_CLOEXEC);
	if (ftruncate(out, 0) || lseek(out, 0, SEEK_SET))
		err(99, "memfd");
	pid_t pid = spawn(args, out);
	struct pollfd fd = {.events = POLLIN};
	fd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool late = poll(&fd, 1, TIMEOUT_MS) == 0;
	close(fd.fd);
	if (late)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ret->ms = now_ms() - start;
	ret->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	ret->signal = late ? -1 : WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	ssize_t n = pread(out, ret->text, sizeof(ret->text) - 1, 0);
	ret->text[n > 0 ? n : 0] = '\0';
}
