// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time-outs of system calls under repeated stops: the whole of it, never
 * less, and not again and again; and no register that is in use has changed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "patient.h"
#include "target/target.h"

enum { TIMEOUT = 5000, WAIT_MS = 300, WAIT_NS = WAIT_MS * 1000000 };

/* Of stops that come much more often than a wait is long. */
enum { GIVE_UP_MS = 20000 };

/* ---- calls that end by their time-out ---- */

static const struct timespec constant = {0, WAIT_NS};
static const struct timeval constant_tv = {0, WAIT_MS * 1000};

/* 0 if it returned as it is to, -1 otherwise. */
static long ended(long r, int err)
{
	return r == (err ? -1 : 0) && (!err || errno == err) ? 0 : -1;
}

static long timed_nanosleep(void)
{
	return nanosleep(&(struct timespec){0, WAIT_NS}, NULL);
}

static long timed_poll(void)
{
	return poll(NULL, 0, WAIT_MS);
}

static long timed_futex(void)
{
	struct timespec ts = {0, WAIT_NS};
	int word = 0;

	return ended(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0),
		     ETIMEDOUT);
}

static long timed_epoll_wait(void)
{
	struct epoll_event e;

	return epoll_wait(epoll_create1(0), &e, 1, WAIT_MS);
}

static long timed_epoll_pwait2(void)
{
	struct timespec ts = {0, WAIT_NS};
	struct epoll_event e;

	return syscall(SYS_epoll_pwait2, epoll_create1(0), &e, 1, &ts, NULL, 8);
}

static long timed_sigtimedwait(void)
{
	struct timespec ts = {0, WAIT_NS};
	uint64_t set = UINT64_C(1) << (SIGUSR2 - 1);

	return ended(syscall(SYS_rt_sigtimedwait, &set, NULL, &ts, 8), EAGAIN);
}

static long timed_semtimedop(void)
{
	struct sembuf down = {0, -1, 0};
	int id = semget(IPC_PRIVATE, 1, 0600);
	long r = ended(syscall(SYS_semtimedop, id, &down, 1, &constant),
		       EAGAIN);

	semctl(id, 0, IPC_RMID);
	return r;
}

static long getevents(long nr)
{
	struct timespec ts = {0, WAIT_NS};
	aio_context_t aio = 0;
	struct io_event event;

	if (syscall(SYS_io_setup, 1, &aio))
		return -1;
	return syscall(nr, aio, 1, 1, &event, &ts, NULL);
}

static long timed_io_getevents(void)
{
	return getevents(SYS_io_getevents);
}

static long timed_io_pgetevents(void)
{
	return getevents(SYS_io_pgetevents);
}

static long timed_io_uring(void)
{
	struct io_uring_params p = {0};
	struct __kernel_timespec ts = {0, WAIT_NS};
	struct io_uring_getevents_arg arg = {.ts = (uintptr_t)&ts};
	long fd = syscall(SYS_io_uring_setup, 4, &p);

	if (fd < 0)
		return timed_nanosleep(); /* forbidden here */
	return ended(syscall(SYS_io_uring_enter, fd, 0, 1,
			     IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
			     &arg, sizeof(arg)),
		     ETIME);
}

static long timed_select_const(void)
{
	return syscall(SYS_select, 0, NULL, NULL, NULL, &constant_tv);
}

static long timed_pselect_const(void)
{
	return syscall(SYS_pselect6, 0, NULL, NULL, NULL, &constant, NULL);
}

static long timed_ppoll_const(void)
{
	return syscall(SYS_ppoll, NULL, 0, &constant, NULL, 8);
}

static const struct call {
	const char *name;
	long (*fn)(void);
} calls[] = {
	{"nanosleep", timed_nanosleep},
	{"poll", timed_poll},
	{"futex", timed_futex},
	{"epoll_wait", timed_epoll_wait},
	{"epoll_pwait2", timed_epoll_pwait2},
	{"sigtimedwait", timed_sigtimedwait},
	{"semtimedop", timed_semtimedop},
	{"io_getevents", timed_io_getevents},
	{"io_pgetevents", timed_io_pgetevents},
	{"io_uring_enter", timed_io_uring},
	{"select, constant", timed_select_const},
	{"pselect, constant", timed_pselect_const},
	{"ppoll, constant", timed_ppoll_const},
};

enum { NCALLS = sizeof(calls) / sizeof(*calls) };

static void caller(struct shared *s, long i)
{
	uint64_t begin = now_ms();

	s->ready = 1;
	s->result[0] = calls[i].fn();
	s->result[1] = (int64_t)(now_ms() - begin);
	s->count = 1;
	for (;;)
		pause();
}

