// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A patient that checks itself: `threads MODE`. It writes to the board what it
 * has done and what was wrong.
 */
#include "modes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

struct board *board;
char **patient_argv;

void complain(const char *fmt, ...)
{
	if (__atomic_fetch_add(&board->bad, 1, __ATOMIC_SEQ_CST) == 0) {
		va_list ap;

		va_start(ap, fmt);
		vsnprintf(board->complaint, sizeof(board->complaint), fmt, ap);
		va_end(ap);
	}
}

void count(volatile uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
}

/* Known is what it must be if the epoch was the same all the time. */
void check_value(uint32_t before, int got)
{
	uint32_t after = __atomic_load_n(&board->epoch, __ATOMIC_SEQ_CST);

	if (got != OLD_ANSWER && got != NEW_ANSWER)
		complain("answer() is %d", got);
	else if (before == after && before % EPOCH_STEP != EITHER) {
		if (got != (before % EPOCH_STEP == OLD ? OLD_ANSWER
						       : NEW_ANSWER))
			complain("answer() is %d in epoch %u", got, before);
		count(&board->checked);
	}
	count(&board->rounds);
}

int check_answer(void)
{
	uint32_t before = __atomic_load_n(&board->epoch, __ATOMIC_SEQ_CST);
	int got = answer(20);

	check_value(before, got);
	return got;
}

void ready(pid_t pid)
{
	board->pid = pid;
	board->ready = 1;
}

void sleep_us(long us)
{
	struct timespec ts = {us / 1000000, us % 1000000 * 1000};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

void work(void)
{
	for (unsigned long i = 0; !board->quit; i++) {
		check_answer();
		if (i % 16 == 0)
			sleep_us(100);
		else
			for (volatile int k = 0; k < 2000; k++)
				;
	}
}

void *work_thread(void *arg)
{
	(void)arg;
	work();
	return NULL;
}

void start_thread(void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t t;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	while ((err = pthread_create(&t, &attr, fn, arg)) == EAGAIN)
		sleep_us(1000);
	if (err)
		complain("pthread_create: %s", strerror(err));
	pthread_attr_destroy(&attr);
}

void await_go(void)
{
	while (!board->go && !board->quit)
		sleep_us(200);
	if (board->delay_us)
		sleep_us(board->delay_us);
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{"plain", plain},		  {"crowd", crowd},
	{"creators", creators},		  {"chains", chains},
	{"odd_clones", odd_clones},	  {"shared_memory", shared_memory},
	{"dead_leader", dead_leader},	  {"forks", forks},
	{"vforks", vforks},		  {"spawns", spawns},
	{"children_stay", children_stay}, {"exec_main", exec_main},
	{"exec_thread", exec_thread},	  {"exec_other", exec_other},
	{"exits", exits},		  {"aborts", aborts},
	{"killed", killed},		  {"alarms", alarms},
	{"queue", queue},		  {"jumps", jumps},
	{"vfork_waits", vfork_waits},	  {"job", job},
	{"parent_dies", parent_dies},
};

int main(int argc, char **argv)
{
	patient_argv = argv;
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
		     BOARD_FD, 0);
	if (argc != 2 || board == MAP_FAILED) {
		fputs("threads: is started by driver\n", stderr);
		return 2;
	}
	alarm(300); /* should the driver not end it */
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!strcmp(modes[i].name, argv[1])) {
			modes[i].run();
			return 0;
		}
	}
	fprintf(stderr, "threads: no mode \"%s\"\n", argv[1]);
	return 2;
}
