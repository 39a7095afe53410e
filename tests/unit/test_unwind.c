// SPDX-License-Identifier: GPL-2.0-or-later
/* Unwinding programs that are compiled here, in several ways. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "patient.h"
#include "unwind/priv.h"
#include "unwind/unwind.h"

enum { TIMEOUT = 5000, FRAMES = 256 };

static char dir[] = "/tmp/test_unwind.XXXXXX";

static const char *const builds[] = {
	"-O2",
	"-O0",
	"-O2 -fomit-frame-pointer -fno-plt -Wl,-z,now",
	"-O2 -fno-omit-frame-pointer -fcf-protection=none",
	"-O2 -static",
	"-O2 -static -Wl,--eh-frame-hdr",
	"-O2 -no-pie",
};

#define NBUILDS (sizeof(builds) / sizeof(*builds))

/* The program for builds[i]; the caller frees the name. */
static char *program(size_t i)
{
	return xasprintf("%s/patient%zu", dir, i);
}

static int compile_all(void **state)
{
	(void)state;
	_autofree_ char *source = xstrdup(__FILE__);
	char *slash = strrchr(source, '/');

	if (slash)
		*slash = '\0';
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < NBUILDS; i++) {
		_autofree_ char *out = program(i);
		_autofree_ char *cc = xasprintf(
			"cc -std=gnu11 -D_GNU_SOURCE -g -pthread -Wl,-z,lazy "
			"%s -o %s %s/patient_unwind.c",
			builds[i], out, slash ? source : ".");

		if (system(cc))
			return -1;
	}
	return 0;
}

static int remove_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < NBUILDS; i++) {
		_autofree_ char *exe = program(i);

		unlink(exe);
	}
	return rmdir(dir);
}

