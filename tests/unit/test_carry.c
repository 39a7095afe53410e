// SPDX-License-Identifier: GPL-2.0-or-later
/* Code that a thread of the patient carries out, which may be late for it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "doctor/self_write.h"
#include "doctor/switch_data.h"
#include "patient.h"

enum { TIMEOUT = 5000, SPINNERS = 3, TRIES = 5 };

static uint8_t *code; /* the same in all children */
static int cpu;

static void stay_on_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Gets a CPU only when nobody else wants it, or after a long time. */
static void sleeper(struct shared *s, long unused)
{
	const struct sched_param none = {0};
	int fds[2];
	char byte;

	(void)unused;
	stay_on_cpu();
	if (pipe(fds) || sched_setscheduler(0, SCHED_IDLE, &none))
		_exit(1);
	s->fd = fds[1];
	s->ready = 1;
	s->result[0] = read(fds[0], &byte, 1);
	s->result[1] = s->result[0] < 0 ? errno : byte;
	s->count = 1;
	for (;;)
		pause();
}

static void spinner(struct shared *s, long unused)
{
	(void)unused;
	stay_on_cpu();
	s->ready = 1;
	for (;;)
		s->count++;
}

static struct error *carry_nothing(struct target *t, unsigned int timeout_ms,
				   bool starve, int64_t *ret_result)
{
	struct switch_data data = {.mask = UINT64_MAX,
				   .pause = {0, 250000000},
				   .path = "/proc/thread-self/mem",
				   .copy = sizeof(data)};
	const struct remote_call calls[] = {
		{.nr = SYS_rt_sigprocmask, .args = {SIG_SETMASK, 0, 0, 8},
		 .data_arg = 1},
		{.nr = SYS_openat},
	};
	const struct carried carried = {
		.entry = (uint64_t)(uintptr_t)code,
		.entry_len = SWITCH_STUB_LEN,
		.data = &data, .len = sizeof(data),
		.calls = calls, .ncalls = 2,
	};
	struct patient spinners[SPINNERS];
	uint64_t progress;

	must(target_stop(t, TIMEOUT));
	must(target_carry_prepare(t, &carried, true));
	for (int i = 0; starve && i < SPINNERS; i++)
		spinners[i] = patient_start(spinner, 0);
	struct error *err = target_carry(t, timeout_ms, ret_result, &progress);
	for (int i = 0; starve && i < SPINNERS; i++)
		patient_end(&spinners[i]);
	target_release(t);
	return err;
}

/* It reads on, and gets what is written to it. */
static void assert_unharmed(struct patient *p)
{
	char path[64];

	assert_free(p->pid);
	assert_int_equal(p->s->count, 0);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", p->pid, p->s->fd);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	wait_until(p->s->count);
	assert_int_equal(p->s->result[0], 1);
	assert_int_equal(p->s->result[1], 'x');
	assert_int_equal(patient_status(p->pid, "SigBlk", 16), 0);
}

static void it_is_carried_out(void **unused)
{
	struct patient p = patient_start(sleeper, 0);
	_cleanup_(target_closep) struct target *t = NULL;
	int64_t result;

	(void)unused;
	must(target_open(p.pid, &t));
	must(target_carry_find(t));
	must(carry_nothing(t, TIMEOUT, false, &result));
	assert_int_equal(result, SWITCH_DONE);
	assert_false(target_carry_lost(t));
	assert_unharmed(&p);
	patient_end(&p);
}

/* Late, it is taken back if it hasn't begun: it mustn't come afterwards. */
static void one_without_a_cpu_is_spared(void **unused)
{
	struct patient p = patient_start(sleeper, 0);
	_cleanup_(target_closep) struct target *t = NULL;
	bool spared = false;

	(void)unused;
	must(target_open(p.pid, &t));
	must(target_carry_find(t));
	for (int i = 0; i < TRIES && !spared; i++) {
		int64_t result = 0;
		struct error *err = carry_nothing(t, 1, true, &result);

		if (!err)
			assert_int_equal(result, SWITCH_DONE);
		else if (err->code != ERR_UNSAFE)
			fail_msg("%s", err->message);
		spared = err != NULL;
		error_free(err);
		assert_false(target_carry_lost(t));
	}
	assert_true(spared);
	assert_unharmed(&p);
	patient_end(&p);
}

static int prepare(void **unused)
{
	cpu_set_t set;

	(void)unused;
	sched_getaffinity(0, sizeof(set), &set);
	for (cpu = 0; !CPU_ISSET(cpu, &set); cpu++)
		;
	code = mmap(NULL, SWITCH_STUB_LEN, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		return -1;
	memcpy(code, switch_stub, SWITCH_STUB_LEN);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_carried_out),
		cmocka_unit_test(one_without_a_cpu_is_spared),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
