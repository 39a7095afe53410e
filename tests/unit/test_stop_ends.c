// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that start another program, or end, before or in their stop. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "patient.h"
#include "target/priv.h"

enum { TIMEOUT = 5000 };

static struct target *open_target(pid_t pid)
{
	struct target *t;

	must(target_open(pid, &t));
	return t;
}

static void *sleep_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void sleepers(struct shared *s, long arg)
{
	pthread_t t;

	(void)arg;
	for (int i = 0; i < 64; i++)
		pthread_create(&t, NULL, sleep_forever, NULL);
	s->ready = 1;
	sleep_forever(NULL);
}

static void execs(struct shared *s, long arg)
{
	(void)arg;
	s->ready = 1;
	while (!s->quit)
		;
	execl("/bin/sleep", "sleep", "100", NULL);
}

static bool is_sleep(pid_t pid)
{
	char path[64], comm[32];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	FILE *f = fopen(path, "r");
	bool is = f && fgets(comm, sizeof(comm), f) && !strcmp(comm, "sleep\n");

	if (f)
		fclose(f);
	return is;
}

static void another_program_is_noticed(void **state)
{
	(void)state;
	struct patient p = patient_start(execs, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	p.s->quit = 1;
	wait_until(is_sleep(p.pid));
	struct error *err = target_stop(t, TIMEOUT);

	assert_int_equal(err->code, ERR_FAILED);
	assert_non_null(strstr(err->message, "another program"));
	error_free(err);
	assert_free(p.pid);
	patient_end(&p);
}

static void *exec_when_told(void *arg)
{
	struct shared *s = arg;

	while (s->quit < 2)
		sched_yield();
	execl("/bin/sleep", "sleep", "100", NULL);
	return NULL;
}

static void thread_execs(struct shared *s, long arg)
{
	pthread_t t;

	(void)arg;
	pthread_create(&t, NULL, sleep_forever, s);
	pthread_create(&t, NULL, exec_when_told, s);
	s->ready = 1;
	for (;;)
		pause();
}

static pid_t another_thread(pid_t pid)
{
	pid_t found = 0;
	char path[64];
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *dir = opendir(path);
	while ((e = readdir(dir)) && !found)
		found = atoi(e->d_name) == pid ? 0 : atoi(e->d_name);
	closedir(dir);
	return found;
}

/* Whether a thread of it is in execve(), and waits there. */
static bool waits_in_exec(pid_t pid)
{
	char path[64], text[64] = "";
	bool found = false;
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *dir = opendir(path);
	while ((e = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/syscall", pid,
			 e->d_name);
		FILE *f = fopen(path, "r");

		found |= f && fgets(text, sizeof(text), f) &&
			 !strncmp(text, "59 ", 3);
		if (f)
			fclose(f);
	}
	closedir(dir);
	return found;
}

/*
 * A thread was killed in its stop by an exec() of another one, which waits
 * until we have taken note of that.
 */
static void an_exec_is_not_held_up(void **state)
{
	(void)state;
	struct patient p = patient_start(thread_execs, 0);
	struct target *t = open_target(p.pid);

	must(target_park(t, TIMEOUT));
	p.s->quit = 2;
	wait_until(waits_in_exec(p.pid));
	uint64_t begin = now_ms();
	struct error *err = target_stop(t, TIMEOUT);

	assert_int_equal(err->code, ERR_FAILED);
	assert_non_null(strstr(err->message, "another program"));
	assert_true(now_ms() - begin < TIMEOUT / 2);
	error_free(err);
	target_close(t);
	assert_free(p.pid);
	patient_end(&p);
}

static void let_go(pid_t pid)
{
	siginfo_t si;

	assert_false(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	do {
		assert_false(waitid(P_PID, (id_t)pid, &si, WSTOPPED | __WALL));
	} while (ptrace(PTRACE_DETACH, pid, NULL, NULL));
}

/* Seizes one, lets another exec(), and seizes a third: which would hang. */
static void a_seize_is_not_blocked_by_the_dead(void **state)
{
	(void)state;
	struct patient p = patient_start(thread_execs, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	struct seize_watch watch;

	/* The leader last: it is there, dead or alive, during the exec. */
	struct thread *th;
	pid_t sleeper = another_thread(p.pid);

	must(stop_one(t, sleeper, now_us() + TIMEOUT * 1000, &th));
	p.s->quit = 2;
	wait_until(waits_in_exec(p.pid));
	assert_true(seize_watch_begin(&watch, t));
	/* Of the dead leader, or of the other program already. */
	bool seized = seize_thread(t, p.pid);
	seize_watch_end(&watch);
	wait_until(is_sleep(p.pid));
	if (seized)
		let_go(p.pid);
	assert_free(p.pid);
	patient_end(&p);
}

static void the_end_of_the_process_is_noticed(void **state)
{
	(void)state;
	struct patient p = patient_start(sleepers, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	struct error *err;

	must(target_stop(t, TIMEOUT));
	kill(p.pid, SIGKILL);
	target_release(t);
	err = target_stop(t, TIMEOUT);
	assert_int_equal(err->code, ERR_FAILED);
	error_free(err);
	patient_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_program_is_noticed),
		cmocka_unit_test(an_exec_is_not_held_up),
		cmocka_unit_test(a_seize_is_not_blocked_by_the_dead),
		cmocka_unit_test(the_end_of_the_process_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