/* Runs it and waits for its line. */
static pid_t start(const char *exe, const char *where, const char *thread)
{
	int fds[2];
	char line[16] = "";
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], 1);
		execl(exe, exe, where, thread, NULL);
		_exit(1);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], line, 6), 6);
	assert_string_equal(line, "ready\n");
	close(fds[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

/* ---- known depths ---- */

/* Return addresses that are the same, as those of a recursion are. */
static size_t count_recursion(const struct frame *frames, size_t n)
{
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		size_t same = 0;

		for (size_t k = i; k < n && frames[k].pc == frames[i].pc; k++)
			same++;
		if (same > best)
			best = same;
	}
	return best;
}

static size_t count_signals(const struct frame *frames, size_t n)
{
	size_t signals = 0;

	for (size_t i = 1; i < n; i++)
		signals += frames[i].is_signal != 0;
	return signals;
}

static const struct thread *thread_of(struct target *t, bool leader)
{
	for (size_t i = 0; i < t->nthreads; i++)
		if ((t->threads[i].tid == t->pid) == leader)
			return &t->threads[i];
	return NULL;
}

static void check_place(size_t build, const char *where, bool in_thread)
{
	_autofree_ char *exe = program(build);
	pid_t pid = start(exe, where, in_thread ? "thread" : NULL);
	_cleanup_(target_closep) struct target *t = NULL;
	_cleanup_(unwinder_destroyp) struct unwinder *uw = NULL;
	struct frame frames[FRAMES];
	const char *why = "";
	size_t n;

	sleep_ms(2);
	must(target_open(pid, &t));
	must(unwinder_create(t, &uw));
	must(target_stop(t, TIMEOUT));
	if (unwind_thread(uw, thread_of(t, !in_thread), frames, FRAMES, &n,
			  &why) != UNWIND_COMPLETE)
		fail_msg("%s %s: unknown after %zu frames: %s", builds[build],
			 where, n, why);
	/* 30 calls of recurse(), 29 of them from itself */
	if (count_recursion(frames, n) != 29)
		fail_msg("%s %s: %zu of 29 calls", builds[build], where,
			 count_recursion(frames, n));
	assert_int_equal(count_signals(frames, n),
			 !strcmp(where, "handler") ||
				 !strcmp(where, "altstack") ||
				 !strcmp(where, "fault"));
	assert_int_not_equal(frames[0].is_signal, 0);
	assert_int_equal(frames[0].pc, thread_of(t, !in_thread)->regs.rip);

	/* One frame too many for the room there is */
	assert_int_equal(unwind_thread(uw, thread_of(t, !in_thread), frames,
				       n - 1, &n, &why),
			 UNWIND_UNKNOWN);
	target_release(t);
	end(pid);
}

static void depths_are_right(void **state)
{
	(void)state;
	static const char *const places[] = {"futex", "nanosleep", "poll",
					     "leaf",  "handler",   "altstack",
					     "fault"};

	for (size_t b = 0; b < NBUILDS; b++)
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
			for (int in_thread = 0; in_thread < 2; in_thread++)
				check_place(b, places[i], in_thread);
}

/* ---- what there is of an object ---- */

/* A copy of builds[0] in which `change` was made. */
static char *altered_program(void (*change)(Elf64_Ehdr *))
{
	_autofree_ char *exe = program(0);
	_autofree_ char *copy = xasprintf("%s/altered", dir);
	_autofree_ char *cp = xasprintf("cp %s %s", exe, copy);
	int fd;
	struct {
		Elf64_Ehdr ehdr;
		uint8_t rest[4096 - sizeof(Elf64_Ehdr)];
	} page;

	assert_int_equal(system(cp), 0);
	fd = open(copy, O_RDWR);
	assert_int_equal(pread(fd, &page, sizeof(page), 0), sizeof(page));
	change(&page.ehdr);
	assert_int_equal(pwrite(fd, &page, sizeof(page), 0), sizeof(page));
	close(fd);
	return TAKE(copy);
}

static void drop_section_headers(Elf64_Ehdr *e)
{
	e->e_shoff = 0;
	e->e_shnum = 0;
	e->e_shstrndx = 0;
}

static Elf64_Phdr *table_segment(Elf64_Ehdr *e)
{
	Elf64_Phdr *p = (Elf64_Phdr *)((char *)e + e->e_phoff);

	while (p->p_type != PT_GNU_EH_FRAME)
		p++;
	return p;
}

static void drop_table(Elf64_Ehdr *e)
{
	table_segment(e)->p_type = PT_NULL;
}

static void misplace_table(Elf64_Ehdr *e)
{
	table_segment(e)->p_vaddr += 0x10000000;
}

static void shift_table(Elf64_Ehdr *e)
{
	table_segment(e)->p_vaddr += 8;
}

static void objects_without_tables_are_unknown(void **state)
{
	(void)state;
	static const struct {
		void (*change)(Elf64_Ehdr *);
		const char *why; /* NULL: is unwound */
	} cases[] = {
		{drop_section_headers, NULL},
		{drop_table, NULL}, /* .eh_frame is found by itself */
		{misplace_table, "malformed"},
		{shift_table, "malformed"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_autofree_ char *exe = altered_program(cases[i].change);
		pid_t pid = start(exe, "nanosleep", NULL);
		_cleanup_(target_closep) struct target *t = NULL;
		_cleanup_(unwinder_destroyp) struct unwinder *uw = NULL;
		struct frame frames[FRAMES];
		enum unwind_end how;
		const char *why;
		size_t n;

		unlink(exe); /* the file isn't needed */
		sleep_ms(2);
		must(target_open(pid, &t));
		must(unwinder_create(t, &uw));
		must(target_stop(t, TIMEOUT));
		how = unwind_thread(uw, &t->threads[0], frames, FRAMES, &n,
				    &why);
		assert_int_equal(how, cases[i].why ? UNWIND_UNKNOWN
						   : UNWIND_COMPLETE);
		if (cases[i].why)
			assert_non_null(strstr(why, cases[i].why));
		else
			assert_int_equal(count_recursion(frames, n), 29);
		target_release(t);
		end(pid);
	}
}

/* ---- regions added by hand ---- */

/* What is mapped of the program's file with protection `prot`. */
static const struct map *program_map(struct target *t, uint8_t prot,
				     uint64_t offset)
{
	const char *path = t->maps.all[0].path;

	for (size_t i = 0; i < t->maps.count; i++)
		if (!strcmp(t->maps.all[i].path, path) &&
		    t->maps.all[i].prot == prot &&
		    t->maps.all[i].offset >= offset)
			return &t->maps.all[i];
	return NULL;
}

/* A CIE and an FDE with these instructions; returns their length. */
static size_t build_eh_frame(uint8_t *out, const char *insns, size_t n)
{
	static const uint8_t cie[] = {
		20, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b,
		0x0c, 7, 8, 0x90, 1, 0, 0};
	uint32_t fde[] = {(uint32_t)(13 + n), sizeof(cie) + 4, 0x1000, 0x100};

	memcpy(out, cie, sizeof(cie));
	memcpy(out + sizeof(cie), fde, sizeof(fde));
	out += sizeof(cie) + sizeof(fde);
	*out++ = 0; /* no more data */
	memcpy(out, insns, n);
	memset(out + n, 0, 4);
	return sizeof(cie) + sizeof(fde) + 1 + n + 4;
}

#define TEN(x) x x x x x x x x x x

/* Found by fuzz_unwind: libdw takes memory for what these name. */
static void hostile_tables_are_not_given_to_libdw(void **state)
{
	const struct {
		const char *insns;
		size_t n;
		bool tame;
	} t[] = {
		{"\x41\x0e\x10\x86\x02", 5, true},
		{"\x05\x10\x01", 3, true},
		{"\x05\xff\xff\xff\x7f\x01", 6, false}, /* offset_extended */
		{"\x08\xff\xff\x3f", 4, false},	       /* same_value */
		{"\x09\x06\xff\xff\x3f", 5, false},	/* register */
		{"\x16\xff\xff\x3f\x01\x30", 6, false}, /* val_expression */
		{"\x0a\x0b\x0a\x0b", 4, true},
		{TEN(TEN("\x0a")), 100, false}, /* remember_state */
		{TEN(TEN("\x0a\x0b")), 200, true},
		{"\x3f\x05\xff\xff\xff\x7f", 6, true}, /* libdw stops at it */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		uint8_t eh[300];
		size_t len = build_eh_frame(eh, t[i].insns, t[i].n);

		if (eh_frame_is_tame(eh, len, NULL, 0, 0) != t[i].tame)
			fail_msg("table %zu is %s", i,
				 t[i].tame ? "refused" : "taken");
	}
}

/* .eh_frame_hdr's table may only lead to FDEs. */
static void search_tables_lead_to_fdes(void **state)
{
	uint8_t eh[300];
	size_t len = build_eh_frame(eh, "\x0e\x10", 2);
	int32_t hdr[5] = {0x3b031b01, 0, 1, 0, 24 + 20};

	(void)state;
	assert_true(eh_frame_is_tame(eh, len, hdr, sizeof(hdr), 20));
	hdr[4] = 20; /* the CIE */
	assert_false(eh_frame_is_tame(eh, len, hdr, sizeof(hdr), 20));
	hdr[4] = 24 + 24;
	assert_false(eh_frame_is_tame(eh, len, hdr, sizeof(hdr), 20));
	hdr[4] = -5;
	assert_false(eh_frame_is_tame(eh, len, hdr, sizeof(hdr), 20));
	hdr[4] = 24 + 20;
	hdr[2] = 2; /* longer than it is */
	assert_false(eh_frame_is_tame(eh, len, hdr, sizeof(hdr), 20));
	hdr[0] = 0x30031b01; /* other kinds of entries */
	assert_false(eh_frame_is_tame(eh, len, hdr, sizeof(hdr), 20));
}

/* As a patch's: the text of a program whose own table isn't understood. */
static void a_region_has_its_own_table(void **state)
{
	(void)state;
	_autofree_ char *exe = altered_program(misplace_table);
	pid_t pid = start(exe, "nanosleep", NULL);
	_cleanup_(target_closep) struct target *t = NULL;
	_cleanup_(unwinder_destroyp) struct unwinder *uw = NULL;
	struct frame frames[FRAMES];
	size_t n, at, len;

	unlink(exe);
	sleep_ms(2);
	must(target_open(pid, &t));
	must(unwinder_create(t, &uw));

	const struct map *text = program_map(t, MAP_R | MAP_X, 0);
	const struct map *rodata = program_map(t, MAP_R, text->offset);
	size_t size = rodata->end - rodata->start;
	_autofree_ uint8_t *bytes = xmalloc(size);

	must(target_read(t, rodata->start, bytes, size));
	assert_true(scan_eh_frame(bytes, size, &at, &len));
	must(target_stop(t, TIMEOUT));
	assert_int_equal(
		unwind_thread(uw, &t->threads[0], frames, FRAMES, &n, NULL),
		UNWIND_UNKNOWN);
	/* Without the terminator, as a patch's section has none. */
	must(unwinder_add_region(uw, text->start, text->end, rodata->start + at,
				 bytes + at, len - 4));
	assert_int_equal(
		unwind_thread(uw, &t->threads[0], frames, FRAMES, &n, NULL),
		UNWIND_COMPLETE);
	assert_int_equal(count_recursion(frames, n), 29);
	target_release(t);
	end(pid);
}

/* ---- every instruction, against a shadow stack ---- */

struct shadow {
	uint64_t addr[FRAMES]; /* return addresses, outermost first */
	size_t depth;
};

struct stepper {
	pid_t pid;
	struct target *t;
	struct unwinder *uw;
	struct user_regs_struct regs;
	struct shadow shadow;
	size_t steps, unknown, signals;
	bool done;
	const char *why;
};

enum flow { FLOW_OTHER, FLOW_CALL, FLOW_RET, FLOW_SIGRETURN };

static enum flow classify(struct stepper *s)
{
	uint8_t code[16] = {0};
	size_t i = 0;

	target_read_partial(s->t, s->regs.rip, code, sizeof(code));
	while (i < 8 &&
	       (code[i] == 0x66 || code[i] == 0xf2 || code[i] == 0xf3 ||
		code[i] == 0x3e || code[i] == 0x67 || (code[i] & 0xf0) == 0x40))
		i++;
	if (code[i] == 0xe8 ||
	    (code[i] == 0xff && (code[i + 1] & 0x38) == 0x10))
		return FLOW_CALL;
	if (code[i] == 0xc3 || code[i] == 0xc2)
		return FLOW_RET;
	if (code[i] == 0x0f && code[i + 1] == 0x05 &&
	    s->regs.rax == SYS_rt_sigreturn)
		return FLOW_SIGRETURN;
	return FLOW_OTHER;
}

static uint64_t word_at(struct stepper *s, uint64_t addr)
{
	uint64_t word = 0;

	must(target_read(s->t, addr, &word, sizeof(word)));
	return word;
}

static void push(struct stepper *s, uint64_t addr)
{
	assert_true(s->shadow.depth < FRAMES);
	s->shadow.addr[s->shadow.depth++] = addr;
}

static void follow(struct stepper *s, enum flow flow)
{
	switch (flow) {
	case FLOW_CALL:
		push(s, word_at(s, s->regs.rsp));
		break;
	case FLOW_RET:
		assert_int_equal(s->shadow.addr[--s->shadow.depth],
				 s->regs.rip);
		break;
	case FLOW_SIGRETURN:
		/* The trampoline itself was left to: only what it interrupted.
		 */
		assert_int_equal(s->shadow.addr[--s->shadow.depth],
				 s->regs.rip);
		break;
	case FLOW_OTHER:
		break;
	}
}

/* One instruction, or the way into a handler. */
static void step_once(struct stepper *s)
{
	enum flow flow = classify(s);
	uint64_t interrupted;
	int status;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, s->pid, NULL, NULL), 0);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFSTOPPED(status));
	ptrace(PTRACE_GETREGS, s->pid, NULL, &s->regs);
	follow(s, flow);
	s->steps++;
	if (WSTOPSIG(status) == SIGTRAP)
		return;
	assert_int_equal(WSTOPSIG(status), SIGUSR1);
	interrupted = s->regs.rip;
	ptrace(PTRACE_SINGLESTEP, s->pid, NULL, (void *)(long)SIGUSR1);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	ptrace(PTRACE_GETREGS, s->pid, NULL, &s->regs);
	push(s, interrupted);
	push(s, word_at(s, s->regs.rsp));
	s->signals++;
}