static void stop_until_done(struct target *t, const struct patient *p,
			    bool by_calls)
{
	uint64_t give_up = now_ms() + GIVE_UP_MS;
	int64_t pid;

	while (!p->s->count && now_ms() < give_up) {
		if (by_calls) {
			must(target_syscall(t, TIMEOUT, SYS_getpid,
					    (uint64_t[6]){0}, &pid));
		} else {
			must(target_stop(t, TIMEOUT));
			target_release(t);
		}
		sleep_ms(5);
	}
}

/* Not when it has ended: machines are busy. With none kept it wouldn't. */
static void expect_end(const struct patient *p, const char *name)
{
	if (!p->s->count)
		fail_msg("%s: does not end", name);
	if (p->s->result[0])
		fail_msg("%s: an odd result", name);
	if (p->s->result[1] < WAIT_MS)
		fail_msg("%s: after %ld ms, not %d", name,
			 (long)p->s->result[1], WAIT_MS);
}

static void time_outs_are_kept(void **state)
{
	(void)state;
	for (long i = 0; i < 2 * NCALLS; i++) {
		struct patient p = patient_start(caller, i / 2);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		stop_until_done(t, &p, i % 2);
		expect_end(&p, calls[i / 2].name);
		patient_end(&p);
	}
}

/* Each stop by another doctor, who knows nothing of the last one. */
static void time_outs_are_kept_by_many(void **state)
{
	(void)state;
	for (long i = 0; i < NCALLS; i++) {
		struct patient p = patient_start(caller, i);

		uint64_t give_up = now_ms() + GIVE_UP_MS;

		while (!p.s->count && now_ms() < give_up) {
			_cleanup_(target_closep) struct target *t = NULL;

			must(target_open(p.pid, &t));
			must(target_stop(t, TIMEOUT));
			target_release(t);
			sleep_ms(10);
		}
		expect_end(&p, calls[i].name);
		patient_end(&p);
	}
}

/* ---- seccomp ---- */

/* From now on, in this process. */
static void filter_call(uint32_t nr, uint32_t verdict)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {4, filter};

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), 0);
}

static void confined_caller(struct shared *s, long i)
{
	filter_call(SYS_restart_syscall, SECCOMP_RET_KILL_PROCESS);
	caller(s, i);
}

/* What the kernel would restart by another call, which is forbidden. */
static void time_outs_are_kept_without_restart_syscall(void **state)
{
	(void)state;
	for (long i = 0; i < NCALLS; i++) {
		struct patient p = patient_start(confined_caller, i);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		wait_until(p.s->ready);
		stop_until_done(t, &p, false);
		expect_end(&p, calls[i].name);
		patient_end(&p);
	}
}

/* ---- registers in use ---- */

/*
 * A caller that counts on what is in the time-out's register after the call,
 * whichever way that is written. First that of epoll_wait, a number.
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


/*
 * Then that of rt_sigtimedwait, a pointer, in functions that return it: from
 * the register that is to hold it still.
 */
const void *after_call(const void *set, void *info, const void *ts);
const void *after_framed_call(const void *set, void *info, const void *ts);
const void *by_callee(const void *set, void *info, const void *ts);
const void *by_pointer(const void *set, void *info, const void *ts);
const void *by_jump(const void *set, void *info, const void *ts);

__asm__(".text\n"
	".macro sigtimedwait\n"
	"	mov $8, %r10d\n"
	"	mov $128, %eax\n"
	"	syscall\n"
	".endm\n"
	"give_it: mov %rdx, %rax\n"
	"	ret\n"
	"wait_only: push %rbx\n"
	"	sub $24, %rsp\n"
	"	sigtimedwait\n"
	"	add $24, %rsp\n"
	"	pop %rbx\n"
	"	ret\n"
	"wait_framed: push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	sub $24, %rsp\n"
	"	sigtimedwait\n"
	"	leave\n"
	"	ret\n"
	".global after_call\n"
	"after_call: call wait_only\n"
	"	mov %rdx, %rax\n"
	"	ret\n"
	".global after_framed_call\n"
	"after_framed_call: call wait_framed\n"
	"	mov %rdx, %rax\n"
	"	ret\n"
	".global by_callee\n"
	"by_callee: sigtimedwait\n"
	"	call give_it\n"
	"	ret\n"
	".global by_pointer\n"
	"by_pointer: push %rbx\n"
	"	lea give_it(%rip), %rbx\n"
	"	sigtimedwait\n"
	"	call *%rbx\n"
	"	pop %rbx\n"
	"	ret\n"
	".global by_jump\n"
	"by_jump: sigtimedwait\n"
	"	jmp give_it\n");

