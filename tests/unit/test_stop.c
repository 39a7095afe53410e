// SPDX-License-Identifier: GPL-2.0-or-later
/* Stopping and releasing real processes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "patient.h"
#include "target/priv.h"

enum { TIMEOUT = 5000 };

static void spinner(struct shared *s, long arg)
{
	(void)arg;
	s->ready = 1;
	for (;;)
		s->count++;
}

static struct target *open_target(pid_t pid)
{
	struct target *t;

	must(target_open(pid, &t));
	return t;
}

/* ---- stopping ---- */

static void a_stopped_process_does_nothing(void **state)
{
	(void)state;
	struct patient p = patient_start(spinner, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	for (int round = 0; round < 50; round++) {
		must(target_stop(t, TIMEOUT));
		assert_int_equal(t->nthreads, 1);
		assert_int_equal(t->threads[0].tid, p.pid);
		assert_true(t->threads[0].stopped);
		assert_false(t->threads[0].was_blocked);
		assert_non_null(maps_find(&t->maps, t->threads[0].regs.rip));

		uint64_t count = p.s->count;

		sleep_ms(1);
		assert_int_equal(p.s->count, count);
		target_release(t);
		assert_int_equal(t->nthreads, 0);
		wait_until(p.s->count > count);
		assert_free(p.pid);
	}
	patient_end(&p);
}

static void closing_releases(void **state)
{
	(void)state;
	struct patient p = patient_start(spinner, 0);
	struct target *t = open_target(p.pid);
	uint64_t count;

	must(target_stop(t, TIMEOUT));
	count = p.s->count;
	target_close(t);
	wait_until(p.s->count > count);
	assert_free(p.pid);
	patient_end(&p);
}

/* The leader ends by itself; maps and memory are those of the other thread. */
static void *count_forever(void *arg)
{
	struct shared *s = arg;

	for (;;)
		s->count++;
	return NULL;
}

static void leaderless(struct shared *s, long arg)
{
	(void)arg;
	pthread_t t;

	pthread_create(&t, NULL, count_forever, s);
	s->ready = 1;
	/* pthread_exit() of a sanitized main thread would unwind. */
	syscall(SYS_exit, 0);
}

static void a_dead_leader_is_no_obstacle(void **state)
{
	(void)state;
	struct patient p = patient_start(leaderless, 0);

	wait_until(patient_state(p.pid) == 'Z');
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	assert_true(t->maps.count > 0);
	for (int round = 0; round < 20; round++) {
		char byte;

		must(target_stop(t, TIMEOUT));
		assert_int_equal(t->nthreads, 1);
		assert_int_not_equal(t->threads[0].tid, p.pid);

		uint64_t count = p.s->count;

		must(target_read(t, t->threads[0].regs.rip, &byte, 1));
		sleep_ms(1);
		assert_int_equal(p.s->count, count);
		target_release(t);
		wait_until(p.s->count > count);
	}
	patient_end(&p);
}

/* Threads that only start further threads, and some that sleep. */
static void *short_life(void *arg)
{
	struct shared *s = arg;

	__atomic_fetch_add(&s->count, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&s->living, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Few at a time: a sanitizer runs out of memory when thousands wait. */
static void *start_threads(void *arg)
{
	enum { MAX_LIVING = 64 };
	struct shared *s = arg;
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;) {
		pthread_t t;

		if (__atomic_fetch_add(&s->living, 1, __ATOMIC_RELAXED) >
			    MAX_LIVING ||
		    pthread_create(&t, &attr, short_life, arg)) {
			__atomic_fetch_sub(&s->living, 1, __ATOMIC_RELAXED);
			sched_yield();
		}
	}
	return NULL;
}

static void *sleep_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void storm(struct shared *s, long creators)
{
	pthread_t t;

	for (int i = 0; i < 64; i++)
		pthread_create(&t, NULL, sleep_forever, NULL);
	for (long i = 0; i < creators; i++)
		pthread_create(&t, NULL, start_threads, s);
	s->ready = 1;
	sleep_forever(NULL);
}

static void all_threads_stop(void **state)
{
	(void)state;
	struct patient p = patient_start(storm, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	for (int round = 0; round < 20; round++) {
		must(target_stop(t, TIMEOUT));
		assert_int_equal(t->nthreads, 65);
		for (size_t i = 0; i < t->nthreads; i++)
			assert_true(t->threads[i].stopped &&
				    t->threads[i].seized);
		target_release(t);
	}
	assert_free(p.pid);
	patient_end(&p);
}

static void a_storm_of_new_threads_is_stopped(void **state)
{
	(void)state;
	struct patient p = patient_start(storm, 3);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	for (int round = 0; round < 30; round++) {
		must(target_stop(t, TIMEOUT));
		assert_true(t->nthreads >= 68);

		uint64_t count = p.s->count;

		sleep_ms(2);
		assert_int_equal(p.s->count, count);
		target_release(t);
		wait_until(p.s->count > count);
	}
	patient_end(&p);
}

/* Sixty-five that sleep, and one that counts in the first thread. */
static void counter_among_sleepers(struct shared *s, long arg)
{
	pthread_t t;

	(void)arg;
	for (int i = 0; i < 65; i++)
		pthread_create(&t, NULL, sleep_forever, NULL);
	s->ready = 1;
	count_forever(s);
}

static size_t count_stopped(const struct target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nthreads; i++)
		n += t->threads[i].stopped;
	return n;
}

/* A thread that is on its way back to sleep counts as running. */
static void park_when_all_sleep(struct target *t)
{
	for (int i = 0; i < 200; i++) {
		must(target_park(t, TIMEOUT));
		if (count_stopped(t) == 65)
			return;
		target_release(t);
		sleep_ms(5);
	}
}

static void parking_holds_only_sleepers(void **state)
{
	(void)state;
	struct patient p = patient_start(counter_among_sleepers, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	for (int round = 0; round < 20; round++) {
		pid_t order[66];
		uint64_t count;

		park_when_all_sleep(t);
		assert_int_equal(t->nthreads, 66);
		assert_int_equal(count_stopped(t), 65);
		for (size_t i = 0; i < 66; i++) {
			order[i] = t->threads[i].tid;
			assert_int_equal(t->threads[i].stopped,
					 order[i] != p.pid);
			assert_int_equal(t->threads[i].was_blocked,
					 order[i] != p.pid);
		}
		count = p.s->count;
		wait_until(p.s->count > count);

		must(target_stop(t, TIMEOUT));
		assert_int_equal(count_stopped(t), 66);
		for (size_t i = 0; i < 66; i++)
			assert_int_equal(t->threads[i].tid, order[i]);
		count = p.s->count;
		sleep_ms(1);
		assert_int_equal(p.s->count, count);
		target_release(t);
		wait_until(p.s->count > count);
	}
	assert_free(p.pid);
	patient_end(&p);
}

/* What starts after the parking is found by the kernel's count. */
static void threads_started_while_others_are_parked_stop(void **state)
{
	(void)state;
	struct patient p = patient_start(storm, 2);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	for (int round = 0; round < 10; round++) {
		uint64_t count;

		must(target_park(t, TIMEOUT));
		sleep_ms(2);
		must(target_stop(t, TIMEOUT));
		count = p.s->count;
		sleep_ms(2);
		assert_int_equal(p.s->count, count);
		assert_int_equal(count_stopped(t), t->nthreads);
		target_release(t);
		wait_until(p.s->count > count);
	}
	patient_end(&p);
}

static void a_process_stopped_by_a_signal_stays_so(void **state)
{
	(void)state;
	struct patient p = patient_start(storm, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	kill(p.pid, SIGSTOP);
	wait_until(patient_state(p.pid) == 'T');
	for (int round = 0; round < 20; round++) {
		must(target_stop(t, TIMEOUT));
		assert_int_equal(t->nthreads, 65);
		target_release(t);
		wait_until(patient_state(p.pid) == 'T');
	}
	/* One that comes during the stop holds afterwards. */
	kill(p.pid, SIGCONT);
	wait_until(patient_state(p.pid) == 'S');
	must(target_stop(t, TIMEOUT));
	kill(p.pid, SIGSTOP);
	target_release(t);
	wait_until(patient_state(p.pid) == 'T');
	/* And the other way round. */
	must(target_stop(t, TIMEOUT));
	kill(p.pid, SIGCONT);
	target_release(t);
	wait_until(patient_state(p.pid) == 'S');
	patient_end(&p);
}

static struct shared *handler_shared;

static void count_signal(int signal)
{
	(void)signal;
	handler_shared->handled++;
}

/* Queued signals, so that each one counts. */
static void signal_counter(struct shared *s, long arg)
{
	(void)arg;
	handler_shared = s;
	signal(SIGRTMIN, count_signal);
	signal(SIGUSR1, count_signal);
	s->ready = 1;
	for (;;)
		s->count++;
}

static void no_signal_is_lost(void **state)
{
	(void)state;
	struct patient p = patient_start(signal_counter, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	uint64_t sent = 0;

	for (int round = 0; round < 300; round++) {
		sigqueue(p.pid, SIGRTMIN, (union sigval){0});
		sigqueue(p.pid, SIGRTMIN, (union sigval){0});
		must(target_stop(t, TIMEOUT));
		sigqueue(p.pid, SIGRTMIN, (union sigval){0});
		target_release(t);
		sent += 3;
	}
	wait_until(p.s->handled >= sent);
	sleep_ms(5);
	assert_int_equal(p.s->handled, sent);
	patient_end(&p);
}

/* ---- what cannot be stopped ---- */

static void vfork_parent(struct shared *s, long arg)
{
	(void)arg;
	/* vfork() of a C function would let the child use our frame. */
	if (!syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0)) {
		s->ready = 1;
		while (!s->quit)
			sleep_ms(1);
		_exit(0);
	}
	s->count = 1;
	for (;;)
		pause();
}

static void a_vfork_parent_is_refused_in_time(void **state)
{
	(void)state;
	struct patient p = patient_start(vfork_parent, 0);

	wait_until(patient_state(p.pid) == 'D');
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	uint64_t begin = now_ms();
	struct error *err = target_stop(t, 200);

	assert_int_equal(err->code, ERR_UNSAFE);
	assert_non_null(strstr(err->message, "vfork"));
	error_free(err);
	assert_in_range(now_ms() - begin, 200, 2000);
	assert_free(p.pid);

	err = target_syscall(t, 200, SYS_getpid, (uint64_t[6]){0},
			     &(int64_t){0});
	assert_int_equal(err->code, ERR_UNSAFE);
	error_free(err);
	p.s->quit = 1;
	wait_until(p.s->count == 1);
	must(target_stop(t, TIMEOUT));
	target_release(t);
	patient_end(&p);
}

/*
 * A thread that is traced but in an uninterruptible wait: only the end of the
 * tracing thread frees it.
 */
static struct error *seize_and_leave(void *arg)
{
	const pid_t *pid = arg;

	if (ptrace(PTRACE_SEIZE, *pid, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, *pid, NULL, NULL))
		return error_errno(errno, "pid %d", *pid);
	return error_new(ERR_UNSAFE, "left");
}

static void the_end_of_a_session_releases(void **state)
{
	(void)state;
	struct patient p = patient_start(vfork_parent, 0);

	wait_until(patient_state(p.pid) == 'D');
	struct error *err = target_session(seize_and_leave, &p.pid);

	assert_string_equal(err->message, "left");
	error_free(err);
	assert_free(p.pid);
	p.s->quit = 1;
	wait_until(p.s->count == 1);
	patient_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stopped_process_does_nothing),
		cmocka_unit_test(closing_releases),
		cmocka_unit_test(a_dead_leader_is_no_obstacle),
		cmocka_unit_test(all_threads_stop),
		cmocka_unit_test(a_storm_of_new_threads_is_stopped),
		cmocka_unit_test(parking_holds_only_sleepers),
		cmocka_unit_test(threads_started_while_others_are_parked_stop),
		cmocka_unit_test(a_process_stopped_by_a_signal_stays_so),
		cmocka_unit_test(no_signal_is_lost),
		cmocka_unit_test(a_vfork_parent_is_refused_in_time),
		cmocka_unit_test(the_end_of_a_session_releases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
