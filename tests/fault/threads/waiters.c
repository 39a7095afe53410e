// SPDX-License-Identifier: GPL-2.0-or-later
/* Parents that wait, and what they see of a patched child. */
#include "modes.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* ---- in D state ---- */

/* The child holds its parent thread until the driver says `go`. */
static NOIPA int hold_parent(void)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		/* Not a function of libc's that would touch the parent's. */
		while (!board->go && !board->quit)
			sleep_us(1000);
		_exit(5);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 5)
		complain("the vfork child ends with %#x", status);
	return pid > 0;
}

static void *wait_in_vfork(void *arg)
{
	(void)arg;
	hold_parent();
	count(&board->handled);
	work();
	return NULL;
}

void vfork_waits(void)
{
	start_thread(work_thread, NULL);
	start_thread(wait_in_vfork, NULL);
	sleep_us(20000);
	ready(getpid());
	work();
}

/* ---- a shell-like parent ---- */

static volatile pid_t child;

/* Of the child there is nothing to tell but what the driver has done. */
static void on_child(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	if (info->si_pid != child)
		return;
	if (info->si_code == CLD_STOPPED && info->si_status == SIGSTOP)
		count(&board->sent);
	else if (info->si_code == CLD_CONTINUED)
		count(&board->nested);
	else if (!board->quit)
		complain("SIGCHLD: code %d, status %d", info->si_code,
			 info->si_status);
}

/* By wait: stops in `handled`, continuations in `execs`. */
static void note_status(int status)
{
	if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP)
		count(&board->handled);
	else if (WIFCONTINUED(status))
		count(&board->execs);
	else if (!board->quit || !WIFEXITED(status) || WEXITSTATUS(status))
		complain("waitpid() tells status %#x", status);
}

static void run_job(void)
{
	setpgid(0, 0);
	start_thread(work_thread, NULL);
	ready(getpid());
	work();
	_exit(0);
}

void job(void)
{
	struct sigaction sa = {.sa_sigaction = on_child,
			       .sa_flags = SA_SIGINFO | SA_RESTART};
	int status = 0;

	sigaction(SIGCHLD, &sa, NULL);
	child = fork();
	if (child == 0) {
		signal(SIGCHLD, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_job();
	}
	do {
		pid_t pid = waitpid(child, &status, WUNTRACED | WCONTINUED);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid != child)
			complain("waitpid: %s", strerror(errno));
		note_status(status);
	} while (WIFSTOPPED(status) || WIFCONTINUED(status));
}

/* ---- PR_SET_PDEATHSIG ---- */

static void on_parents_death(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
	count(&board->handled);
}

/* The patient is told when its parent ends, and only then. */
void parent_dies(void)
{
	struct sigaction sa = {.sa_sigaction = on_parents_death,
			       .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(SIGUSR1, &sa, NULL);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGUSR1);
		start_thread(work_thread, NULL);
		ready(getpid());
		work();
		_exit(0);
	}
	await_go();
}
