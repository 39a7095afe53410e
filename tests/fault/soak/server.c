// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A small server for the short run: answers lines of redis' "get" with a
 * fixed value, by libc's read and write. usage: server PORT
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char answer[] =
	"$100\r\n"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n";

static int listen_at(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 64))
		err(1, "port %d", port);
	return fd;
}

/* Whole lines in, an answer to each out; false at the connection's end. */
static int serve(int fd)
{
	char in[4096];
	ssize_t n = read(fd, in, sizeof(in));

	if (n <= 0)
		return 0;
	for (ssize_t i = 0; i < n; i++) {
		if (in[i] == '\n' &&
		    write(fd, in[0] == 's' ? "+OK\r\n" : answer,
			  in[0] == 's' ? 5 : sizeof(answer) - 1) < 0)
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	int from = listen_at(argc > 1 ? atoi(argv[1]) : 0);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = from};

	epoll_ctl(ep, EPOLL_CTL_ADD, from, &e);
	while (epoll_wait(ep, &e, 1, -1) == 1) {
		int fd = e.data.fd;

		if (fd == from) {
			e.data.fd = accept4(from, NULL, NULL, SOCK_CLOEXEC);
			e.events = EPOLLIN;
			epoll_ctl(ep, EPOLL_CTL_ADD, e.data.fd, &e);
		} else if (!serve(fd)) {
			close(fd);
		}
	}
	return 1;
}
