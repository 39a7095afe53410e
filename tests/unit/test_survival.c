// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * That nothing shows of remote system calls in the thread that makes them,
 * even if the doctor dies at any of its own system calls.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "patient.h"
#include "target/target.h"

enum { TIMEOUT = 5000, PAGE = 4096 };

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

/* ---- a thread that checks all its state all the time ---- */

static struct shared *handler_shared;

static void count_signal(int signal)
{
	(void)signal;
	handler_shared->handled++;
}

/*
 * rdi: struct shared. Fills registers, flags, x87, ymm0..14 and the red zone,
 * and counts rounds (at 8) and rounds with a wrong value (at 16).
 */
void spin_checked(struct shared *s);
asm(".text\n"
    ".globl spin_checked\n"
    "spin_checked:\n"
    ".irp r,rax,rbx,rcx,rdx,rsi,rbp,r8,r9,r10,r11,r12,r13,r14,r15\n"
    "	movabs $value_\\r, %\\r\n"
    ".endr\n"
    ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14\n"
    "	vmovups patterns+32*\\i(%rip), %ymm\\i\n"
    ".endr\n"
    ".irp i,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16\n"
    "	mov %rbx, -8*\\i(%rsp)\n"
    ".endr\n"
    "	fldpi\n"
    "1:	incq 8(%rdi)\n"
    "	stc\n"
    "	nop\n"
    "	jnc 2f\n"
    ".irp r,rax,rbx,rcx,rdx,rsi,rbp,r8,r9,r10,r11,r12,r13,r14,r15\n"
    "	cmp memory_\\r(%rip), %\\r\n"
    "	jne 2f\n"
    ".endr\n"
    ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14\n"
    "	vxorps patterns+32*\\i(%rip), %ymm\\i, %ymm15\n"
    "	vptest %ymm15, %ymm15\n"
    "	jnz 2f\n"
    ".endr\n"
    ".irp i,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16\n"
    "	cmp %rbx, -8*\\i(%rsp)\n"
    "	jne 2f\n"
    ".endr\n"
    "	fldpi\n"
    "	fcomip %st(1), %st\n"
    "	je 1b\n"
    "2:	incq 16(%rdi)\n"
    "	jmp 1b\n"
    ".section .rodata\n"
    "	.balign 32\n"
    "patterns:\n"
    ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14\n"
    "	.quad 0x0101010101010101*\\i, 0x1111111111111111*\\i\n"
    "	.quad 0x0f01010101010101*\\i, 0x1111111111111117*\\i\n"
    ".endr\n"
    "n = 0\n"
    ".irp r,rax,rbx,rcx,rdx,rsi,rbp,r8,r9,r10,r11,r12,r13,r14,r15\n"
    "n = n + 1\n"
    "value_\\r = 0x0123456789abcdef + 0x0011001100110011 * n\n"
    "memory_\\r: .quad value_\\r\n"
    ".endr\n"
    ".text\n");

/* With a signal every 200 us. */
static void checked_spinner(struct shared *s, long arg)
{
	struct itimerval it = {{0, 200}, {0, 200}};

	(void)arg;
	handler_shared = s;
	signal(SIGALRM, count_signal);
	setitimer(ITIMER_REAL, &it, NULL);
	s->ready = 1;
	spin_checked(s);
}

static void no_state_of_a_running_thread_changes(void **state)
{
	(void)state;
	if (!__builtin_cpu_supports("avx"))
		skip();
	struct patient p = patient_start(checked_spinner, 0);
	_cleanup_(target_closep) struct target *t = NULL;
	uint64_t count, handled;

	must(target_open(p.pid, &t));
	for (int round = 0; round < 500; round++)
		map_and_unmap(t);
	count = p.s->count;
	handled = p.s->handled;
	wait_until(p.s->count > count + 1000 && p.s->handled > handled + 10);
	assert_int_equal(p.s->bad, 0);
	assert_int_equal(patient_status(p.pid, "SigBlk", 16), 0);
	assert_free(p.pid);
	patient_end(&p);
}

/* ---- the doctor dies ---- */

static void doctor(pid_t pid)
{
	struct target *t;

	if (target_open(pid, &t))
		_exit(2);
	for (int i = 0; i < 2; i++)
		map_and_unmap(t);
	target_close(t);
	_exit(0);
}

/*
 * Runs a doctor and kills it before its `nth` system call. Returns the number
 * of its calls up to its end.
 */
static unsigned int run_and_kill(pid_t patient, unsigned int nth)
{
	pid_t pid = fork();
	unsigned int n = 0;
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		doctor(patient);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	       (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	while (WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && ++n == 2 * nth)
			kill(pid, SIGKILL);
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		waitpid(pid, &status, 0);
	}
	if (nth == 0)
		assert_int_equal(status, 0);
	return n / 2;
}

static void expect_spinning(struct patient *p, unsigned int nth)
{
	uint64_t count = p->s->count, handled = p->s->handled;

	wait_until(p->s->count > count + 100 && p->s->handled > handled + 2);
	if (p->s->bad)
		fail_msg("killed before call %u: state has changed", nth);
	wait_until(patient_status(p->pid, "SigBlk", 16) == 0);
}

/* Reads bytes that the test writes, and counts. */
static void reader(struct shared *s, long fd)
{
	char c;

	s->ready = 1;
	for (;;) {
		if (read((int)fd, &c, 1) == 1)
			s->count++;
		else
			s->bad++;
	}
}

static void expect_reading(struct patient *p, int fd, unsigned int nth)
{
	uint64_t count = p->s->count;

	assert_int_equal(write(fd, "x", 1), 1);
	wait_until(p->s->count == count + 1 || p->s->bad);
	if (p->s->bad)
		fail_msg("killed before call %u: read() has failed", nth);
	wait_until(patient_state(p->pid) == 'S');
	assert_int_equal(patient_status(p->pid, "SigBlk", 16), 0);
}

enum { KILLS = 60 };

static void a_running_patient_survives_the_doctor(void **state)
{
	(void)state;
	if (!__builtin_cpu_supports("avx"))
		skip();
	struct patient p = patient_start(checked_spinner, 0);
	unsigned int all = run_and_kill(p.pid, 0);

	for (unsigned int i = 1; i <= KILLS; i++) {
		run_and_kill(p.pid, all * i / (KILLS + 1));
		expect_spinning(&p, all * i / (KILLS + 1));
	}
	run_and_kill(p.pid, 0); /* and can be worked on again */
	patient_end(&p);
}

static void a_blocked_patient_survives_the_doctor(void **state)
{
	(void)state;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	struct patient p = patient_start(reader, fds[0]);
	unsigned int all = run_and_kill(p.pid, 0);

	for (unsigned int i = 1; i <= KILLS; i++) {
		run_and_kill(p.pid, all * i / (KILLS + 1));
		expect_reading(&p, fds[1], all * i / (KILLS + 1));
	}
	run_and_kill(p.pid, 0);
	patient_end(&p);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_state_of_a_running_thread_changes),
		cmocka_unit_test(a_running_patient_survives_the_doctor),
		cmocka_unit_test(a_blocked_patient_survives_the_doctor),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
