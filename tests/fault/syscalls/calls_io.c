// SPDX-License-Identifier: GPL-2.0-or-later
/* Pipes, sockets, terminals and files that are read like them. */
#include "calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <termios.h>
#include <unistd.h>

static char bytes[65536];

/* fd[0] is what the caller uses, fd[1] what the feeder does. */
static void feed_byte(struct ctx *c)
{
	if (write(c->fd[1], "x", 1) != 1)
		perror("feeding");
}

static void feed_by_reading(struct ctx *c)
{
	int flags = fcntl(c->fd[1], F_GETFL);

	fcntl(c->fd[1], F_SETFL, flags | O_NONBLOCK);
	while (read(c->fd[1], bytes, sizeof(bytes)) > 0)
		;
	fcntl(c->fd[1], F_SETFL, flags);
}

static void fill(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, bytes, 4096) > 0)
		;
	while (write(fd, bytes, 1) > 0)
		;
	fcntl(fd, F_SETFL, flags);
}

/* ---- pipes ---- */

static bool set_pipe(struct ctx *c)
{
	return pipe(c->fd) == 0;
}

static long read_byte(struct ctx *c)
{
	char byte;

	return result(read(c->fd[0], &byte, 1), 1);
}

static bool set_full_pipe(struct ctx *c)
{
	int fds[2];

	if (pipe(fds))
		return false;
	c->fd[0] = fds[1];
	c->fd[1] = fds[0];
	return true;
}

static void arm_full(struct ctx *c)
{
	fill(c->fd[0]);
}

static long write_page(struct ctx *c)
{
	return result(write(c->fd[0], bytes, 4096), 4096);
}

/* ---- sockets ---- */

static bool set_socket(struct ctx *c)
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, c->fd) == 0;
}

static bool set_time_out(struct ctx *c, int which, int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	return !setsockopt(c->fd[0], SOL_SOCKET, which, &tv, sizeof(tv));
}

static bool set_socket_long(struct ctx *c)
{
	return set_socket(c) && set_time_out(c, SO_RCVTIMEO, 100000) &&
	       set_time_out(c, SO_SNDTIMEO, 100000);
}

static bool set_socket_short(struct ctx *c)
{
	return set_socket(c) && set_time_out(c, SO_RCVTIMEO, c->ms) &&
	       set_time_out(c, SO_SNDTIMEO, c->ms);
}

static long do_recv(struct ctx *c)
{
	char byte;

	return result(recv(c->fd[0], &byte, 1, 0), 1);
}

static long do_recvmsg(struct ctx *c)
{
	struct iovec iov = {bytes, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	return result(recvmsg(c->fd[0], &m, 0), 1);
}

static long do_recvmmsg(struct ctx *c)
{
	struct timespec ts = {100, 0};
	struct iovec iov = {bytes, 1};
	struct mmsghdr m = {
		.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1},
	};

	return result(recvmmsg(c->fd[0], &m, 1, 0, &ts), 1);
}

static long do_send(struct ctx *c)
{
	return result(send(c->fd[0], bytes, 1, 0), 1);
}

/* ---- connections ---- */

/* fd[0] listens, and the feeder connects to it; or it's the other way. */
static bool listen_to(struct ctx *c, int domain, const void *addr,
		      socklen_t len, int backlog)
{
	c->fd[0] = socket(domain, SOCK_STREAM, 0);
	return c->fd[0] >= 0 && !bind(c->fd[0], addr, len) &&
	       !listen(c->fd[0], backlog);
}

static int connect_to(int listener, int type)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	int fd;

	if (getsockname(listener, (struct sockaddr *)&a, &len))
		return -1;
	fd = socket(a.ss_family, SOCK_STREAM | type, 0);
	if (fd < 0 || !connect(fd, (struct sockaddr *)&a, len))
		return fd;
	int err = errno;
	close(fd);
	errno = err;
	return -1;
}

static bool listen_unix(struct ctx *c)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	/* The kernel chooses a name. */
	return listen_to(c, AF_UNIX, &a, sizeof(a.sun_family), 0);
}

static bool listen_tcp(struct ctx *c)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return listen_to(c, AF_INET, &a, sizeof(a), 0);
}

static bool listen_short(struct ctx *c)
{
	return listen_unix(c) && set_time_out(c, SO_RCVTIMEO, c->ms);
}

static void feed_connection(struct ctx *c)
{
	close(connect_to(c->fd[0], 0));
}

