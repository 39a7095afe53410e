// SPDX-License-Identifier: GPL-2.0-or-later
/* Remote system calls: what they do, and with which threads. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "patient.h"
#include "target/target.h"

enum { TIMEOUT = 5000, PAGE = 4096 };

static const uint64_t no_args[6];

static void map_and_unmap(struct target *t)
{
	const uint64_t map[6] = {0,
				 PAGE,
				 PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS,
				 UINT64_MAX,
				 0};
	uint64_t unmap[6] = {0, PAGE};
	int64_t addr, r;

	must(target_syscall(t, TIMEOUT, SYS_mmap, map, &addr));
	assert_true(addr > 0 && addr % PAGE == 0);
	must(target_write(t, (uint64_t)addr, "hello", 6));
	unmap[0] = (uint64_t)addr;
	must(target_syscall(t, TIMEOUT, SYS_munmap, unmap, &r));
	assert_int_equal(r, 0);
	assert_int_equal(target_read_partial(t, (uint64_t)addr, &r, 1), 0);
}

/* ---- results ---- */

static void sleeper(struct shared *s, long arg)
{
	(void)arg;
	s->ready = 1;
	for (;;)
		pause();
}

static void results_and_data_pass(void **state)
{
	(void)state;
	struct patient p = patient_start(sleeper, 0);
	_cleanup_(target_closep) struct target *t = NULL;
	struct remote_call calls[] = {
		{.nr = SYS_getpid},
		{.nr = SYS_memfd_create,
		 .data = "one name",
		 .data_len = sizeof("one name"),
		 .data_arg = 0},
		{.nr = SYS_memfd_create,
		 .data = "another",
		 .data_len = sizeof("another"),
		 .data_arg = 0},
		{.nr = SYS_close, .args = {12345}},
		{.nr = SYS_getpid},
	};
	const char *names[] = {"/memfd:one name (deleted)",
			       "/memfd:another (deleted)"};

	must(target_open(p.pid, &t));
	must(target_syscalls(t, TIMEOUT, calls, 5));
	assert_int_equal(calls[0].result, p.pid);
	for (int i = 0; i < 2; i++) {
		char path[64], name[64] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/%ld", p.pid,
			 (long)calls[1 + i].result);
		assert_true(readlink(path, name, sizeof(name) - 1) > 0);
		assert_string_equal(name, names[i]);
	}
	assert_int_equal(calls[3].result, -EBADF);
	assert_int_equal(calls[4].result, -ECANCELED);
	patient_end(&p);
}

static void *spin_thread(void *arg)
{
	struct shared *s = arg;

	for (;;)
		s->count++;
	return NULL;
}

static void *read_thread(void *arg)
{
	struct shared *s = arg;
	int fds[2];
	char c;

	s->result[0] = syscall(SYS_gettid);
	s->ready = 1;
	return pipe(fds) || read(fds[0], &c, 1) < 0 ? NULL : s;
}

static void spinners_and_a_reader(struct shared *s, long arg)
{
	pthread_t t;

	(void)arg;
	pthread_create(&t, NULL, spin_thread, s);
	pthread_create(&t, NULL, read_thread, s);
	spin_thread(s);
}

static void a_blocked_thread_is_preferred(void **state)
{
	(void)state;
	struct patient p = patient_start(spinners_and_a_reader, 0);
	_cleanup_(target_closep) struct target *t = NULL;
	int64_t tid;

	must(target_open(p.pid, &t));
	for (int round = 0; round < 20; round++) {
		wait_until(thread_state(p.pid, (pid_t)p.s->result[0]) == 'S');
		must(target_syscall(t, TIMEOUT, SYS_gettid, no_args, &tid));
		assert_int_equal(tid, p.s->result[0]);
	}
	patient_end(&p);
}

/* A thread that sleeps, with another file at the descriptor. */
static void *read_own_file(void *arg)
{
	struct shared *s = arg;
	int fds[2];
	char c;

	s->result[1] = unshare(CLONE_FILES) || pipe(fds);
	s->fd = fds[0];
	s->result[0] = syscall(SYS_gettid);
	s->ready = 1;
	return read(fds[0], &c, 1) < 0 ? NULL : s;
}

static void spinner_and_own_files(struct shared *s, long arg)
{
	pthread_t t;

	(void)arg;
	pthread_create(&t, NULL, read_own_file, s);
	while (!s->ready)
		;
	while (s->result[2] < s->fd)
		s->result[2] = memfd_create("the leader's", 0);
	s->ready = 2;
	spin_thread(s);
}

