// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls under repeated stops: the patient must see neither EINTR nor
 * a shorter wait; a real signal must interrupt them as ever.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "patient.h"
#include "target/target.h"

enum { TIMEOUT = 5000, ROUNDS = 50 };

/* ---- calls that wait for something that doesn't come ---- */

static int a_pipe(void)
{
	int fds[2];

	return pipe(fds) ? -1 : fds[0];
}

static long do_epoll_wait(void)
{
	struct epoll_event e;

	return epoll_wait(epoll_create1(0), &e, 1, 100000);
}

static long do_epoll_pwait(void)
{
	struct epoll_event e;
	sigset_t none;

	sigemptyset(&none);
	return epoll_pwait(epoll_create1(0), &e, 1, -1, &none);
}

static long do_sigtimedwait(void)
{
	struct timespec ts = {1000, 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &ts);
}

static long do_semtimedop(void)
{
	struct timespec ts = {1000, 0};
	struct sembuf down = {0, -1, 0};
	int id = semget(IPC_PRIVATE, 1, 0600);

	return semtimedop(id, &down, 1, &ts);
}

static long do_io_pgetevents(void)
{
	struct timespec ts = {1000, 0};
	aio_context_t aio = 0;
	struct io_event event;

	syscall(SYS_io_setup, 1, &aio);
	return syscall(SYS_io_pgetevents, aio, 1, 1, &event, &ts, NULL);
}

static long do_recv_timeout(void)
{
	struct timeval tv = {1000, 0};
	int fds[2];
	char c;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return recv(fds[0], &c, 1, 0);
}

static long do_read_timeout(void)
{
	struct timeval tv = {1000, 0};
	int fds[2];
	char c;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return read(fds[0], &c, 1);
}

static long do_send_timeout(void)
{
	static char bytes[1 << 20];
	struct timeval tv = {1000, 0};
	int fds[2];
	long r;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	do
		r = send(fds[0], bytes, sizeof(bytes), MSG_DONTWAIT);
	while (r > 0);
	return send(fds[0], bytes, 1, 0);
}

static int listener(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1) ? -1
									   : fd;
}

static long do_accept(void)
{
	return accept(listener(), NULL, NULL);
}

static long do_accept_timeout(void)
{
	struct timeval tv = {1000, 0};
	int fd = listener();

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return accept(fd, NULL, NULL);
}

static long do_nanosleep(void)
{
	return nanosleep(&(struct timespec){1000, 0}, NULL);
}

static long do_futex(void)
{
	struct timespec ts = {1000, 0};
	int word = 0;

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0);
}

static long do_poll(void)
{
	struct pollfd p = {a_pipe(), POLLIN, 0};

	return poll(&p, 1, 1000000);
}

static long do_select(void)
{
	struct timeval tv = {1000, 0};

	return select(0, NULL, NULL, NULL, &tv);
}

static long do_pause(void)
{
	return pause();
}

static long do_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigsuspend(&none);
}

static long do_read(void)
{
	char c;

	return read(a_pipe(), &c, 1);
}

static long do_inotify(void)
{
	char event[4096];
	int fd = inotify_init();

	inotify_add_watch(fd, "/proc/self/exe", IN_DELETE_SELF);
	return read(fd, event, sizeof(event));
}

static const struct call {
	const char *name;
	long (*fn)(void);
} calls[] = {
	{"epoll_wait", do_epoll_wait},
	{"epoll_pwait", do_epoll_pwait},
	{"sigtimedwait", do_sigtimedwait},
	{"semtimedop", do_semtimedop},
	{"io_pgetevents", do_io_pgetevents},
	{"recv with SO_RCVTIMEO", do_recv_timeout},
	{"read with SO_RCVTIMEO", do_read_timeout},
	{"send with SO_SNDTIMEO", do_send_timeout},
	{"accept", do_accept},
	{"accept with SO_RCVTIMEO", do_accept_timeout},
	{"nanosleep", do_nanosleep},
	{"futex", do_futex},
	{"poll", do_poll},
	{"select", do_select},
	{"pause", do_pause},
	{"sigsuspend", do_sigsuspend},
	{"read from a pipe", do_read},
	{"read from inotify", do_inotify},
};

static struct shared *handler_shared;

static void count_signal(int signal)
{
	(void)signal;
	handler_shared->handled++;
}