/* All of it right, or unknown; and what there is of an unknown one right. */
static void compare(struct stepper *s)
{
	struct thread th = {.tid = s->pid, .regs = s->regs};
	struct frame frames[FRAMES];
	size_t n, depth = s->shadow.depth;
	bool complete = unwind_thread(s->uw, &th, frames, FRAMES, &n,
				      &s->why) == UNWIND_COMPLETE;

	s->unknown += !complete;
	if (!complete) {
		const struct map *m = maps_find(&s->t->maps, s->regs.rip);

		print_message(
			"unknown at %s+%#lx (frame %zu: %s)\n", m->path,
			(unsigned long)(s->regs.rip - m->start + m->offset),
			n - 1, s->why);
	}
	for (size_t i = 1; i < n; i++)
		if (i > depth || frames[i].pc != s->shadow.addr[depth - i])
			fail_msg("step %zu, at %#lx: frame %zu is %#lx",
				 s->steps, (unsigned long)s->regs.rip, i,
				 (unsigned long)frames[i].pc);
	if (complete)
		assert_int_equal(n, depth + 1);
}

/* Up to the first int3, where the shadow stack begins as what is unwound. */
static void begin(struct stepper *s, const char *exe)
{
	struct frame frames[FRAMES];
	struct thread th;
	size_t n;
	int status;

	fflush(NULL);
	s->pid = fork();
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(open("/dev/null", O_WRONLY), 1);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(exe, exe, "step", NULL);
		_exit(1);
	}
	waitpid(s->pid, &status, 0);
	ptrace(PTRACE_CONT, s->pid, NULL, NULL);
	waitpid(s->pid, &status, 0);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	ptrace(PTRACE_GETREGS, s->pid, NULL, &s->regs);
	must(target_open(s->pid, &s->t));
	must(unwinder_create(s->t, &s->uw));
	th = (struct thread){.tid = s->pid, .regs = s->regs};
	assert_int_equal(unwind_thread(s->uw, &th, frames, FRAMES, &n, NULL),
			 UNWIND_COMPLETE);
	assert_true(n >= 4 && n <= 6); /* step main libc libc _start */
	while (--n)
		push(s, frames[n].pc);
}

