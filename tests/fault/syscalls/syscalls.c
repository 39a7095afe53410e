// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A patient whose threads wait in system calls, each in one, again and again,
 * and judge what these return and when.
 *   syscalls [-m MS] [-s] [-i | -r] [NAMES]
 *   -m MS   how long each is to wait (default 600)
 *   -s      one call, by the only thread
 *   -i, -r  meanwhile signals with handlers come, without and with SA_RESTART
 * At SIGTERM each thread ends the round it is in; then one line a call says
 * "ok", "skip" or "wrong".
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "calls.h"
#include "patient.h"

#define SLACK_MS 2500 /* on a busy machine; anew each time is far later */

NOIPA int version(void)
{
	return 1;
}

/* ---- time ---- */

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void sleep_ms(int ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* ---- workers ---- */

struct worker {
	const struct call *call;
	struct ctx ctx;
	int to_feeder[2], from_feeder[2];
	pthread_t thread;
	volatile pid_t tid;
	long rounds, latest_ms; /* of all rounds, after it was due */
	volatile bool wrong, done;
	volatile int handled;       /* signals, by this thread */
	volatile int64_t handled_ns; /* the first of this round */
};

static enum { NO_SIGNALS, INTERRUPTING, RESTARTING } signals;
static bool alone;
static struct worker workers[96];
static size_t nworkers;
static __thread struct worker *self;

static void on_signal(int signal)
{
	(void)signal;
	if (!self)
		return;
	self->handled++;
	if (!self->handled_ns)
		self->handled_ns = now_ns();
}

/* SIGTERM is blocked: it must not interrupt anything. */
static bool told_to_stop(void)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, SIGTERM);
}

static void wrong(struct worker *w, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->wrong = true;
	printf("wrong %s: %s (round %ld)\n", w->call->name, text,
	       w->rounds + 1);
}

/* ---- the feeder of a call ---- */

static void feeder(struct worker *w)
{
	const struct call *call = w->call;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(w->to_feeder[0], &byte, 1) == 1) {
		if (call->arm)
			call->arm(&w->ctx);
		if (write(w->from_feeder[1], "a", 1) != 1)
			break;
		sleep_ms(w->ctx.ms);
		w->ctx.s->fed_ns = now_ns();
		if (call->feed)
			call->feed(&w->ctx);
		if (write(w->from_feeder[1], "f", 1) != 1)
			break;
	}
	_exit(0);
}

static bool has_feeder(const struct worker *w)
{
	return w->call->feed || w->call->arm;
}

static void await_feeder(struct worker *w)
{
	char byte;

	while (has_feeder(w) && read(w->from_feeder[0], &byte, 1) < 0 &&
	       errno == EINTR)
		;
}

static void begin_round(struct worker *w)
{
	w->ctx.s->fed_ns = 0;
	w->handled_ns = 0;
	if (has_feeder(w) && write(w->to_feeder[1], "b", 1) != 1)
		wrong(w, "the feeder is gone");
	await_feeder(w);
}

/* ---- judging ---- */

/* A wait that was well begun, and went on although a handler had run. */
static bool ignored_handler(const struct worker *w, int64_t begin, int64_t end)
{
	int64_t at = w->handled_ns;

	return signals == INTERRUPTING && at > begin + 100000000 &&
	       end > at + 200000000 && !(w->call->flags & LOOPS);
}

static void judge_interrupted(struct worker *w, int handled)
{
	if (!handled)
		wrong(w, "interrupted, and there was no signal");
	else if (w->call->flags & LOOPS)
		wrong(w, "returned EINTR");
	else if (signals == RESTARTING && w->call->flags & RESTARTS)
		wrong(w, "not restarted after a handler with SA_RESTART");
}

static void judge_time(struct worker *w, int64_t begin, int64_t end)
{
	const struct call *call = w->call;
	int64_t due = begin + w->ctx.ms * INT64_C(1000000);
	int64_t fed = w->ctx.s->fed_ns, slack = SLACK_MS;

	if (call->feed)
		due = fed ? fed : INT64_MAX;
	else if (call->flags & REALTIME)
		due -= 1000000; /* that clock is slewed */
	else if (call->flags & JIFFIES)
		due -= 50000000;
	if (end < due)
		wrong(w, "early: after %lld us",
		      (long long)((end - begin) / 1000));
	if (call->flags & SLOW)
		slack += 4000;
	if (due != INT64_MAX && (end - due) / 1000000 > w->latest_ms)
		w->latest_ms = (end - due) / 1000000;
	if (!(call->flags & ANEW) && end > due + slack * 1000000)
		wrong(w, "late: after %lld ms, %lld after it was due",
		      (long long)((end - begin) / 1000000),
		      (long long)((end - due) / 1000000));
}

static void judge(struct worker *w, long r, int handled, int64_t begin,
		  int64_t end)
{
	const struct call *call = w->call;

	if (r == -EINTR && !(call->flags & BY_SIGNAL)) {
		judge_interrupted(w, handled);
		return;
	}
	if (r != call->want) {
		wrong(w, "returned %ld, not %ld, after %lld us", r, call->want,
		      (long long)((end - begin) / 1000));
		return;
	}
	if (ignored_handler(w, begin, end))
		wrong(w, "not interrupted by a handler");
	/* What else has a handler ends these as well. */
	if (!(signals && call->flags & BY_SIGNAL))
		judge_time(w, begin, end);
}