static const struct pointer_user {
	const char *name;
	const void *(*fn)(const void *set, void *info, const void *ts);
} pointer_users[] = {
	{"the caller", after_call},
	{"the caller, with a frame pointer", after_framed_call},
	{"a callee", by_callee},
	{"one called by a pointer", by_pointer},
	{"one jumped to", by_jump},
};

static void pointer_user(struct shared *s, long i)
{
	static const struct timespec ts = {10, 0};
	uint64_t set = UINT64_C(1) << (SIGUSR2 - 1);

	signal(SIGUSR2, SIG_DFL);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	s->ready = 1;
	s->result[0] = pointer_users[i].fn(&set, NULL, &ts) == &ts;
	s->count = 1;
	for (;;)
		pause();
}

static void pointers_in_use_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pointer_users) / sizeof(*pointer_users);
	     i++) {
		struct patient p = patient_start(pointer_user, (long)i);
		_cleanup_(target_closep) struct target *t = NULL;

		must(target_open(p.pid, &t));
		wait_until(p.s->ready && patient_state(p.pid) == 'S');
		for (int n = 0; n < 5; n++) {
			must(target_stop(t, TIMEOUT));
			target_release(t);
			sleep_ms(7);
		}
		assert_int_equal(p.s->count, 0);
		kill(p.pid, SIGUSR2);
		wait_until(p.s->count);
		if (!p.s->result[0])
			fail_msg("changed for %s", pointer_users[i].name);
		patient_end(&p);
	}
}

/* ---- stacks of unknown size ---- */

/* Whose last bytes are all that is free. */
static void on_small_stack(struct shared *s, long unused)
{
	static unsigned char stack[8192];
	static const struct timespec ts = {0, WAIT_NS};
	uint64_t set = UINT64_C(1) << (SIGUSR2 - 1), begin = now_ms();
	long r = SYS_rt_sigtimedwait;

	(void)unused;
	memset(stack, 0xa5, sizeof(stack));
	s->ready = 1;
	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov %[top], %%rsp\n\t"
			 "mov $8, %%r10d\n\t"
			 "syscall\n\t"
			 "mov %%rbx, %%rsp"
			 : "+a"(r)
			 : [top] "r"(stack + sizeof(stack)), "D"(&set), "S"(0L),
			   "d"(&ts)
			 : "rbx", "rcx", "r10", "r11", "cc", "memory");
	s->result[0] = r != -EAGAIN;
	s->result[1] = (int64_t)(now_ms() - begin);
	for (size_t i = 0; i < sizeof(stack); i++)
		s->bad += stack[i] != 0xa5;
	s->count = 1;
	for (;;)
		pause();
}

static void other_stacks_are_left_alone(void **state)
{
	(void)state;
	struct patient p = patient_start(on_small_stack, 0);
	_cleanup_(target_closep) struct target *t = NULL;

	must(target_open(p.pid, &t));
	wait_until(p.s->ready && patient_state(p.pid) == 'S');
	for (int n = 0; n < 10; n++) {
		must(target_stop(t, TIMEOUT));
		target_release(t);
		sleep_ms(5);
	}
	wait_until(p.s->count);
	expect_end(&p, "on a stack of its own");
	assert_int_equal(p.s->bad, 0);
	patient_end(&p);
}

/* ---- when it isn't known when the call began ---- */

/* The last test. */
static void counts_from_the_first_stop(void **state)
{
	static const char *const ones[] = {"sigtimedwait", "io_uring_enter",
					   "select, constant"};

	(void)state;
	filter_call(SYS_sched_setaffinity, SECCOMP_RET_ERRNO | EPERM);
	for (long i = 0; i < NCALLS; i++) {
		struct patient p;
		_cleanup_(target_closep) struct target *t = NULL;
		bool wanted = false;

		for (int j = 0; j < 3; j++)
			wanted |= !strcmp(calls[i].name, ones[j]);
		if (!wanted)
			continue;
		p = patient_start(caller, i);
		must(target_open(p.pid, &t));
		wait_until(p.s->ready);
		sleep_ms(WAIT_MS / 2);
		stop_until_done(t, &p, false);
		expect_end(&p, calls[i].name);
		patient_end(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_outs_are_kept),
		cmocka_unit_test(time_outs_are_kept_by_many),
		cmocka_unit_test(time_outs_are_kept_without_restart_syscall),
		cmocka_unit_test(registers_in_use_are_kept),
		cmocka_unit_test(pointers_in_use_are_kept),
		cmocka_unit_test(other_stacks_are_left_alone),
		cmocka_unit_test(counts_from_the_first_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
