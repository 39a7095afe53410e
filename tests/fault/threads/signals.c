// SPDX-License-Identifier: GPL-2.0-or-later
/* Storms of signals. */
#include "modes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

enum { EVERY_NS = 100000 /* 10 kHz */, ALTSTACK = 64 * 1024 };

static void handle(int signal, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = {.sa_sigaction = fn,
			       .sa_flags = SA_SIGINFO | SA_RESTART | flags};

	sigaction(signal, &sa, NULL);
}

static void start_timer(int signal)
{
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL,
			      .sigev_signo = signal};
	struct itimerspec it = {{0, EVERY_NS}, {0, EVERY_NS}};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) ||
	    timer_settime(timer, 0, &it, NULL))
		complain("timer: %s", strerror(errno));
}

/* ---- SIGALRM at 10 kHz, a nested signal in each handler ---- */

static void on_nested(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
	check_answer();
	count(&board->nested);
}

/* Sent to this thread and not blocked: handled before raise() returns. */
static void on_alarm(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)signal, (void)info, (void)context;
	check_answer();
	count(&board->handled);
	count(&board->sent);
	raise(SIGUSR1);
	errno = saved;
}

static void *work_on_altstack(void *arg)
{
	stack_t st = {.ss_sp = malloc(ALTSTACK), .ss_size = ALTSTACK};

	if (sigaltstack(&st, NULL))
		complain("sigaltstack: %s", strerror(errno));
	return work_thread(arg);
}

/* errno and system calls of the interrupted are as without signals. */
static void *sleep_and_check(void *arg)
{
	int fds[2];
	char c = 1;

	(void)arg;
	if (pipe(fds))
		complain("pipe");
	while (!board->quit) {
		errno = 4711;
		check_answer();
		if (errno != 4711)
			complain("errno has become %d", errno);
		if (write(fds[1], &c, 1) != 1 || read(fds[0], &c, 1) != 1)
			complain("a pipe: %s", strerror(errno));
	}
	return NULL;
}

void alarms(void)
{
	handle(SIGUSR1, on_nested, SA_ONSTACK);
	handle(SIGALRM, on_alarm, SA_ONSTACK);
	start_thread(work_on_altstack, NULL);
	start_thread(sleep_and_check, NULL);
	start_timer(SIGALRM);
	ready(getpid());
	work_on_altstack(NULL);
}

/* ---- queued signals: each counts, and its value ---- */

static void on_queued(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	check_answer();
	count(&board->handled);
	__atomic_fetch_add(&board->sum_handled, (uint64_t)info->si_value.sival_int,
			   __ATOMIC_SEQ_CST);
}

static void send_until_told(pid_t pid)
{
	for (int i = 1; !board->quit; i = i % 1000 + 1) {
		union sigval v = {.sival_int = i};

		while (board->hold && !board->quit)
			sleep_us(500);
		if (sigqueue(pid, SIGRTMIN + i % 3, v)) {
			if (errno != EAGAIN)
				break;
			sleep_us(500);
			continue;
		}
		count(&board->sent);
		__atomic_fetch_add(&board->sum_sent, (uint64_t)i,
				   __ATOMIC_SEQ_CST);
		if (i % 4 == 0)
			sleep_us(50);
	}
}

static void *send_to_ourselves(void *arg)
{
	(void)arg;
	send_until_told(getpid());
	return NULL;
}

void queue(void)
{
	pid_t patient = getpid(), sender;

	for (int i = 0; i < 3; i++)
		handle(SIGRTMIN + i, on_queued, 0);
	sender = fork();
	if (sender == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 3; i++)
			signal(SIGRTMIN + i, SIG_IGN);
		send_until_told(patient);
		_exit(0);
	}
	start_thread(work_thread, NULL);
	start_thread(send_to_ourselves, NULL);
	ready(patient);
	work();
	waitpid(sender, NULL, 0);
}

/* ---- handlers that longjmp out ---- */

static __thread sigjmp_buf place;
static __thread volatile sig_atomic_t can_jump;

static void on_jump(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
	check_answer();
	count(&board->handled);
	if (can_jump)
		siglongjmp(place, 1);
}

static NOIPA void spin_a_while(void)
{
	for (volatile int k = 0; k < 5000; k++)
		;
	check_answer();
}

static void jump_all_the_time(void)
{
	volatile uint64_t jumps = 0;

	while (!board->quit) {
		if (sigsetjmp(place, 1) == 0) {
			can_jump = 1;
			for (;;) {
				spin_a_while();
				if (board->quit)
					break;
			}
		} else {
			jumps++;
		}
		can_jump = 0;
		count(&board->rounds);
	}
	if (!jumps)
		complain("never jumped");
}

void jumps(void)
{
	sigset_t alarm_only;

	handle(SIGALRM, on_jump, 0);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	/* The other thread works undisturbed. */
	pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
	start_thread(work_thread, NULL);
	pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
	start_timer(SIGALRM);
	ready(getpid());
	jump_all_the_time();
}
