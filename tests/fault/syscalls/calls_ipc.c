// SPDX-License-Identifier: GPL-2.0-or-later
/* System V and POSIX message queues, semaphores, children, file locks. */
#include "calls.h"

#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- semaphores ---- */

static bool set_sem(struct ctx *c)
{
	c->id = semget(IPC_PRIVATE, 1, 0600);
	return c->id >= 0;
}

static long down(struct ctx *c, const struct timespec *ts)
{
	struct sembuf op = {0, -1, 0};

	return result(semtimedop(c->id, &op, 1, ts), 0);
}

static long do_semop(struct ctx *c)
{
	struct sembuf op = {0, -1, 0};

	return result(semop(c->id, &op, 1), 0);
}

static long do_semtimedop(struct ctx *c)
{
	struct timespec ts = in_ms(c);

	return down(c, &ts);
}

static long do_semtimedop_fed(struct ctx *c)
{
	struct timespec ts = {100, 0};

	return down(c, &ts);
}

static void feed_sem(struct ctx *c)
{
	struct sembuf op = {0, 1, 0};

	semop(c->id, &op, 1);
}

/* ---- System V messages ---- */

struct message {
	long type;
	char text[1024];
};

static bool set_msg(struct ctx *c)
{
	c->id = msgget(IPC_PRIVATE, 0600);
	return c->id >= 0;
}

static long do_msgrcv(struct ctx *c)
{
	struct message m;

	return result(msgrcv(c->id, &m, sizeof(m.text), 0, 0), 1);
}

static void feed_msg(struct ctx *c)
{
	struct message m = {.type = 1};

	msgsnd(c->id, &m, 1, 0);
}

static void fill_msg(struct ctx *c)
{
	struct message m = {.type = 1};

	while (!msgsnd(c->id, &m, sizeof(m.text), IPC_NOWAIT))
		;
}

static long do_msgsnd(struct ctx *c)
{
	struct message m = {.type = 1};

	return result(msgsnd(c->id, &m, sizeof(m.text), 0), 0);
}

static void feed_by_receiving(struct ctx *c)
{
	struct message m;

	msgrcv(c->id, &m, sizeof(m.text), 0, IPC_NOWAIT);
}

/* ---- POSIX messages ---- */

static bool set_mq(struct ctx *c)
{
	struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 8};
	char name[64];

	snprintf(name, sizeof(name), "/syscalls-%d-%p", getpid(), (void *)c);
	c->id = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (c->id < 0) {
		c->why = "no message queue can be opened";
		return true;
	}
	mq_unlink(name);
	return true;
}

static long do_mq_receive(struct ctx *c)
{
	char text[8];

	return result(mq_receive(c->id, text, sizeof(text), NULL), 1);
}

static long do_mq_timedreceive(struct ctx *c)
{
	struct timespec until = at_ms(c, CLOCK_REALTIME);
	char text[8];

	return result(mq_timedreceive(c->id, text, sizeof(text), NULL, &until),
		      1);
}

static void feed_mq(struct ctx *c)
{
	mq_send(c->id, "x", 1, 0);
}

static void fill_mq(struct ctx *c)
{
	struct timespec past = {1, 0};

	while (!mq_timedsend(c->id, "x", 1, 0, &past))
		;
}

static long do_mq_send(struct ctx *c)
{
	return result(mq_send(c->id, "x", 1, 0), 0);
}

static long do_mq_timedsend(struct ctx *c)
{
	struct timespec until = at_ms(c, CLOCK_REALTIME);

	return result(mq_timedsend(c->id, "x", 1, 0, &until), 0);
}

static void feed_by_mq_receive(struct ctx *c)
{
	char text[8];

	mq_receive(c->id, text, sizeof(text), NULL);
}

/* ---- children ---- */

static bool set_nothing(struct ctx *c)
{
	(void)c;
	return true;
}