static long do_accept(struct ctx *c)
{
	int fd = accept(c->fd[0], NULL, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void fill_backlog_unix(struct ctx *c)
{
	int fd;

	while ((fd = connect_to(c->fd[0], SOCK_NONBLOCK)) >= 0)
		close(fd);
}

/* As many as are accepted at once: the next one's SYN is dropped. */
static void fill_backlog_tcp(struct ctx *c)
{
	static int fds[2] = {-1, -1};

	for (int i = 0; i < 2; i++) {
		struct sockaddr_in a;
		socklen_t len = sizeof(a);

		if (fds[i] >= 0)
			close(fds[i]);
		getsockname(c->fd[0], (struct sockaddr *)&a, &len);
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fds[i], (struct sockaddr *)&a, len);
		usleep(20000);
	}
}

static void feed_by_accepting(struct ctx *c)
{
	int fd;

	fcntl(c->fd[0], F_SETFL, O_NONBLOCK);
	while ((fd = accept(c->fd[0], NULL, NULL)) >= 0)
		close(fd);
	fcntl(c->fd[0], F_SETFL, 0);
}

/* The feeder goes on accepting: the SYN comes again after a second or two. */
static void feed_by_accepting_for_long(struct ctx *c)
{
	for (int i = 0; i < 150; i++) {
		feed_by_accepting(c);
		usleep(20000);
	}
}

static long do_connect(struct ctx *c)
{
	int fd = connect_to(c->fd[0], 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* ---- terminals, events ---- */

static bool set_tty(struct ctx *c)
{
	struct termios raw;

	c->fd[1] = posix_openpt(O_RDWR | O_NOCTTY);
	if (c->fd[1] < 0 || grantpt(c->fd[1]) || unlockpt(c->fd[1])) {
		c->why = "no terminal can be opened";
		return true;
	}
	c->fd[0] = open(ptsname(c->fd[1]), O_RDWR | O_NOCTTY);
	if (c->fd[0] < 0 || tcgetattr(c->fd[0], &raw))
		return false;
	cfmakeraw(&raw);
	return !tcsetattr(c->fd[0], TCSANOW, &raw);
}

static bool set_eventfd(struct ctx *c)
{
	c->fd[0] = c->fd[1] = eventfd(0, 0);
	return c->fd[0] >= 0;
}

static void feed_eventfd(struct ctx *c)
{
	eventfd_write(c->fd[1], 1);
}

static long read_8(struct ctx *c)
{
	uint64_t n;

	return result(read(c->fd[0], &n, sizeof(n)), sizeof(n));
}

static bool set_timerfd(struct ctx *c)
{
	c->fd[0] = timerfd_create(CLOCK_MONOTONIC, 0);
	return c->fd[0] >= 0;
}

static long read_timerfd(struct ctx *c)
{
	struct itimerspec it = {.it_value = in_ms(c)};

	timerfd_settime(c->fd[0], 0, &it, NULL);
	return read_8(c);
}

static bool set_signalfd(struct ctx *c)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, BLOCKED_SIGNAL);
	c->fd[0] = signalfd(-1, &set, 0);
	return c->fd[0] >= 0;
}

static void feed_signal(struct ctx *c)
{
	syscall(SYS_tgkill, c->s->pid, c->s->tid, BLOCKED_SIGNAL);
}

static long read_signalfd(struct ctx *c)
{
	struct signalfd_siginfo si;

	return result(read(c->fd[0], &si, sizeof(si)), sizeof(si));
}

static bool set_inotify(struct ctx *c)
{
	char path[] = "/tmp/syscallsXXXXXX";

	c->fd[1] = mkstemp(path);
	c->fd[0] = inotify_init();
	bool ok = inotify_add_watch(c->fd[0], path, IN_MODIFY) >= 0;
	unlink(path);
	return ok && c->fd[1] >= 0;
}

static long read_inotify(struct ctx *c)
{
	char event[4096];
	ssize_t n = read(c->fd[0], event, sizeof(event));

	return result(n, n > 0 ? n : 1);
}

const struct call calls_io[] = {
	{"read_pipe", set_pipe, read_byte, feed_byte, NULL, 0, RESTARTS},
	{"write_pipe", set_full_pipe, write_page, feed_by_reading, arm_full, 0,
	 RESTARTS},
	{"recv", set_socket, do_recv, feed_byte, NULL, 0, RESTARTS},
	{"recv_timeo_fed", set_socket_long, do_recv, feed_byte, NULL, 0, 0},
	{"recv_timeo", set_socket_short, do_recv, NULL, NULL, -EAGAIN,
	 ANEW | JIFFIES},
	{"read_timeo_fed", set_socket_long, read_byte, feed_byte, NULL, 0, 0},
	{"recvmsg", set_socket, do_recvmsg, feed_byte, NULL, 0, RESTARTS},
	{"recvmmsg_timeout", set_socket, do_recvmmsg, feed_byte, NULL, 0,
	 RESTARTS},
	{"send", set_socket, do_send, feed_by_reading, arm_full, 0, RESTARTS},
	{"send_timeo_fed", set_socket_long, do_send, feed_by_reading, arm_full,
	 0, 0},
	{"send_timeo", set_socket_short, do_send, NULL, arm_full, -EAGAIN,
	 ANEW | JIFFIES},
	{"accept", listen_unix, do_accept, feed_connection, NULL, 0, RESTARTS},
	{"accept_tcp", listen_tcp, do_accept, feed_connection, NULL, 0,
	 RESTARTS},
	{"accept_timeo", listen_short, do_accept, NULL, NULL, -EAGAIN,
	 ANEW | JIFFIES},
	{"connect_unix", listen_unix, do_connect, feed_by_accepting,
	 fill_backlog_unix, 0, RESTARTS},
	{"connect_tcp", listen_tcp, do_connect, feed_by_accepting_for_long,
	 fill_backlog_tcp, 0, RESTARTS | SLOW},
	{"read_tty", set_tty, read_byte, feed_byte, NULL, 0, RESTARTS},
	{"read_eventfd", set_eventfd, read_8, feed_eventfd, NULL, 0, RESTARTS},
	{"read_timerfd", set_timerfd, read_timerfd, NULL, NULL, 0, RESTARTS},
	{"read_signalfd", set_signalfd, read_signalfd, feed_signal, NULL, 0,
	 RESTARTS},
	{"read_inotify", set_inotify, read_inotify, feed_byte, NULL, 0,
	 RESTARTS},
	{0},
};
