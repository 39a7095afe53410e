// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * driver [--full] [NAME...]: runs the cases, or those named.
 * Last line: "N passed, N failed".
 */
#include "driver.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *top;

void fail(struct run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->failed)
		return; /* the first says it */
	r->failed = true;
	printf("   %s: ", r->name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

long random_below(long n)
{
	return random() % n;
}

/* ---- the patient ---- */

static void become_patient(struct run *r, int fd)
{
	char path[512];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(fd, BOARD_FD);
	snprintf(path, sizeof(path), "%s/build/threads", top);
	execl(path, "threads", r->mode, NULL);
	_exit(127);
}

void fail_if_dead(struct run *r)
{
	siginfo_t info = {0};

	if (r->started > 0 &&
	    !waitid(P_PID, (id_t)r->started, &info,
		    WEXITED | WNOHANG | WNOWAIT) &&
	    info.si_pid)
		fail(r, "the patient has ended (%s %d)",
		     info.si_code == CLD_EXITED ? "exit code" : "signal",
		     info.si_status);
}

void start_patient(struct run *r)
{
	int fd = memfd_create("board", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(*r->b)))
		fail(r, "no board");
	r->b = mmap(NULL, sizeof(*r->b), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	r->b->epoch = EPOCH_STEP + EITHER;
	fflush(stdout);
	r->started = fork();
	if (r->started == 0)
		become_patient(r, fd);
	close(fd);
	await(r, r->b->ready);
}

void expect_nothing(struct run *r)
{
	uint32_t next = r->b->epoch / EPOCH_STEP + 1;

	__atomic_store_n(&r->b->epoch, next * EPOCH_STEP + EITHER,
			 __ATOMIC_SEQ_CST);
}

void expect_answer(struct run *r, enum epoch_kind kind)
{
	uint64_t checked = r->b->checked;
	uint32_t next = r->b->epoch / EPOCH_STEP + 1;

	__atomic_store_n(&r->b->epoch, next * EPOCH_STEP + (uint32_t)kind,
			 __ATOMIC_SEQ_CST);
	await(r, r->b->checked > checked + 10 || r->b->bad);
}

void expect_progress(struct run *r, unsigned int n)
{
	uint64_t rounds = r->b->rounds;

	await(r, r->b->rounds > rounds + n || r->b->bad);
}

static int status_number(const char *text, const char *field)
{
	const char *s = strstr(text, field);

	return s ? atoi(s + strlen(field)) : 0;
}

static bool read_status(pid_t pid, pid_t tid, char text[4096])
{
	char path[64];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	f = fopen(path, "r");
	n = f ? fread(text, 1, 4095, f) : 0;
	text[n] = '\0';
	if (f)
		fclose(f);
	return n;
}

char thread_state(pid_t pid, pid_t tid)
{
	char text[4096], *s;

	if (!read_status(pid, tid, text))
		return 0;
	s = strstr(text, "\nState:\t");
	return s ? s[8] : 0;
}

void expect_free(struct run *r, pid_t pid)
{
	char path[64], text[4096];
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		pid_t tid = atoi(e->d_name);

		if (tid <= 0 || !read_status(pid, tid, text))
			continue;
		int tracer = status_number(text, "\nTracerPid:\t");
		const char *state = strstr(text, "\nState:\t");

		if (tracer)
			fail(r, "thread %d is traced by %d", tid, tracer);
		else if (state && (state[8] == 't' || state[8] == 'T'))
			fail(r, "thread %d is stopped", tid);
	}
	if (dir)
		closedir(dir);
}

int await_end(struct run *r, pid_t pid)
{
	double until = now() + 20;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now() > until) {
			fail(r, "pid %d (state %c) does not end", pid,
			     thread_state(pid, pid));
			return -1;
		}
		sleep_ms(1);
	}
	return status;
}

void stop_patient(struct run *r)
{
	int status;

	r->b->quit = 1;
	if (r->failed)
		return;
	status = await_end(r, r->started);
	if (status)
		fail(r, "the patient ends with status %#x", status);
	r->started = 0;
}

/* ---- cases ---- */

/* What a failed case, or a patient's children, have left: only ours. */
static void kill_children(void)
{
	char path[64];
	int pid, rounds = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	while (waitpid(-1, NULL, WNOHANG) >= 0 && rounds++ < 2000) {
		FILE *f = fopen(path, "r");

		while (f && fscanf(f, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (f)
			fclose(f);
		sleep_ms(1);
	}
}

static bool run_case(const struct test_case *c, bool full)
{
	struct run r = {.name = c->name, .mode = c->mode, .full = full};
	double start = now();

	c->run(&r);
	if (r.b && r.b->bad)
		fail(&r, "the patient complains %lu times, first: %s",
		     (unsigned long)r.b->bad, r.b->complaint);
	if (r.b && r.failed)
		printf("   rounds %lu, sent %lu, handled %lu, nested %lu, "
		       "execs %lu\n   the patient complains %lu times: %s\n",
		       (unsigned long)r.b->rounds, (unsigned long)r.b->sent,
		       (unsigned long)r.b->handled, (unsigned long)r.b->nested,
		       (unsigned long)r.b->execs, (unsigned long)r.b->bad,
		       r.b->complaint);
	kill_children();
	if (r.b)
		munmap(r.b, sizeof(*r.b));
	printf("%s %s (%.1f s)\n", r.failed ? "FAILED" : "ok    ", c->name,
	       now() - start);
	fflush(stdout);
	return !r.failed;
}

static bool is_wanted(const struct test_case *c, bool full, char **names)
{
	if (!*names)
		return full || !c->long_one;
	for (; *names; names++) {
		if (!strcmp(*names, c->name))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const struct test_case *const tables[] = {cases, end_cases};
	unsigned int passed = 0, failed = 0;
	bool full = argc > 1 && !strcmp(argv[1], "--full");
	struct timespec ts;

	top = getenv("THREADS_TOP");
	if (!top)
		top = ".";
	clock_gettime(CLOCK_REALTIME, &ts);
	srandom((unsigned int)ts.tv_nsec);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < 2; i++) {
		for (const struct test_case *c = tables[i]; c->name; c++) {
			if (!is_wanted(c, full, argv + 1 + full))
				continue;
			if (run_case(c, full))
				passed++;
			else
				failed++;
		}
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