static void step_through(size_t build)
{
	_autofree_ char *exe = program(build);
	struct stepper s = {0};
	uint8_t int3 = 0;

	begin(&s, exe);
	while (int3 != 0xcc) {
		step_once(&s);
		compare(&s);
		must(target_read(s.t, s.regs.rip, &int3, 1));
	}
	assert_int_equal(s.signals, 1);
	assert_true(s.steps > 3000);
	print_message("%s: %zu instructions, %zu unknown\n", builds[build],
		      s.steps, s.unknown);
	/* ld gives a static program's PLT, of ifuncs, no unwind table. */
	if (strstr(builds[build], "-static"))
		assert_in_range(s.unknown, 0, s.steps / 100);
	else
		assert_in_range(s.unknown, 0, s.steps / 1000);
	unwinder_destroy(s.uw);
	target_close(s.t);
	end(s.pid);
}

static void every_instruction_is_right(void **state)
{
	(void)state;
	for (size_t b = 0; b < NBUILDS; b++)
		step_through(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depths_are_right),
		cmocka_unit_test(objects_without_tables_are_unknown),
		cmocka_unit_test(hostile_tables_are_not_given_to_libdw),
		cmocka_unit_test(search_tables_lead_to_fdes),
		cmocka_unit_test(a_region_has_its_own_table),
		cmocka_unit_test(every_instruction_is_right),
	};
	return cmocka_run_group_tests(tests, compile_all, remove_all);
}
