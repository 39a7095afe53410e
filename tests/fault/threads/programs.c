// SPDX-License-Identifier: GPL-2.0-or-later
/* Ends, and other programs, in the middle of it. */
#include "modes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void some_threads(void)
{
	for (int i = 0; i < 3; i++)
		start_thread(work_thread, NULL);
}

/* It starts itself again and again, after 1 to 64 ms. */
static void *exec_itself(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	sleep_us(1000 + ts.tv_nsec / 1000 % 64 * 1000);
	while (board->hold && !board->quit)
		sleep_us(500);
	if (board->quit)
		return NULL;
	count(&board->execs);
	execv("/proc/self/exe", patient_argv);
	complain("exec: %s", strerror(errno));
	return NULL;
}

void exec_main(void)
{
	some_threads();
	ready(getpid());
	exec_itself(NULL);
}

void exec_thread(void)
{
	some_threads();
	start_thread(exec_itself, NULL);
	ready(getpid());
	work();
}

static void *exec_sleep(void *arg)
{
	(void)arg;
	await_go();
	fcntl(BOARD_FD, F_SETFD, FD_CLOEXEC);
	count(&board->execs);
	execl("/bin/sleep", "sleep", "100", NULL);
	complain("exec: %s", strerror(errno));
	return NULL;
}

void exec_other(void)
{
	some_threads();
	start_thread(exec_sleep, NULL);
	ready(getpid());
	work();
}

/* ---- ends ---- */

static void *exit_at_once(void *arg)
{
	(void)arg;
	await_go();
	_exit(7);
}

void exits(void)
{
	some_threads();
	start_thread(exit_at_once, NULL);
	ready(getpid());
	work();
	sleep_us(1000000); /* `quit` isn't how this one ends */
}

static void *abort_at_once(void *arg)
{
	(void)arg;
	await_go();
	abort();
}

void aborts(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	some_threads();
	start_thread(abort_at_once, NULL);
	ready(getpid());
	work();
}

static void *kill_itself(void *arg)
{
	(void)arg;
	await_go();
	kill(getpid(), SIGKILL);
	return NULL;
}

void killed(void)
{
	some_threads();
	start_thread(kill_itself, NULL);
	ready(getpid());
	work();
}
