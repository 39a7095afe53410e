// SPDX-License-Identifier: GPL-2.0-or-later
/* Children that come and go. */
#include "modes.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* The exit code by which a child tells what answer() was. */
enum { SAW_OLD = 40, SAW_NEW };

static void expect_exit(const char *what, uint32_t before, pid_t pid)
{
	int status = -1;
	pid_t r = waitpid(pid, &status, 0);

	if (r != pid || !WIFEXITED(status) ||
	    (WEXITSTATUS(status) != SAW_OLD && WEXITSTATUS(status) != SAW_NEW))
		complain("%s: waitpid(%d) returns %d, status %#x", what, pid, r,
			 status);
	else
		check_value(before, WEXITSTATUS(status) == SAW_OLD
					    ? OLD_ANSWER
					    : NEW_ANSWER);
}

/* A child has one version all its life. */
static int childs_verdict(void)
{
	int first = answer(20);

	for (int i = 0; i < 20; i++) {
		if (answer(20) != first)
			return 1;
	}
	return first == OLD_ANSWER   ? SAW_OLD
	       : first == NEW_ANSWER ? SAW_NEW
				     : 2;
}

static void *fork_all_the_time(void *arg)
{
	(void)arg;
	while (!board->quit) {
		uint32_t before = board->epoch;
		pid_t pid = fork();

		if (pid == 0)
			_exit(childs_verdict());
		if (pid < 0)
			complain("fork: %s", strerror(errno));
		else
			expect_exit("fork", before, pid);
	}
	return NULL;
}

void forks(void)
{
	start_thread(fork_all_the_time, NULL);
	start_thread(fork_all_the_time, NULL);
	ready(getpid());
	work();
}

/* Of a vfork child's frame nothing must remain, hence a function of its own. */
static NOIPA pid_t vfork_child(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(childs_verdict());
	return pid;
}

static void *vfork_all_the_time(void *arg)
{
	(void)arg;
	while (!board->quit) {
		uint32_t before = board->epoch;
		pid_t pid = vfork_child();

		if (pid < 0)
			complain("vfork: %s", strerror(errno));
		else
			expect_exit("vfork", before, pid);
	}
	return NULL;
}

void vforks(void)
{
	start_thread(vfork_all_the_time, NULL);
	start_thread(vfork_all_the_time, NULL);
	ready(getpid());
	work();
}

static void *spawn_all_the_time(void *arg)
{
	char *args[] = {"true", NULL};

	(void)arg;
	while (!board->quit) {
		int status = -1;
		pid_t pid;
		int err = posix_spawn(&pid, "/bin/true", NULL, NULL, args,
				      environ);

		if (err)
			complain("posix_spawn: %s", strerror(err));
		else if (waitpid(pid, &status, 0) != pid || status)
			complain("true ends with status %#x", status);
		count(&board->rounds);
	}
	return NULL;
}

void spawns(void)
{
	start_thread(spawn_all_the_time, NULL);
	start_thread(spawn_all_the_time, NULL);
	ready(getpid());
	work();
}

/*
 * Children that stay: each time the driver says `go`, the patient starts one
 * and names it in `sent`; it works until told to quit.
 */
void children_stay(void)
{
	start_thread(fork_all_the_time, NULL);
	ready(getpid());
	while (!board->quit) {
		check_answer();
		sleep_us(500);
		if (!board->go)
			continue;
		pid_t pid = fork();

		if (pid == 0) {
			while (!board->quit) {
				int got = answer(20);

				if (got != OLD_ANSWER && got != NEW_ANSWER)
					complain("a child: %d", got);
				board->sum_handled = (uint64_t)got;
				count(&board->handled);
				sleep_us(200);
			}
			_exit(0);
		}
		board->sent = (uint64_t)pid;
		board->go = 0;
	}
}
