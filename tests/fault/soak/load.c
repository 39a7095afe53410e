// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Load for a server on loopback, as fast as it answers, over some connections.
 * Every byte of every answer must be as in the first one (but for a Date).
 * usage: load http|redis|memcached PORT CONNECTIONS SECONDS
 * SIGTERM ends it before. Prints requests, failures, requests a second, and the latency in
 * microseconds: median, 99 %, 99.9 %, the longest.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_ANSWER 8192
#define MAX_CONNECTIONS 256
#define TOO_LATE_US 5000000
#define V50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

struct protocol {
	const char *name;
	const char *prepare; /* sent once, answered by one line; or NULL */
	const char *request;
};

static const struct protocol protocols[] = {
	{"http", NULL, "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n"},
	{"redis", "set key " V50 V50 "\r\n", "get key\r\n"},
	{"memcached", "set key 0 0 100\r\n" V50 V50 "\r\n", "get key\r\n"},
};

struct connection {
	int fd;
	uint64_t since; /* when the request was sent */
	size_t got;
	char answer[MAX_ANSWER];
};

struct load {
	const struct protocol *protocol;
	int port, ep;
	char answer[MAX_ANSWER]; /* the first one */
	size_t len;
	size_t skip, skip_end; /* the Date's value */
	struct connection all[MAX_CONNECTIONS];
	uint64_t requests, failures;
	/* By latency: 1/16 of a power of two each. */
	uint64_t histogram[64 * 16];
	uint64_t longest;
};

static volatile sig_atomic_t told_to_stop;

static void on_term(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int connect_to(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* What comes until nothing more does for a while. */
static size_t read_quietly(int fd, char *buf, size_t size)
{
	struct timeval wait = {.tv_usec = 300000};
	size_t len = 0;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	while (len < size && (n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}

static void learn(struct load *l)
{
	const char *prepare = l->protocol->prepare;
	int fd = connect_to(l->port);

	if (fd < 0)
		err(1, "port %d", l->port);
	if (prepare && (write(fd, prepare, strlen(prepare)) < 0 ||
			read_quietly(fd, l->answer, MAX_ANSWER) == 0))
		errx(1, "%s is not answered", l->protocol->name);
	if (write(fd, l->protocol->request, strlen(l->protocol->request)) < 0)
		err(1, "write");
	l->len = read_quietly(fd, l->answer, MAX_ANSWER);
	if (l->len < 50 || l->len == MAX_ANSWER)
		errx(1, "an answer of %zu bytes", l->len);
	const char *date = memmem(l->answer, l->len, "Date: ", 6);
	if (date) {
		l->skip = (size_t)(date - l->answer);
		l->skip_end = l->skip + 6 + 29;
	}
	close(fd);
}

static bool is_right(const struct load *l, const char *answer)
{
	return !memcmp(answer, l->answer, l->skip) &&
	       !memcmp(answer + l->skip_end, l->answer + l->skip_end,
		       l->len - l->skip_end);
}

static void record(struct load *l, uint64_t us)
{
	unsigned int log = us < 16 ? 0 : 59 - (unsigned int)__builtin_clzll(us);
	unsigned int slot = us < 16 ? (unsigned int)us
				    : log * 16 + (unsigned int)(us >> log);

	l->histogram[slot]++;
	l->requests++;
	if (us > l->longest)
		l->longest = us;
}

/* The lower end of a slot of the histogram. */
static uint64_t slot_us(unsigned int slot)
{
	return slot < 32 ? slot : (uint64_t)(slot % 16 + 16) << (slot / 16 - 1);
}

static uint64_t quantile(const struct load *l, double q)
{
	uint64_t left = (uint64_t)((double)l->requests * q);

	for (unsigned int i = 0; i < 64 * 16; i++) {
		if (left < l->histogram[i])
			return slot_us(i);
		left -= l->histogram[i];
	}
	return l->longest;
}

static void ask(struct load *l, struct connection *c)
{
	size_t len = strlen(l->protocol->request);

	c->got = 0;
	c->since = now_us();
	if (write(c->fd, l->protocol->request, len) != (ssize_t)len)
		l->failures++;
}

static void open_connection(struct load *l, struct connection *c)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

	c->fd = connect_to(l->port);
	if (c->fd < 0) {
		l->failures++;
		return;
	}
	epoll_ctl(l->ep, EPOLL_CTL_ADD, c->fd, &e);
	ask(l, c);
}

static void failed(struct load *l, struct connection *c, const char *what)
{
	if (l->failures++ < 5)
		fprintf(stderr, "load: %s: %s\n", l->protocol->name, what);
	close(c->fd);
	open_connection(l, c);
}

static void take(struct load *l, struct connection *c)
{
	ssize_t n = read(c->fd, c->answer + c->got, MAX_ANSWER - c->got);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		failed(l, c, n ? strerror(errno) : "connection closed");
		return;
	}
	c->got += (size_t)n;
	if (c->got < l->len)
		return;
	if (c->got > l->len || !is_right(l, c->answer)) {
		failed(l, c, "wrong answer");
		return;
	}
	record(l, now_us() - c->since);
	ask(l, c);
}

static void check_late(struct load *l, int n)
{
	uint64_t now = now_us();

	for (int i = 0; i < n; i++) {
		if (l->all[i].fd >= 0 && now - l->all[i].since > TOO_LATE_US)
			failed(l, &l->all[i], "no answer for 5 s");
	}
}

static void run(struct load *l, int n, uint64_t end)
{
	struct epoll_event events[MAX_CONNECTIONS];

	l->ep = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < n; i++)
		open_connection(l, &l->all[i]);
	while (now_us() < end && !told_to_stop) {
		int k = epoll_wait(l->ep, events, MAX_CONNECTIONS, 1000);

		for (int i = 0; i < k; i++)
			take(l, events[i].data.ptr);
		if (k == 0)
			check_late(l, n);
	}
	check_late(l, n);
}

int main(int argc, char **argv)
{
	static struct load l;

	for (size_t i = 0; i < 3; i++) {
		if (argc == 5 && !strcmp(argv[1], protocols[i].name))
			l.protocol = &protocols[i];
	}
	if (!l.protocol)
		errx(2, "usage: load http|redis|memcached PORT CONNECTIONS "
			"SECONDS");
	l.port = atoi(argv[2]);
	int n = atoi(argv[3]);
	double seconds = atof(argv[4]);
	learn(&l);
	signal(SIGTERM, on_term);
	uint64_t start = now_us();
	run(&l, n < MAX_CONNECTIONS ? n : MAX_CONNECTIONS,
	    start + (uint64_t)(seconds * 1e6));
	seconds = (double)(now_us() - start) / 1e6;
	printf("%lu %lu %.0f %lu %lu %lu %lu\n", l.requests, l.failures,
	       (double)l.requests / seconds, quantile(&l, 0.5),
	       quantile(&l, 0.99), quantile(&l, 0.999), l.longest);
	return l.failures != 0;
}