static void caller(struct shared *s, long i)
{
	handler_shared = s;
	/* Without SA_RESTART. */
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = count_signal},
		  NULL);
	s->ready = 1;
	for (;;) {
		s->result[0] = calls[i].fn();
		s->result[1] = errno;
		s->count++;
	}
}

static void expect_still_waiting(const struct patient *p, const char *name,
				 const char *after)
{
	sleep_ms(1);
	if (p->s->count)
		fail_msg("%s: %s: has returned %ld, errno %ld", name, after,
			 (long)p->s->result[0], (long)p->s->result[1]);
}

static void stop_often(struct target *t, const struct patient *p,
		       const char *name)
{
	for (int round = 0; round < ROUNDS; round++) {
		must(target_stop(t, TIMEOUT));
		assert_true(t->threads[0].was_blocked);
		target_release(t);
		expect_still_waiting(p, name, "a stop");
	}
}

static void call_often(struct target *t, const struct patient *p,
		       const char *name)
{
	for (int round = 0; round < ROUNDS; round++) {
		int64_t pid;

		must(target_syscall(t, TIMEOUT, SYS_getpid, (uint64_t[6]){0},
				    &pid));
		assert_int_equal(pid, p->pid);
		expect_still_waiting(p, name, "a remote call");
	}
}

static void waits_go_on_after_stops(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct patient p = patient_start(caller, (long)i);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		wait_until(patient_state(p.pid) == 'S');
		sleep_ms(5); /* past what it does to set up the call */
		stop_often(t, &p, calls[i].name);
		call_often(t, &p, calls[i].name);
		patient_end(&p);
	}
}

/* An ignored signal is queued, and interrupts, only because of the tracing. */
static void ignored_signals_are_not_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct patient p = patient_start(caller, (long)i);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		wait_until(patient_state(p.pid) == 'S');
		sleep_ms(5);
		for (int round = 0; round < 10; round++) {
			must(target_stop(t, TIMEOUT));
			kill(p.pid, SIGCHLD);
			kill(p.pid, SIGWINCH);
			target_release(t);
			expect_still_waiting(&p, calls[i].name, "SIGCHLD");
		}
		patient_end(&p);
	}
}

static void handled_signals_interrupt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct patient p = patient_start(caller, (long)i);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		wait_until(patient_state(p.pid) == 'S');
		sleep_ms(5);
		for (uint64_t round = 1; round <= 10; round++) {
			/* Once before, once during the stop. */
			if (round % 2)
				kill(p.pid, SIGUSR1);
			must(target_stop(t, TIMEOUT));
			if (round % 2 == 0)
				kill(p.pid, SIGUSR1);
			target_release(t);
			wait_until(p.s->handled == round);
			wait_until(p.s->count == round);
			assert_int_equal(p.s->result[0], -1);
			assert_int_equal(p.s->result[1], EINTR);
			wait_until(patient_state(p.pid) == 'S');
			sleep_ms(2);
		}
		patient_end(&p);
	}
}

/* ---- stops that fail ---- */

static void *vfork_parent(void *arg)
{
	struct shared *s = arg;

	s->result[7] = syscall(SYS_gettid);
	if (!syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0)) {
		for (int ms = 0; ms < 20000 && !s->quit; ms++)
			sleep_ms(1);
		_exit(0);
	}
	return NULL;
}

static void caller_beside_vfork(struct shared *s, long i)
{
	pthread_t thread;

	pthread_create(&thread, NULL, vfork_parent, s);
	caller(s, i);
}

/* One thread doesn't stop: the others, interrupted in vain, wait on. */
static void waits_go_on_after_a_refusal(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct patient p = patient_start(caller_beside_vfork, (long)i);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		wait_until(p.s->ready && patient_state(p.pid) == 'S' &&
			   p.s->result[7] &&
			   patient_state((pid_t)p.s->result[7]) == 'D');
		sleep_ms(5);
		for (int round = 0; round < 2; round++) {
			struct error *err = target_stop(t, 5);

			assert_non_null(err);
			error_free(err);
			expect_still_waiting(&p, calls[i].name, "a refusal");
		}
		p.s->quit = 1;
		patient_end(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_go_on_after_stops),
		cmocka_unit_test(ignored_signals_are_not_seen),
		cmocka_unit_test(handled_signals_interrupt),
		cmocka_unit_test(waits_go_on_after_a_refusal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