static void a_thread_without_the_file_is_not_used(void **state)
{
	(void)state;
	struct patient p = patient_start(spinner_and_own_files, 0);
	_cleanup_(target_closep) struct target *t = NULL;

	wait_until(p.s->ready == 2);
	assert_int_equal(p.s->result[1], 0);
	assert_int_equal(p.s->result[2], p.s->fd);
	must(target_open(p.pid, &t));
	wait_until(thread_state(p.pid, (pid_t)p.s->result[0]) == 'S');
	_autoclose_ int ours = target_open_fd(t, p.pid, p.s->fd);
	struct remote_call call = {.nr = SYS_close,
				   .args = {(uint64_t)p.s->fd},
				   .ours = ours,
				   .fd = p.s->fd};

	assert_true(ours >= 0);
	must(target_syscalls(t, TIMEOUT, &call, 1));
	assert_int_equal(call.result, 0);
	assert_int_equal(call.by, p.pid);
	assert_false(target_has_fd(t, p.pid, p.s->fd, ours));
	wait_until(thread_state(p.pid, (pid_t)p.s->result[0]) == 'S');
	patient_end(&p);
}

static void a_process_stopped_by_a_signal_stays_so(void **state)
{
	(void)state;
	struct patient p = patient_start(sleeper, 0);
	_cleanup_(target_closep) struct target *t = NULL;

	must(target_open(p.pid, &t));
	kill(p.pid, SIGSTOP);
	wait_until(patient_state(p.pid) == 'T');
	for (int round = 0; round < 20; round++) {
		map_and_unmap(t);
		wait_until(patient_state(p.pid) == 'T');
	}
	kill(p.pid, SIGCONT);
	wait_until(patient_state(p.pid) == 'S');
	patient_end(&p);
}

/* ---- threads that won't do ---- */

/* A coroutine's stack: what is below it may be in use. */
static struct shared *coroutine_shared;

static void spin_coroutine(void)
{
	coroutine_shared->ready = 1;
	for (;;)
		coroutine_shared->count++;
}

static void coroutine(struct shared *s, long arg)
{
	static ucontext_t main_context, context;
	static char stack[256 << 10];

	(void)arg;
	coroutine_shared = s;
	getcontext(&context);
	context.uc_stack.ss_sp = stack;
	context.uc_stack.ss_size = sizeof(stack);
	makecontext(&context, spin_coroutine, 0);
	swapcontext(&main_context, &context);
}

static struct shared *handler_shared;

static void on_alternate_stack(int signal)
{
	(void)signal;
	handler_shared->ready = 1;
	for (;;)
		handler_shared->count++;
}

static void in_handler(struct shared *s, long arg)
{
	static char stack[64 << 10];
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};

	(void)arg;
	handler_shared = s;
	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1,
		  &(struct sigaction){.sa_handler = on_alternate_stack,
				      .sa_flags = SA_ONSTACK},
		  NULL);
	raise(SIGUSR1);
}

static void foreign_stacks_are_left_alone(void **state)
{
	(void)state;
	void (*const patients[])(struct shared *, long) = {coroutine,
							   in_handler};

	for (int i = 0; i < 2; i++) {
		struct patient p = patient_start(patients[i], 0);
		_cleanup_(target_closep) struct target *t = NULL;
		struct error *err;
		int64_t r = 77;
		uint64_t count;

		must(target_open(p.pid, &t));
		err = target_syscall(t, TIMEOUT, SYS_getpid, no_args, &r);
		assert_int_equal(err->code, ERR_UNSAFE);
		assert_non_null(strstr(err->message, "coroutine"));
		error_free(err);
		assert_int_equal(r, 77);
		count = p.s->count;
		wait_until(p.s->count > count);
		assert_free(p.pid);
		patient_end(&p);
	}
}

