// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening and reading real processes. */
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
#include "target/stack.h"
#include "target/target.h"

enum { TIMEOUT = 5000 };

static void sleeper(struct shared *s, long arg)
{
	(void)arg;
	s->ready = 1;
	for (;;)
		pause();
}

static struct target *open_target(pid_t pid)
{
	struct target *t;

	must(target_open(pid, &t));
	return t;
}

/* ---- opening ---- */

static void expect_refusal(pid_t pid, enum error_code code, const char *text)
{
	struct target *t = NULL;
	struct error *err = target_open(pid, &t);

	assert_non_null(err);
	assert_null(t);
	assert_int_equal(err->code, code);
	if (!strstr(err->message, text))
		fail_msg("%s: no \"%s\"", err->message, text);
	error_free(err);
}

static void yama_levels_are_diagnosed(void **state)
{
	(void)state;
	static const struct {
		long scope;
		bool capable;
		const char *remedy; /* NULL: it's not that */
	} cases[] = {
		{0, false, NULL},
		{0, true, NULL},
		{1, false, "run as root or with CAP_SYS_PTRACE, or set it to 0"},
		{1, true, NULL},
		{2, false, "run as root or with CAP_SYS_PTRACE"},
		{2, true, NULL},
		{3, false, "until the next boot"},
		{3, true, "not even by root"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error *err =
			diagnose_yama(7, cases[i].scope, cases[i].capable);

		if (!cases[i].remedy) {
			assert_null(err);
			continue;
		}
		assert_int_equal(err->code, ERR_PRIVILEGE);
		assert_non_null(strstr(err->message, "yama.ptrace_scope is"));
		assert_non_null(strstr(err->message, cases[i].remedy));
		error_free(err);
	}
}

static void missing_processes_are_diagnosed(void **state)
{
	(void)state;
	struct patient p = patient_start(sleeper, 0);

	expect_refusal(0, ERR_FAILED, "no such process");
	expect_refusal(-1, ERR_FAILED, "no such process");
	expect_refusal(0x3ffffff, ERR_FAILED, "pid 67108863: no such process");
	kill(p.pid, SIGKILL);
	wait_until(patient_state(p.pid) == 'Z');
	expect_refusal(p.pid, ERR_FAILED, "is a zombie");
	patient_end(&p);
}

static void kernel_threads_are_diagnosed(void **state)
{
	(void)state;
	char comm[16] = "";
	FILE *f = fopen("/proc/2/comm", "r");

	if (!f || !fgets(comm, sizeof(comm), f) || strcmp(comm, "kthreadd\n")) {
		if (f)
			fclose(f);
		skip(); /* in a container */
	}
	fclose(f);
	expect_refusal(2, ERR_FAILED, "(kthreadd): is a thread of the kernel");
}

static void tracer_of_another(struct shared *s, long pid)
{
	s->result[0] = ptrace(PTRACE_SEIZE, (pid_t)pid, NULL, NULL);
	sleeper(s, 0);
}

static void a_debugger_is_named(void **state)
{
	(void)state;
	struct patient p = patient_start(sleeper, 0);
	struct target *t = open_target(p.pid);
	struct patient debugger = patient_start(tracer_of_another, p.pid);
	char who[64];

	assert_int_equal(debugger.s->result[0], 0);
	snprintf(who, sizeof(who), "process %d (", debugger.pid);
	expect_refusal(p.pid, ERR_PRIVILEGE, who);

	/* It came after we had opened the process. */
	struct error *err = target_stop(t, TIMEOUT);

	assert_int_equal(err->code, ERR_PRIVILEGE);
	assert_non_null(strstr(err->message, who));
	error_free(err);
	assert_int_equal(t->nthreads, 0);
	target_close(t);
	patient_end(&debugger);
	patient_end(&p);
}

/* As user 65534 against root's process. */
static void open_unprivileged(struct shared *s, long pid)
{
	struct target *t;
	struct error *err;

	if (syscall(SYS_setresuid, 65534, 65534, 65534))
		_exit(1);
	err = target_open((pid_t)pid, &t);
	s->result[0] = err ? (int)err->code : 0;
	s->result[1] = err && strstr(err->message, "belongs to user 0") &&
		       strstr(err->message, "CAP_SYS_PTRACE");
	s->ready = 1;
	_exit(0);
}

static void lacking_privileges_are_diagnosed(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	struct patient p = patient_start(sleeper, 0);
	struct patient other = patient_start(open_unprivileged, p.pid);

	assert_int_equal(other.s->result[0], ERR_PRIVILEGE);
	assert_int_equal(other.s->result[1], 1);
	patient_end(&other);
	patient_end(&p);
}

/* ---- memory ---- */

static void memory_is_read_and_written(void **state)
{
	(void)state;
	static char constant[] = "before";
	struct patient p = patient_start(sleeper, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	uint64_t addr = (uintptr_t)constant;
	char copy[sizeof(constant)];

	must(target_read(t, addr, copy, sizeof(copy)));
	assert_string_equal(copy, "before");
	must(target_write(t, addr, "after!", sizeof(constant)));
	must(target_read(t, addr, copy, sizeof(copy)));
	assert_string_equal(copy, "after!");
	assert_string_equal(constant, "before"); /* ours is another copy */
	patient_end(&p);
}

static void unmapper(struct shared *s, long addr)
{
	munmap((void *)addr, (size_t)sysconf(_SC_PAGESIZE));
	sleeper(s, 0);
}

static void unmapped_memory_is_an_error(void **state)
{
	(void)state;
	long page = sysconf(_SC_PAGESIZE);
	char *area = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char bytes[64];

	memset(area, 'x', (size_t)page);

	struct patient p = patient_start(unmapper, (long)area + page);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);
	uint64_t end = (uintptr_t)area + (uint64_t)page;

	assert_int_equal(target_read_partial(t, end - 16, bytes, 64), 16);
	assert_int_equal(target_read_partial(t, end, bytes, 64), 0);
	assert_int_equal(target_read_partial(t, UINT64_MAX - 8, bytes, 64), 0);
	for (int write = 0; write < 2; write++) {
		struct error *err = write ? target_write(t, end, bytes, 64)
					  : target_read(t, end - 16, bytes, 64);

		assert_int_equal(err->code, ERR_FAILED);
		error_free(err);
	}

	struct iorange r[] = {
		{(uintptr_t)area, bytes, 8, 0},
		{end - 4, bytes + 8, 8, 0}, /* half of it */
		{end, bytes + 16, 8, 0},
		{(uintptr_t)area + 8, bytes + 24, 8, 0},
	};

	memset(bytes, 0, sizeof(bytes));
	target_read_many(t, r, 4);
	assert_int_equal(r[0].done, 8);
	assert_int_equal(r[1].done, 4);
	assert_int_equal(r[2].done, 0);
	assert_int_equal(r[3].done, 8);
	assert_memory_equal(bytes,
			    "xxxxxxxxxxxx\0\0\0\0\0\0\0\0\0\0\0\0xxxxxxxx", 32);
	patient_end(&p);
	munmap(area, 2 * (size_t)page);
}

static void many_ranges_take_few_calls(void **state)
{
	(void)state;
	enum { N = 3000 };
	static uint32_t numbers[N], copies[N];
	static struct iorange r[N];

	for (uint32_t i = 0; i < N; i++) {
		numbers[i] = i * 7;
		r[i] = (struct iorange){(uintptr_t)&numbers[i], &copies[i], 4,
					0};
	}

	struct patient p = patient_start(sleeper, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	target_read_many(t, r, N);
	for (int i = 0; i < N; i++)
		assert_int_equal(r[i].done, 4);
	assert_memory_equal(numbers, copies, sizeof(numbers));
	patient_end(&p);
}

/* ---- stacks ---- */

static void *sleep_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void *on_other_stack(void *arg)
{
	struct shared *s = arg;

	s->result[0] = (int64_t)(uintptr_t)__builtin_frame_address(0);
	s->ready = 1;
	sleep_forever(NULL);
	return NULL;
}

static void thread_stack(struct shared *s, long arg)
{
	(void)arg;
	pthread_t t;

	pthread_create(&t, NULL, on_other_stack, s);
	sleep_forever(NULL);
}

static void base_stacks_are_known(void **state)
{
	(void)state;
	struct patient p = patient_start(thread_stack, 0);
	_cleanup_(target_closep) struct target *t = open_target(p.pid);

	must(target_stop(t, TIMEOUT));
	assert_int_equal(t->nthreads, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct thread *th = &t->threads[i];
		uint64_t lo, hi;
		bool own;

		must(stack_bounds(t, th, &lo, &hi, &own));
		assert_true(own);
		assert_int_equal(lo, th->regs.rsp - 128);
		if (th->tid == p.pid)
			assert_string_equal(maps_find(&t->maps, hi - 1)->path,
					    "[stack]");
		else
			assert_int_equal(hi, th->regs.fs_base);
		if (th->tid != p.pid)
			assert_in_range(p.s->result[0], lo, hi);
	}
	target_release(t);
	patient_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yama_levels_are_diagnosed),
		cmocka_unit_test(missing_processes_are_diagnosed),
		cmocka_unit_test(kernel_threads_are_diagnosed),
		cmocka_unit_test(a_debugger_is_named),
		cmocka_unit_test(lacking_privileges_are_diagnosed),
		cmocka_unit_test(memory_is_read_and_written),
		cmocka_unit_test(unmapped_memory_is_an_error),
		cmocka_unit_test(many_ranges_take_few_calls),
		cmocka_unit_test(base_stacks_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