static pid_t start_child(struct ctx *c)
{
	struct timespec ts = in_ms(c);
	pid_t pid = fork();

	if (pid)
		return pid;
	nanosleep(&ts, NULL);
	_exit(7);
}

static long do_wait4(struct ctx *c)
{
	pid_t pid = start_child(c);
	int status;
	long r = wait4(pid, &status, 0, NULL);

	if (r == pid && WEXITSTATUS(status) != 7)
		return -1;
	return result(r, pid);
}

static long do_waitid(struct ctx *c)
{
	pid_t pid = start_child(c);
	siginfo_t si = {0};
	long r = waitid(P_PID, (id_t)pid, &si, WEXITED);

	if (r == 0 && si.si_status != 7)
		return -1;
	return result(r, 0);
}

/* ---- locks: the feeder's file is fd[1], opened anew ---- */

static bool set_file(struct ctx *c)
{
	char path[] = "/tmp/syscallsXXXXXX";

	c->fd[0] = mkstemp(path);
	c->fd[1] = open(path, O_RDWR);
	unlink(path);
	return c->fd[0] >= 0 && c->fd[1] >= 0;
}

static void arm_flock(struct ctx *c)
{
	flock(c->fd[1], LOCK_EX);
}

static void feed_flock(struct ctx *c)
{
	flock(c->fd[1], LOCK_UN);
}

static long do_flock(struct ctx *c)
{
	long r = result(flock(c->fd[0], LOCK_EX), 0);

	flock(c->fd[0], LOCK_UN);
	return r;
}

static long lock(int fd, int how, short type)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};

	return result(fcntl(fd, how, &l), 0);
}

static void arm_setlk(struct ctx *c)
{
	lock(c->fd[1], F_SETLKW, F_WRLCK);
}

static void feed_setlk(struct ctx *c)
{
	lock(c->fd[1], F_SETLKW, F_UNLCK);
}

static long do_setlkw(struct ctx *c)
{
	long r = lock(c->fd[0], F_SETLKW, F_WRLCK);

	lock(c->fd[0], F_SETLKW, F_UNLCK);
	return r;
}

static long do_ofd_setlkw(struct ctx *c)
{
	long r = lock(c->fd[0], F_OFD_SETLKW, F_WRLCK);

	lock(c->fd[0], F_OFD_SETLKW, F_UNLCK);
	return r;
}

const struct call calls_ipc[] = {
	{"semop", set_sem, do_semop, feed_sem, NULL, 0, 0},
	{"semtimedop", set_sem, do_semtimedop, NULL, NULL, -EAGAIN, 0},
	{"semtimedop_fed", set_sem, do_semtimedop_fed, feed_sem, NULL, 0, 0},
	{"msgrcv", set_msg, do_msgrcv, feed_msg, NULL, 0, 0},
	{"msgsnd", set_msg, do_msgsnd, feed_by_receiving, fill_msg, 0, 0},
	{"mq_receive", set_mq, do_mq_receive, feed_mq, NULL, 0, RESTARTS},
	{"mq_timedreceive", set_mq, do_mq_timedreceive, NULL, NULL, -ETIMEDOUT,
	 RESTARTS | REALTIME},
	{"mq_send", set_mq, do_mq_send, feed_by_mq_receive, fill_mq, 0,
	 RESTARTS},
	{"mq_timedsend", set_mq, do_mq_timedsend, NULL, fill_mq, -ETIMEDOUT,
	 RESTARTS | REALTIME},
	{"wait4", set_nothing, do_wait4, NULL, NULL, 0, RESTARTS},
	{"waitid", set_nothing, do_waitid, NULL, NULL, 0, RESTARTS},
	{"flock", set_file, do_flock, feed_flock, arm_flock, 0, RESTARTS},
	{"fcntl_setlkw", set_file, do_setlkw, feed_setlk, arm_setlk, 0,
	 RESTARTS},
	{"fcntl_ofd_setlkw", set_file, do_ofd_setlkw, feed_setlk, arm_setlk, 0,
	 RESTARTS},
	{0},
};