static void round_of(struct worker *w)
{
	int64_t begin, end;
	int handled;
	long r;

	begin_round(w);
	handled = w->handled;
	begin = now_ns();
	r = w->call->call(&w->ctx);
	end = now_ns();
	judge(w, r, w->handled - handled, begin, end);
	await_feeder(w);
	/* Take what came after an interruption. */
	if (r == -EINTR && w->call->feed && !(w->call->flags & BY_SIGNAL))
		while (w->call->call(&w->ctx) == -EINTR)
			;
	w->rounds++;
}

static void work(struct worker *w)
{
	self = w;
	w->ctx.s->pid = getpid();
	w->tid = w->ctx.s->tid = (pid_t)syscall(SYS_gettid);
	while (!told_to_stop() && !w->wrong) {
		round_of(w);
		if (alone)
			version();
	}
	w->done = true;
}

static void *thread(void *arg)
{
	work(arg);
	return NULL;
}

/* ---- main ---- */

static void set_handler(int signal, int flags)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = flags};

	sigaction(signal, &sa, NULL);
}

static void set_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, BLOCKED_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	set_handler(HANDLED_SIGNAL, 0);
	set_handler(SIGUSR1, signals == RESTARTING ? SA_RESTART : 0);
	alarm(600); /* should the test be broken */
}

static void add_worker(const struct call *call, int ms)
{
	struct worker *w = &workers[nworkers++];

	w->call = call;
	w->ctx.ms = ms;
	w->ctx.s = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (signals && call->flags & ONCE)
		w->ctx.why = "cannot be repeated after an interruption";
	else if (!call->setup(&w->ctx))
		wrong(w, "cannot be set up: %m");
	if (w->ctx.why || w->wrong || !has_feeder(w))
		return;
	if (pipe(w->to_feeder) || pipe(w->from_feeder))
		wrong(w, "no pipe: %m");
	fflush(stdout);
	if (fork() == 0)
		feeder(w);
}

static bool is_wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

static void add_workers(int ms, char **names)
{
	const struct call *const tables[] = {calls_io, calls_wait, calls_time,
					     calls_ipc, calls_aio};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct call *c = tables[i]; c->name; c++)
			if (is_wanted(c->name, names))
				add_worker(c, ms);
}

static bool works(const struct worker *w)
{
	return !w->ctx.why && !w->wrong;
}

static void interrupt_all(void)
{
	for (size_t i = 0; i < nworkers; i++)
		if (works(&workers[i]) && workers[i].tid && !workers[i].done)
			syscall(SYS_tgkill, getpid(), workers[i].tid, SIGUSR1);
}

static void run_threads(void)
{
	for (size_t i = 0; i < nworkers; i++)
		if (works(&workers[i]))
			pthread_create(&workers[i].thread, NULL, thread,
				       &workers[i]);
	for (int i = 1; !told_to_stop(); i++) {
		version();
		sleep_ms(10);
		if (signals && i % 37 == 0)
			interrupt_all();
	}
	/* What waits with its whole time-out anew ends now. */
	for (int i = 0; i < 1500; i++) {
		bool all = true;

		for (size_t j = 0; j < nworkers; j++)
			all = all && (!works(&workers[j]) || workers[j].done);
		if (all)
			break;
		sleep_ms(10);
	}
}

/* Sets and queues of System V outlive us. */
static void remove_ipc(const struct worker *w)
{
	if (!strncmp(w->call->name, "sem", 3) && w->ctx.id)
		semctl(w->ctx.id, 0, IPC_RMID);
	if (!strncmp(w->call->name, "msg", 3))
		msgctl(w->ctx.id, IPC_RMID, NULL);
}

static void report(struct worker *w)
{
	remove_ipc(w);
	if (w->ctx.why)
		printf("skip %s: %s\n", w->call->name, w->ctx.why);
	else if (!w->wrong && !w->done)
		wrong(w, "has not returned");
	else if (!w->wrong)
		printf("ok %s: %ld rounds, %ld ms late at most\n",
		       w->call->name, w->rounds, w->latest_ms);
}

int main(int argc, char **argv)
{
	int option, ms = 600;

	while ((option = getopt(argc, argv, "m:sir")) != -1) {
		switch (option) {
		case 'm':
			ms = atoi(optarg);
			break;
		case 's':
			alone = true;
			break;
		case 'i':
			signals = INTERRUPTING;
			break;
		case 'r':
			signals = RESTARTING;
			break;
		default:
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	set_signals();
	add_workers(ms, argv + optind);
	if (nworkers == 0) {
		puts("wrong: there is no such call");
		return 2;
	}
	puts("ready");
	if (!alone)
		run_threads();
	else if (works(&workers[0]))
		work(&workers[0]);
	while (!told_to_stop())
		sleep_ms(10);
	for (size_t i = 0; i < nworkers; i++)
		report(&workers[i]);
	puts("end");
	fflush(stdout);
	_exit(0);
}
