// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads that come and go. */
#include "modes.h"

#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { CROWD = 1000 };

void plain(void)
{
	start_thread(work_thread, NULL);
	ready(getpid());
	work();
}

static void *sleep_mostly(void *arg)
{
	long us = 1000 * (1 + (long)arg % 50);

	while (!board->quit) {
		check_answer();
		sleep_us(20 * us);
	}
	return NULL;
}

void crowd(void)
{
	for (long i = 0; i < CROWD; i++)
		start_thread(sleep_mostly, (void *)i);
	ready(getpid());
	work();
}

/* ---- thousands a second ---- */

static void *short_life(void *arg)
{
	check_answer();
	return arg;
}

static void *create_and_join(void *arg)
{
	pthread_attr_t attr;

	(void)arg;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	while (!board->quit) {
		pthread_t t[3];
		void *result;

		for (long i = 0; i < 3; i++) {
			if (pthread_create(&t[i], &attr, short_life, (void *)i))
				complain("pthread_create");
		}
		for (long i = 0; i < 3; i++) {
			if (pthread_join(t[i], &result) || result != (void *)i)
				complain("a thread's result is %p", result);
		}
	}
	return NULL;
}

static void *create_detached(void *arg)
{
	(void)arg;
	while (!board->quit)
		start_thread(short_life, NULL);
	return NULL;
}

void creators(void)
{
	for (int i = 0; i < 2; i++)
		start_thread(create_and_join, NULL);
	start_thread(create_detached, NULL);
	ready(getpid());
	work();
}

/* Each thread starts its successor and ends: none that lives on. */
static void *link_of_chain(void *arg)
{
	check_answer();
	if (!board->quit)
		start_thread(link_of_chain, arg);
	return NULL;
}

void chains(void)
{
	for (int i = 0; i < 8; i++)
		start_thread(link_of_chain, NULL);
	ready(getpid());
	while (!board->quit)
		sleep_us(10000);
}

static void *lead_on(void *arg)
{
	(void)arg;
	work();
	exit(0);
}

void dead_leader(void)
{
	start_thread(work_thread, NULL);
	start_thread(lead_on, NULL);
	ready(getpid());
	pthread_exit(NULL);
}

/* ---- clone ---- */

/* It has the memory of when it began, but the board's epoch goes on. */
static int child_of_clone(void *arg)
{
	int got = answer(20);

	(void)arg;
	return got == NEW_ANSWER ? 1 : got == OLD_ANSWER ? 0 : 2;
}

/* As fork(), but with flags and a stack of its own. */
static void clone_once(int flags, char *stack, size_t size)
{
	uint32_t before = board->epoch;
	int status;
	pid_t pid = clone(child_of_clone, stack + size, flags | SIGCHLD, NULL);

	if (pid < 0) {
		complain("clone(%#x) fails", flags);
		return;
	}
	/* A child that a tracer got (CLONE_PTRACE) is ours to wait for, too. */
	if (waitpid(pid, &status, __WALL) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 1)
		complain("a child of clone(%#x) ends with %#x", flags, status);
	else
		check_value(before, WEXITSTATUS(status) ? NEW_ANSWER
							: OLD_ANSWER);
}

/* A thread without pthread's help, and without a TLS of its own. */
static int raw_thread(void *arg)
{
	(void)arg;
	check_answer();
	syscall(SYS_exit, 0);
	return 0;
}

static void clone_thread(char *stack, size_t size, int more)
{
	volatile pid_t tid = 1;
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			  CLONE_THREAD | CLONE_SYSVSEM |
			  CLONE_CHILD_CLEARTID | more;

	if (clone(raw_thread, stack + size, flags, NULL, NULL, NULL, &tid) < 0)
		complain("clone of a thread fails");
	else
		while (tid) /* the kernel clears it */
			sched_yield();
}

void odd_clones(void)
{
	enum { SIZE = 64 * 1024 };
	static const int flags[] = {
		CLONE_UNTRACED, CLONE_PTRACE, CLONE_FILES | CLONE_FS,
		CLONE_VM | CLONE_VFORK, CLONE_VM | CLONE_VFORK | CLONE_PTRACE,
	};
	char *stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	start_thread(work_thread, NULL);
	ready(getpid());
	for (unsigned int i = 0; !board->quit; i++) {
		clone_once(flags[i % 5], stack, SIZE);
		clone_thread(stack, SIZE, i % 2 ? CLONE_PTRACE : 0);
		/* Old return addresses would look like a suspended context. */
		memset(stack, 0, SIZE);
	}
}

/* A process, not a thread, in the same memory. */
static int other_process(void *arg)
{
	(void)arg;
	while (!board->go && !board->quit)
		check_answer();
	return 0;
}

void shared_memory(void)
{
	enum { SIZE = 64 * 1024 };
	char *stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid = clone(other_process, stack + SIZE,
			  CLONE_VM | CLONE_FILES | SIGCHLD, NULL);
	int status;

	board->sent = (uint64_t)pid; /* for the driver to look for */
	start_thread(work_thread, NULL);
	ready(getpid());
	if (waitpid(pid, &status, 0) != pid || status)
		complain("the other process ends with %#x", status);
	work();
}
