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

/* ---- time-outs that the kernel keeps by itself, or we do ---- */

enum { WAIT_MS = 300 };

static long timed_nanosleep(void)
{
	return nanosleep(&(struct timespec){0, WAIT_MS * 1000000}, NULL);
}

static long timed_poll(void)
{
	return poll(NULL, 0, WAIT_MS);
}

static long timed_futex(void)
{
	struct timespec ts = {0, WAIT_MS * 1000000};
	int word = 0;

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0) == -1 &&
			       errno == ETIMEDOUT
		       ? 0
		       : -1;
}

static long timed_epoll_wait(void)
{
	struct epoll_event e;

	return epoll_wait(epoll_create1(0), &e, 1, WAIT_MS);
}

static const struct call timed_calls[] = {
	{"nanosleep", timed_nanosleep},
	{"poll", timed_poll},
	{"futex", timed_futex},
	{"epoll_wait", timed_epoll_wait},
};

static void timed_caller(struct shared *s, long i)
{
	uint64_t begin;

	s->ready = 1;
	begin = now_ms();
	s->result[0] = timed_calls[i].fn();
	s->result[1] = (int64_t)(now_ms() - begin);
	s->count = 1;
	for (;;)
		pause();
}

static void time_outs_are_kept(void **state)
{
	(void)state;
	const long n = sizeof(timed_calls) / sizeof(*timed_calls);

	for (long i = 0; i < 2 * n; i++) {
		struct patient p = patient_start(timed_caller, i / 2);
		_cleanup_(target_closep) struct target *t = NULL;
		int64_t pid;

		must(target_open(p.pid, &t));
		while (!p.s->count) {
			if (i % 2) {
				must(target_stop(t, TIMEOUT));
				target_release(t);
			} else {
				must(target_syscall(t, TIMEOUT, SYS_getpid,
						    (uint64_t[6]){0}, &pid));
			}
			sleep_ms(5);
		}
		assert_int_equal(p.s->result[0], 0);
		assert_in_range(p.s->result[1], WAIT_MS, WAIT_MS + 150);
		patient_end(&p);
	}
}

/*
 * A caller that counts on what is in the time-out's register after the call,
 * whichever way that is written.
 */
#define EPOLL_WAIT_THEN(use)                                                   \
	long r, later = 0;                                                     \
	struct epoll_event e;                                                  \
	__asm__ volatile("movl $10000, %%r10d\n\tsyscall\n\t" use              \
			 : "=a"(r), [later] "+r"(later)                        \
			 : "a"((long)SYS_epoll_wait), "D"((long)s->result[2]), \
			   "S"(&e), "d"(1L)                                    \
			 : "rcx", "r11", "r10", "r8", "cc", "memory");         \
	s->result[1] = later;                                                  \
	s->result[0] = r

static void moves_it(struct shared *s)
{
	EPOLL_WAIT_THEN("mov %%r10, %[later]");
}

static void adds_part_of_it(struct shared *s)
{
	EPOLL_WAIT_THEN("xor %%r8d, %%r8d\n\tmovzwl %%r10w, %%ecx\n\t"
			"add %%rcx, %[later]");
}

static void jumps_first(struct shared *s)
{
	EPOLL_WAIT_THEN("test %%rax, %%rax\n\tjs 1f\n\t"
			"mov %%r10, %[later]\n\t1:");
}

static void jumps_backwards(struct shared *s)
{
	EPOLL_WAIT_THEN("jmp 2f\n\t1: mov %%r10, %[later]\n\tjmp 3f\n\t"
			"2: jmp 1b\n\t3:");
}

static void (*const users[])(struct shared *s) = {
	moves_it, adds_part_of_it, jumps_first, jumps_backwards,
};

static void user(struct shared *s, long i)
{
	int fds[2];
	struct epoll_event e = {.events = EPOLLIN};

	s->result[2] = epoll_create1(0);
	s->result[3] = pipe(fds) ? -1 : fds[1];
	epoll_ctl((int)s->result[2], EPOLL_CTL_ADD, fds[0], &e);
	s->ready = 1;
	if (fork() == 0) {
		sleep_ms(100);
		_exit(write(fds[1], "x", 1) != 1);
	}
	users[i](s);
	s->count = 1;
	for (;;)
		pause();
}

static void registers_in_use_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(users) / sizeof(*users); i++) {
		struct patient p = patient_start(user, (long)i);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		wait_until(patient_state(p.pid) == 'S');
		while (!p.s->count) {
			must(target_stop(t, TIMEOUT));
			target_release(t);
			sleep_ms(7);
		}
		assert_int_equal(p.s->result[0], 1);
		assert_int_equal(p.s->result[1], 10000);
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
		cmocka_unit_test(time_outs_are_kept),
		cmocka_unit_test(registers_in_use_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