static void code_without_the_instructions_is_refused(void **state)
{
	(void)state;
	char dir[] = "/tmp/test_remote.XXXXXX";
	struct shared s = {0};

	assert_non_null(mkdtemp(dir));
	_autofree_ char *exe = xasprintf("%s/bare", dir);
	_autofree_ char *cc =
		xasprintf("echo '.globl _start; _start: jmp _start' | "
			  "cc -nostdlib -static -x assembler - -o %s",
			  exe);
	assert_int_equal(system(cc), 0);

	struct patient p = {fork(), &s};

	if (!p.pid) {
		execl(exe, exe, NULL);
		_exit(1);
	}
	_cleanup_(target_closep) struct target *t = NULL;
	_autofree_ char *path = xasprintf("/proc/%d/exe", p.pid);
	char name[64] = "";

	while (strcmp(name, exe)) {
		memset(name, 0, sizeof(name));
		assert_true(readlink(path, name, sizeof(name) - 1) > 0);
	}
	must(target_open(p.pid, &t));
	struct error *err =
		target_syscall(t, TIMEOUT, SYS_getpid, no_args, &(int64_t){0});

	assert_non_null(err);
	assert_int_equal(err->code, ERR_FAILED);
	assert_non_null(strstr(err->message, "its code has no syscall; ret"));
	error_free(err);
	kill(p.pid, SIGKILL);
	waitpid(p.pid, NULL, 0);
	unlink(exe);
	rmdir(dir);
}

/* ---- seccomp ---- */

/* Kills the process for call `nr`. */
static void filtered(struct shared *s, long nr)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog prog = {6, code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	s->result[0] = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
	sleeper(s, 0);
}

/* A call that is forbidden is made all the same, and the patient lives. */
static void seccomp_filters_do_not_kill(void **state)
{
	(void)state;
	static const long forbidden[] = {SYS_getuid, SYS_mmap, SYS_rt_sigreturn};

	if (geteuid())
		skip();
	for (int i = 0; i < 3; i++) {
		struct patient p = patient_start(filtered, forbidden[i]);
		_cleanup_(target_closep) struct target *t = NULL;
		const uint64_t args[6] = {
			0, PAGE, 0, MAP_PRIVATE | MAP_ANON, UINT64_MAX, 0};
		int64_t r = 0;

		assert_int_equal(p.s->result[0], 0);
		must(target_open(p.pid, &t));
		must(target_syscall(t, TIMEOUT, SYS_mmap, args, &r));
		assert_true(r > 0);
		sleep_ms(1);
		assert_int_equal(patient_state(p.pid), 'S');
		patient_end(&p);
	}
}

/* ---- restartable sequences ---- */

/*
 * Stays within a sequence; each time it is aborted it counts and begins anew.
 * A sequence that was left without the abort would never count again.
 */
static void rseq_spinner(struct shared *s, long arg)
{
	(void)arg;
	asm volatile(".pushsection .data.rel, \"aw\"\n"
		     "	.balign 32\n"
		     "3:	.long 0, 0\n"
		     "	.quad 1f, 2f - 1f, 4f\n"
		     ".popsection\n"
		     "	movl $1, (%0)\n" /* ready */
		     "5:	lea 3b(%%rip), %%rax\n"
		     "	mov __rseq_offset@GOTPCREL(%%rip), %%rcx\n"
		     "	mov (%%rcx), %%rcx\n"
		     "	mov %%rax, %%fs:8(%%rcx)\n"
		     "1:	pause\n"
		     "	jmp 1b\n"
		     "2:	ud2\n"
		     "	.long 0x53053053\n" /* glibc's RSEQ_SIG */
		     "4:	incq 8(%0)\n"
		     "	jmp 5b\n"
		     :
		     : "r"(s)
		     : "rax", "rcx", "memory", "cc");
}

static void restartable_sequences_are_aborted(void **state)
{
	(void)state;
	struct patient p = patient_start(rseq_spinner, 0);
	_cleanup_(target_closep) struct target *t = NULL;

	must(target_open(p.pid, &t));
	for (int round = 0; round < 100; round++) {
		uint64_t count = p.s->count;
		int64_t pid;

		must(target_syscall(t, TIMEOUT, SYS_getpid, no_args, &pid));
		wait_until(p.s->count > count);
	}
	patient_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_and_data_pass),
		cmocka_unit_test(a_blocked_thread_is_preferred),
		cmocka_unit_test(a_thread_without_the_file_is_not_used),
		cmocka_unit_test(a_process_stopped_by_a_signal_stays_so),
		cmocka_unit_test(foreign_stacks_are_left_alone),
		cmocka_unit_test(code_without_the_instructions_is_refused),
		cmocka_unit_test(seccomp_filters_do_not_kill),
		cmocka_unit_test(restartable_sequences_are_aborted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
