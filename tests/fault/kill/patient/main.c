// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The patient: threads that check registers, system calls, masks, and the
 * results of the functions that get patched, round after round. Thread 0 (and
 * 1 of many) computes most of the time; the others are mostly blocked.
 * Usage: patient THREADS MODE, with the harness's memory as file SHARED_FD.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"

int in_both(int x);
int in_both_too(int x);
int in_level_1(int x);
int in_level_2(int x);
int in_level_1_too(int x);
int in_level_2_too(int x);
int across_pages(int x);
int in_library(int x);
int in_library_1(int x);

static int (*const functions[FUNCTIONS])(int x) = {
	in_both,	in_both_too,	in_level_1,   in_level_2,
	in_level_1_too, in_level_2_too, across_pages, in_library,
	in_library_1,
};

enum { STACK = 256 << 10 };

static struct self selves[MAX_THREADS];
static __thread struct self *current;

void wrong(struct self *s, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!atomic_fetch_add(&s->shared->errors, 1))
		snprintf(s->shared->error, sizeof(s->shared->error),
			 "thread %u: %s", s->index, text);
}

static void on_signal(int sig)
{
	(void)sig;
	atomic_fetch_add(&current->report->signals, 1);
}

/* In a function that is replaced, nine tenths of the time and more. */
void linger(void)
{
	static const struct timespec ts = {0, 20000000};

	if (nanosleep(&ts, NULL))
		wrong(current, "interrupted in a function");
}

static void check_busy_function(struct self *s)
{
	int level = in_both(-8) + 64;

	if (level < 0 || level >= LEVELS)
		wrong(s, "a busy function returned %d too much", level);
}

/*
 * Calls all functions several times. `possible` has the levels that all
 * results since the last switch agree with.
 */
static void check_functions(struct self *s, uint32_t *possible)
{
	for (int k = 0; k < 5 * FUNCTIONS; k++) {
		int i = k % FUNCTIONS, x = k + (int)s->index;
		int level = functions[i](x) - 8 * x;
		uint32_t agree = 0;

		for (int l = 0; l < LEVELS; l++)
			agree |= (uint32_t)(level == expected_level(
						   s->shared->mode, l, i)) << l;
		if (!agree)
			wrong(s, "function %d returned %d too much", i, level);
		if (!(*possible & agree)) {
			atomic_fetch_add(&s->report->switches, 1);
			*possible = agree;
		} else {
			*possible &= agree;
		}
	}
	if (*possible & (*possible - 1) && !mode_may_be_torn(s->shared->mode))
		wrong(s, "the level isn't known after a round");
	for (uint32_t l = 0; l < LEVELS; l++)
		if (*possible == 1u << l)
			atomic_store(&s->report->level, l);
}

static void block_signals(const struct self *s, sigset_t *mask)
{
	sigemptyset(mask);
	sigaddset(mask, SIGUSR1);
	sigaddset(mask, SIGRTMIN);
	sigaddset(mask, SIGRTMIN + 1 + (int)s->index % 20);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

static void check_mask(struct self *s, const sigset_t *wanted)
{
	sigset_t mask;

	sigemptyset(&mask);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&mask, i) != sigismember(wanted, i))
			wrong(s, "signal %d is%s blocked", i,
			      sigismember(&mask, i) ? "" : " not");
}

/* Thread 0 gives the others what they wait for. */
static void feed(struct self *s)
{
	uint32_t n = atomic_load(&s->shared->nthreads);

	for (uint32_t i = 1; i < n; i++) {
		struct self *to = &selves[i];
		char byte = (char)i;

		switch (atomic_exchange(&to->report->wants, WANT_NOTHING)) {
		case WANT_BYTE:
			if (write(to->pipe[1], &byte, 1) != 1)
				wrong(s, "cannot write to a pipe");
			break;
		case WANT_SIGNAL:
			if (syscall(SYS_tgkill, getpid(),
				    atomic_load(&to->report->tid), SIGRTMIN))
				wrong(s, "cannot send a signal");
		}
	}
}

static void *run_thread(void *arg)
{
	struct self *s = arg;
	uint32_t n = atomic_load(&s->shared->nthreads);
	bool spins = s->shared->mode == MODE_SPIN;
	bool computes = spins || s->index == 0 || (s->index == 1 && n > 2);
	uint32_t possible = 1;
	sigset_t mask;

	current = s;
	block_signals(s, &mask);
	atomic_store(&s->report->tid, (int)syscall(SYS_gettid));
	atomic_fetch_add(&s->shared->ready, 1);
	for (unsigned int round = s->index;; round++) {
		check_registers(s, computes ? 60000 : 2000);
		check_functions(s, &possible);
		check_mask(s, &mask);
		atomic_fetch_add(&s->report->beats, 1);
		if (spins)
			continue;
		if (s->index == 0)
			feed(s);
		if (!computes || (round % 8 == 0 && s->index))
			check_wait(s, round % WAITS);
		if (!computes && s->shared->mode == MODE_BUSY)
			check_busy_function(s);
		if (computes) /* the doctors need the CPUs as well */
			nanosleep(&(struct timespec){0, 300000}, NULL);
	}
	return NULL;
}

static void start_thread(struct self *s)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&thread, &attr, run_thread, s)) {
		perror("pthread_create");
		exit(1);
	}
}

/* pwrite64 fails with EPERM. */
static bool forbid_pwrite(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pwrite64, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof(code) / sizeof(*code), code};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/* Some directory which nothing is in. */
static bool leave_proc(void)
{
	char dir[] = "/tmp/killXXXXXX";

	return mkdtemp(dir) && !chdir(dir) && !rmdir(dir) && !chroot(".");
}

/* To any thread, each millisecond. */
static void send_alarms(void)
{
	static const struct itimerval each = {{0, 1000}, {0, 1000}};

	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &each, NULL);
}

static bool enter_mode(const char *name, struct shared *shared)
{
	for (uint32_t i = 0; i < MODES; i++)
		if (!strcmp(name, mode_names[i]))
			shared->mode = i;
	if (shared->mode == MODE_FILTER)
		return forbid_pwrite();
	return shared->mode != MODE_NO_PROC || leave_proc();
}

int main(int argc, char **argv)
{
	unsigned int n = argc == 3 ? (unsigned int)atoi(argv[1]) : 0;
	struct shared *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		     SHARED_FD, 0);

	if (shared == MAP_FAILED || n < 2 || n > MAX_THREADS ||
	    !enter_mode(argv[2], shared))
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGRTMIN, on_signal);
	for (int i = 0; i < FUNCTIONS; i++)
		shared->function[i] = (uint64_t)functions[i];
	atomic_store(&shared->nthreads, n);
	for (unsigned int i = 0; i < n; i++) {
		selves[i].shared = shared;
		selves[i].report = &shared->thread[i];
		selves[i].index = i;
		selves[i].seed = i;
		prepare_waits(&selves[i]);
	}
	for (unsigned int i = 1; i < n; i++)
		start_thread(&selves[i]);
	current = &selves[0];
	while (atomic_load(&shared->ready) < n - 1)
		usleep(100);
	if (shared->mode == MODE_SPIN)
		send_alarms();
	run_thread(&selves[0]);
	return 0;
}
