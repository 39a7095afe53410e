// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include "patient.h"

static int sockets[2];
static sigset_t usr2;
static int semaphore;

NOIPA void report(void)
{
	puts("unpatched");
}

/* Each waits for what never comes, and complains if it returns. */
static void *in_epoll_wait(void *arg)
{
	struct epoll_event ev;
	int n = epoll_wait(epoll_create1(0), &ev, 1, -1);

	printf("wrong: epoll_wait %d %s\n", n, strerror(errno));
	return arg;
}

static void *in_poll(void *arg)
{
	int n = poll(NULL, 0, -1);

	printf("wrong: poll %d %s\n", n, strerror(errno));
	return arg;
}

static void *in_recv_with_timeout(void *arg)
{
	struct timeval tv = {.tv_sec = 100};
	char byte;

	setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	printf("wrong: recv %zd %s\n", recv(sockets[0], &byte, 1, 0),
	       strerror(errno));
	return arg;
}

static void *in_sigtimedwait(void *arg)
{
	struct timespec ts = {100, 0};
	int n = sigtimedwait(&usr2, NULL, &ts);

	printf("wrong: sigtimedwait %d %s\n", n, strerror(errno));
	return arg;
}

static void *in_semtimedop(void *arg)
{
	struct sembuf op = {0, -1, 0};
	struct timespec ts = {100, 0};
	int n = semtimedop(semaphore, &op, 1, &ts);

	/* It ends when the main thread removes the semaphore. */
	if (!patient_told_to_stop)
		printf("wrong: semtimedop %d %s\n", n, strerror(errno));
	return arg;
}

static void *in_read(void *arg)
{
	int fds[2];
	char byte;

	if (pipe(fds) == 0)
		printf("wrong: read %zd\n", read(fds[0], &byte, 1));
	return arg;
}

static void *in_pause(void *arg)
{
	printf("wrong: pause %d\n", pause());
	return arg;
}

/* A sleep lasts as long as it was to. */
static void *in_clock_nanosleep(void *arg)
{
	struct timespec begin, end, ts = {0, 700 * 1000 * 1000};

	while (!patient_told_to_stop) {
		clock_gettime(CLOCK_MONOTONIC, &begin);
		if (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL))
			puts("wrong: clock_nanosleep was interrupted");
		clock_gettime(CLOCK_MONOTONIC, &end);
		if ((end.tv_sec - begin.tv_sec) * 1000 +
			    (end.tv_nsec - begin.tv_nsec) / 1000000 < 699)
			puts("wrong: clock_nanosleep was too short");
	}
	return arg;
}

int main(void)
{
	static void *(*const waits[])(void *) = {
		in_epoll_wait, in_poll, in_recv_with_timeout, in_sigtimedwait,
		in_read, in_pause, in_clock_nanosleep, in_semtimedop,
	};
	pthread_t threads[sizeof(waits) / sizeof(waits[0])];
	sigset_t term;

	/* SIGTERM is for the main thread. */
	patient_runs();
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, NULL);
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
	semaphore = semget(IPC_PRIVATE, 1, 0600);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		pthread_create(&threads[i], NULL, waits[i], NULL);
	pthread_sigmask(SIG_UNBLOCK, &term, NULL);
	while (patient_runs()) {
		report();
		sleep(1);
	}
	semctl(semaphore, 0, IPC_RMID);
	return 0;
}
