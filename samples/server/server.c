// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server with a hole: it reads up to 128 bytes into a buffer of 16. With
 * the usual protections switched off (see the Makefile) a client that knows
 * the address of a function can have the server run it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 3345

/* Nobody calls this. The exploit returns to it. */
void you_hacked_me(void)
{
	static const char shame[] = "You hacked me!\n";

	/*
	 * We come here by a `ret` and not by a call, so the stack is 8 bytes
	 * off its alignment and there's nothing to return to.
	 */
	if (write(STDOUT_FILENO, shame, sizeof(shame) - 1) < 0)
		_exit(2);
	_exit(1);
}

void handle_connection(int sock)
{
	char buf[16] = "";

	(void)recv(sock, buf, 128, 0); // bug is here
	fprintf(stdout, "Got %s\n", buf);
	close(sock);
}

static int listen_locally(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int one = 1;
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(sock, 5) < 0) {
		perror("server: port 3345 of localhost");
		exit(1);
	}
	return sock;
}

/* Each connection has a child of its own; a hacked one dies, we live on. */
int main(void)
{
	int sock = listen_locally();

	setlinebuf(stdout);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int client = accept(sock, NULL, NULL);

		if (client < 0)
			continue;
		if (fork() == 0) {
			close(sock);
			handle_connection(client);
			_exit(0);
		}
		close(client);
	}
}
