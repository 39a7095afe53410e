// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { MAX_WORKERS = 8 };

/* What a worker writes, followed by the text and the message. */
struct head {
	uint64_t i;
	uint32_t code, text_len, message_len;
};

struct answer {
	bool known;
	char *text;
	struct error *err;
};

struct worker {
	pid_t pid;
	int fd; /* -1: has ended */
	int status;
	struct buf in;
};

/* In memory that all share: the next item, and who has which. */
struct board {
	atomic_size_t next;
	atomic_uchar by[]; /* the worker's number and 1; 0: nobody */
};

struct crew {
	size_t n;
	work_fn *work;
	answer_fn *answer;
	void *arg;
	struct board *board;
	struct answer *answers;
	size_t answered; /* and passed on */
	struct worker workers[MAX_WORKERS];
	unsigned int count;
};

unsigned int workers_count(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return n > MAX_WORKERS ? MAX_WORKERS : (unsigned int)n;
}

/* ---- in a worker ---- */

static void write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(ERR_FAILED); /* nobody listens any more */
		at += n;
		len -= (size_t)n;
	}
}

static void send_answer(int fd, size_t i, const struct buf *text,
			const struct error *err)
{
	_cleanup_(buf_deinit) struct buf out = BUF_INIT;
	struct head head = {
		.i = i,
		.code = err ? (uint32_t)err->code : ERR_OK,
		.text_len = (uint32_t)text->len,
		.message_len = err ? (uint32_t)strlen(err->message) : 0,
	};

	buf_add(&out, &head, sizeof(head));
	buf_add(&out, text->data, text->len);
	if (err)
		buf_add(&out, err->message, head.message_len);
	write_all(fd, out.data, out.len);
}

static _Noreturn void do_items(const struct crew *c, unsigned int number,
			       int fd)
{
	size_t i;

	while ((i = atomic_fetch_add(&c->board->next, 1)) < c->n) {
		_cleanup_(buf_deinit) struct buf text = BUF_INIT;

		atomic_store(&c->board->by[i], (unsigned char)(number + 1));
		struct error *err = c->work(c->arg, i, &text);
		send_answer(fd, i, &text, err);
		error_free(err);
	}
	fflush(stderr);
	_exit(0);
}

/* ---- in the caller ---- */

/* False: there can't be another. */
static bool start_worker(struct crew *c)
{
	pid_t caller = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(fds[0]);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != caller)
			_exit(ERR_FAILED);
		do_items(c, c->count, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return false;
	}
	c->workers[c->count++] = (struct worker){.pid = pid, .fd = fds[0]};
	return true;
}

static void pass_on(struct crew *c)
{
	while (c->answered < c->n && c->answers[c->answered].known) {
		struct answer *a = &c->answers[c->answered];

		c->answer(c->arg, c->answered++, a->text ? a->text : "",
			  a->err);
		free(a->text);
	}
}

static char *copy_text(const char *text, size_t len)
{
	char *s = xmalloc(len + 1);

	memcpy(s, text, len);
	s[len] = '\0';
	return s;
}

/* Takes the whole answers out of what has come in. */
static void take_answers(struct crew *c, struct buf *in)
{
	size_t at = 0;
	struct head h;

	while (in->len - at >= sizeof(h)) {
		memcpy(&h, in->data + at, sizeof(h));
		size_t len = sizeof(h) + h.text_len + h.message_len;

		if (in->len - at < len)
			break;
		const char *text = in->data + at + sizeof(h);
		struct answer *a = &c->answers[h.i];
		a->text = copy_text(text, h.text_len);
		if (h.code)
			a->err = error_new((enum error_code)h.code, "%.*s",
					   (int)h.message_len,
					   text + h.text_len);
		a->known = true;
		at += len;
	}
	memmove(in->data, in->data + at, in->len - at);
	in->len -= at;
}

static void listen_to(struct crew *c, struct worker *w)
{
	buf_reserve(&w->in, 65536);

	ssize_t n = read(w->fd, w->in.data + w->in.len, 65536);

	if (n < 0 && errno == EINTR)
		return;
	if (n > 0) {
		w->in.len += (size_t)n;
		take_answers(c, &w->in);
		return;
	}
	close(w->fd);
	w->fd = -1;
	while (waitpid(w->pid, &w->status, 0) < 0 && errno == EINTR)
		;
	buf_deinit(&w->in);
}

/* Until all have ended. */
static void listen_to_all(struct crew *c)
{
	for (;;) {
		struct pollfd fds[MAX_WORKERS];
		bool any = false;

		for (unsigned int k = 0; k < c->count; k++) {
			fds[k] = (struct pollfd){.fd = c->workers[k].fd,
						 .events = POLLIN};
			any |= fds[k].fd >= 0;
		}
		if (!any)
			return;
		if (poll(fds, c->count, -1) < 0)
			continue;
		for (unsigned int k = 0; k < c->count; k++)
			if (fds[k].revents)
				listen_to(c, &c->workers[k]);
		pass_on(c);
	}
}

static struct error *what_happened(const struct crew *c, size_t i)
{
	unsigned char by = atomic_load(&c->board->by[i]);

	if (!by)
		return error_new(ERR_FAILED, "was not tried: all who do it "
				 "were killed; run again");
	int status = c->workers[by - 1].status;
	return error_new(ERR_FAILED, "the doctor that was at it has ended "
			 "(%s %d); run again, which puts it right",
			 WIFSIGNALED(status) ? "signal" : "exit code",
			 WIFSIGNALED(status) ? WTERMSIG(status)
					     : WEXITSTATUS(status));
}

static void do_alone(const struct crew *c)
{
	for (size_t i = 0; i < c->n; i++) {
		_cleanup_(buf_deinit) struct buf text = BUF_INIT;
		struct error *err = c->work(c->arg, i, &text);

		c->answer(c->arg, i, text.data ? text.data : "", err);
	}
}

static bool start_crew(struct crew *c, unsigned int count)
{
	size_t size = sizeof(*c->board) + c->n;

	if (count < 2 || c->n < 2)
		return false;
	c->board = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->board == MAP_FAILED)
		return false;
	fflush(stdout);
	fflush(stderr);
	while (c->count < count && c->count < c->n &&
	       c->count < MAX_WORKERS && start_worker(c))
		;
	if (!c->count)
		munmap(c->board, size);
	return c->count > 0;
}

void workers_run(size_t n, unsigned int count, work_fn *work,
		 answer_fn *answer, void *arg)
{
	struct crew c = {.n = n, .work = work, .answer = answer, .arg = arg};

	if (!start_crew(&c, count)) {
		do_alone(&c);
		return;
	}
	c.answers = xcalloc(n, sizeof(*c.answers));
	listen_to_all(&c);
	for (size_t i = 0; i < n; i++) {
		if (c.answers[i].known)
			continue;
		c.answers[i].err = what_happened(&c, i);
		c.answers[i].known = true;
	}
	pass_on(&c);
	free(c.answers);
	munmap(c.board, sizeof(*c.board) + n);
}
