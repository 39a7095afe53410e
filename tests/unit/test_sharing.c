// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that share their memory with the one that is to be changed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>

#include "base/cleanup.h"
#include "patient.h"
#include "target/target.h"

enum { TIMEOUT = 5000, STACK = 1 << 16 };

static int sleep_on(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return 0;
}

/* A process in the same memory; its id in s->fd. */
static void share(struct shared *s)
{
	char *stack = malloc(STACK);

	s->fd = clone(sleep_on, stack + STACK, CLONE_VM | SIGCHLD, NULL);
}

/*
 * With arg 1 at once, with arg 2 when `quit` is 1; a running thread does that,
 * of a patient whose other thread sleeps.
 */
static void *shares(void *arg)
{
	struct shared *s = arg;

	s->ready = 1;
	while (s->quit < 1)
		;
	share(s);
	s->quit = 2;
	for (;;)
		s->count++;
	return NULL;
}

static void sharer(struct shared *s, long arg)
{
	pthread_t t;

	if (arg == 1)
		share(s);
	if (arg == 2)
		pthread_create(&t, NULL, shares, s);
	else
		s->ready = 1;
	for (;;)
		pause();
}

static void end_sharer(struct patient *p)
{
	if (p->s->fd)
		kill(p->s->fd, SIGKILL);
	patient_end(p);
}

static struct target *open_target(pid_t pid)
{
	struct target *t;

	must(target_open(pid, &t));
	return t;
}

static void assert_shares(struct error *err, pid_t with)
{
	char text[64];

	snprintf(text, sizeof(text), "memory with process %d,", with);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_UNSAFE);
	if (!strstr(err->message, text))
		fail_msg("%s", err->message);
	error_free(err);
}

static void a_sharer_is_found(void **state)
{
	(void)state;
	struct patient p = patient_start(sharer, 1);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	assert_shares(target_stop(t, TIMEOUT), p.s->fd);
	/* Not any more when it has ended. */
	kill(p.s->fd, SIGKILL);
	wait_until(patient_state(p.s->fd) == 'Z' || !patient_state(p.s->fd));
	must(target_stop(t, TIMEOUT));
	target_release(t);
	p.s->fd = 0;
	end_sharer(&p);
}

static void one_that_starts_late_is_found(void **state)
{
	(void)state;
	struct patient p = patient_start(sharer, 2);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	must(target_park(t, TIMEOUT)); /* looks for them */
	p.s->quit = 1;
	wait_until(p.s->quit == 2);
	assert_shares(target_stop(t, TIMEOUT), p.s->fd);
	target_release(t);
	end_sharer(&p);
}

static void a_census_knows_who_shares(void **state)
{
	(void)state;
	struct patient alone = patient_start(sharer, 0);
	struct patient p = patient_start(sharer, 1);
	struct patient late = patient_start(sharer, 2);
	const pid_t pids[] = {alone.pid, p.pid, late.pid};
	struct census *c = census_take(pids, 3);
	_cleanup_(target_closep) struct target *a = open_target(alone.pid);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	_cleanup_(target_closep) struct target *l = open_target(late.pid);

	assert_non_null(c);
	target_use_census(a, c);
	target_use_census(t, c);
	target_use_census(l, c);
	late.s->quit = 1;
	wait_until(late.s->quit == 2);
	must(target_stop(a, TIMEOUT));
	target_release(a);
	assert_shares(target_stop(t, TIMEOUT), p.s->fd);
	assert_shares(target_stop(l, TIMEOUT), late.s->fd);
	census_free(c);
	end_sharer(&alone);
	end_sharer(&p);
	end_sharer(&late);
}

/* The list may hold both, and some that have ended. */
static void a_census_of_sharers(void **state)
{
	(void)state;
	struct patient p = patient_start(sharer, 1), gone = patient_start(sharer, 0);
	const pid_t pids[] = {p.s->fd, gone.pid, p.pid};

	patient_end(&gone);
	struct census *c = census_take(pids, 3);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	_cleanup_(target_closep) struct target *u = open_target(p.s->fd);

	assert_non_null(c);
	target_use_census(t, c);
	target_use_census(u, c);
	assert_shares(target_stop(t, TIMEOUT), p.s->fd);
	assert_shares(target_stop(u, TIMEOUT), p.pid);
	census_free(c);
	end_sharer(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sharer_is_found),
		cmocka_unit_test(one_that_starts_late_is_found),
		cmocka_unit_test(a_census_knows_who_shares),
		cmocka_unit_test(a_census_of_sharers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
