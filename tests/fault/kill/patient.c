// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "doctor/state.h"
#include "killer.h"

enum { PATIENCE_MS = 20000 };

static void pause_ms(int ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static bool peek(const struct patient *p, uint64_t addr, void *to, size_t len)
{
	struct iovec local = {to, len}, remote = {(void *)addr, len};

	return process_vm_readv(p->pid, &local, 1, &remote, 1, 0) ==
	       (ssize_t)len;
}

static bool is_alive(struct patient *p)
{
	int status;

	if (p->pid <= 0)
		return false;
	if (waitpid(p->pid, &status, WNOHANG) == 0 &&
	    !kill(p->pid, 0))
		return true;
	snprintf(p->why, sizeof(p->why),
		 "the patient has died (status %#x; %s)", status,
		 p->shared->error);
	p->pid = 0;
	return false;
}

size_t patient_count_fds(const struct patient *p)
{
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", p->pid);
	DIR *dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/*
 * Calls `each` for every mapping but the first thread's stack, which grows.
 */
static void for_each_map(const struct patient *p,
			 void (*each)(const struct patient *p, uint64_t start,
				      uint64_t end, const char *line,
				      void *arg),
			 void *arg)
{
	char path[64], line[512];
	uint64_t start, end;

	snprintf(path, sizeof(path), "/proc/%d/maps", p->pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (!strstr(line, "[stack]") &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2)
			each(p, start, end, line, arg);
	}
	if (f)
		fclose(f);
}

static void add_size(const struct patient *p, uint64_t start, uint64_t end,
		     const char *line, void *arg)
{
	(void)p;
	(void)line;
	*(uint64_t *)arg += end - start;
}

uint64_t patient_count_mapped(const struct patient *p)
{
	uint64_t n = 0;

	for_each_map(p, add_size, &n);
	return n;
}

static bool each_has_beaten(const struct patient *p, const uint64_t *from,
			    unsigned int times)
{
	uint32_t n = atomic_load(&p->shared->nthreads);

	for (uint32_t i = 0; i < n; i++)
		if (atomic_load(&p->shared->thread[i].beats) < from[i] + times)
			return false;
	return true;
}

/* What the kernel says of a thread that doesn't go on. */
static void describe_stuck(struct patient *p, uint32_t i)
{
	int tid = atomic_load(&p->shared->thread[i].tid);
	char path[64], line[256];
	size_t len = (size_t)snprintf(p->why, sizeof(p->why),
				      "thread %u does not go on:", i);
	static const char *const keys[] = {"State", "SigPnd", "ShdPnd",
					   "SigBlk", "TracerPid"};

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", p->pid, tid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			if (!strncmp(line, keys[k], strlen(keys[k])))
				len += (size_t)snprintf(
					p->why + len, sizeof(p->why) - len,
					" %.40s", line);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", p->pid, tid);
	f = fopen(path, "r");
	if (f && fgets(line, sizeof(line), f))
		snprintf(p->why + len, sizeof(p->why) - len, " %s", line);
	if (f)
		fclose(f);
}

/* Waits until each thread has done some more rounds. */
static bool await_beats(struct patient *p, unsigned int times)
{
	uint64_t from[MAX_THREADS];
	uint32_t n = atomic_load(&p->shared->nthreads);

	for (uint32_t i = 0; i < n; i++)
		from[i] = atomic_load(&p->shared->thread[i].beats);
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (!is_alive(p))
			return false;
		if (each_has_beaten(p, from, times))
			return true;
		pause_ms(1);
	}
	for (uint32_t i = 0; i < n; i++)
		if (atomic_load(&p->shared->thread[i].beats) < from[i] + times)
			describe_stuck(p, i);
	return false;
}

static bool await_ready(struct patient *p, int threads)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (atomic_load(&p->shared->ready) == (uint32_t)threads)
			return await_beats(p, 2);
		if (!is_alive(p))
			return false;
		pause_ms(1);
	}
	snprintf(p->why, sizeof(p->why), "the patient does not start");
	return false;
}

bool patient_start(struct patient *p, const char *program, int threads,
		   enum mode mode)
{
	char number[16];
	int fd = memfd_create("shared", MFD_CLOEXEC);

	memset(p, 0, sizeof(*p));
	if (fd < 0 || ftruncate(fd, sizeof(*p->shared)))
		return false;
	p->shared = mmap(NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	snprintf(number, sizeof(number), "%d", threads);
	p->pid = fork();
	if (!p->pid) {
		if (fd == SHARED_FD)
			fcntl(fd, F_SETFD, 0);
		else
			dup2(fd, SHARED_FD);
		execl(program, program, number, mode_names[mode],
		      (char *)NULL);
		_exit(127);
	}
	close(fd);
	if (!await_ready(p, threads))
		return false;
	for (int i = 0; i < FUNCTIONS; i++)
		peek(p, p->shared->function[i], p->original[i],
		     sizeof(p->original[i]));
	p->fds = patient_count_fds(p);
	p->mapped = patient_count_mapped(p);
	return true;
}

void patient_end(struct patient *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	munmap(p->shared, sizeof(*p->shared));
}

static bool thread_is_free(struct patient *p, const char *tid)
{
	char path[320], line[256], state = 0;
	long tracer = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", p->pid, tid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "State: %c", &state);
		sscanf(line, "TracerPid: %ld", &tracer);
	}
	if (f)
		fclose(f);
	if (!tracer && state != 't' && state != 'T')
		return true;
	snprintf(p->why, sizeof(p->why), "thread %s is in state %c, traced by "
		 "%ld", tid, state, tracer);
	return false;
}

bool patient_is_free(struct patient *p)
{
	char path[64];
	bool ok = is_alive(p);

	if (!ok)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task", p->pid);
	DIR *dir = opendir(path);
	for (struct dirent *e; ok && dir && (e = readdir(dir));)
		if (e->d_name[0] != '.')
			ok = thread_is_free(p, e->d_name);
	if (dir)
		closedir(dir);
	return ok;
}

/* Whose code is it: search of the patch whose memory a jump leads to. */
struct search {
	uint64_t addr;
	int level;
};

static void look_for_owner(const struct patient *p, uint64_t start,
			   uint64_t end, const char *line, void *arg)
{
	struct search *s = arg;
	struct state_header h;

	if (!strstr(line, STATE_MEMFD_PREFIX) || end - start < sizeof(h) ||
	    !peek(p, start, &h, sizeof(h)) || memcmp(h.magic, STATE_MAGIC, 8))
		return;
	if (s->addr - h.part_addr[LINK_RX] < h.part_size[LINK_RX])
		s->level = (int)h.patchlevel;
}

/* -1: neither the original nor a jump to a patch. */
static int function_level(const struct patient *p, int i)
{
	uint8_t code[CODE_LEN];
	int32_t rel;

	if (!peek(p, p->shared->function[i], code, sizeof(code)))
		return -1;
	if (!memcmp(code, p->original[i], sizeof(code)))
		return 0;
	memcpy(&rel, code + 1, sizeof(rel));
	struct search s = {p->shared->function[i] + 5 + (uint64_t)(int64_t)rel,
			   -1};
	if (code[0] == 0xe9 &&
	    !memcmp(code + 5, p->original[i] + 5, sizeof(code) - 5))
		for_each_map(p, look_for_owner, &s);
	return s.level;
}

int patient_code_level(struct patient *p)
{
	int levels[FUNCTIONS];
	size_t len = 0;

	for (int i = 0; i < FUNCTIONS; i++)
		levels[i] = function_level(p, i);
	for (int l = 0; l < LEVELS; l++) {
		int same = 0;

		for (int i = 0; i < FUNCTIONS; i++)
			same += levels[i] == expected_level(p->shared->mode,
							  l, i);
		if (same == FUNCTIONS)
			return l;
	}
	for (int i = 0; i < FUNCTIONS; i++)
		len += (size_t)snprintf(p->why + len, sizeof(p->why) - len,
					"%s%d", i ? "," : "torn code: levels ",
					levels[i]);
	return -1;
}

bool patient_settle(struct patient *p)
{
	return await_beats(p, 1);
}

void patient_mark(const struct patient *p, uint64_t *ret_switches)
{
	uint32_t n = atomic_load(&p->shared->nthreads);

	for (uint32_t i = 0; i < n; i++)
		ret_switches[i] = atomic_load(&p->shared->thread[i].switches);
}

bool patient_has_no_errors(struct patient *p)
{
	if (!atomic_load(&p->shared->errors))
		return true;
	snprintf(p->why, sizeof(p->why), "%u errors, first: %s",
		 atomic_load(&p->shared->errors), p->shared->error);
	return false;
}

/* Results of the last round. */
static bool results_are_of(struct patient *p, int level)
{
	uint32_t n = atomic_load(&p->shared->nthreads);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t seen = atomic_load(&p->shared->thread[i].level);

		if (seen == (uint32_t)level)
			continue;
		snprintf(p->why, sizeof(p->why),
			 "thread %u got results of level %u, the code is of "
			 "level %d", i, seen, level);
		return false;
	}
	return true;
}

/* How much more than the one switch that was asked for each thread has seen. */
static uint64_t worst_mix(const struct patient *p, const uint64_t *before,
			  const uint64_t *after)
{
	uint32_t n = atomic_load(&p->shared->nthreads);
	uint64_t worst = 0;

	for (uint32_t i = 0; i < n; i++)
		if (after[i] - before[i] > worst + 1)
			worst = after[i] - before[i] - 1;
	return worst;
}

/*
 * Those rounds that were under way are let end. If after a killed doctor the
 * patient goes on writing, that may have been done too late for the next one.
 */
bool patient_is_well(struct patient *p, const uint64_t *before, int *ret_level,
		     uint64_t *ret_mixed)
{
	enum { TRIES = 3 };
	uint64_t mid[MAX_THREADS], after[MAX_THREADS];

	for (int tries = 1;; tries++) {
		if (!await_beats(p, 1))
			return false;
		patient_mark(p, mid);
		if (!await_beats(p, 1) || !patient_has_no_errors(p))
			return false;
		patient_mark(p, after);
		*ret_level = patient_code_level(p);
		bool same = !memcmp(mid, after,
				    sizeof(*mid) * p->shared->nthreads);
		if (same && *ret_level >= 0 && results_are_of(p, *ret_level))
			break;
		if (tries < TRIES)
			continue;
		if (!same)
			snprintf(p->why, sizeof(p->why), "results go on "
				 "changing between old and new");
		return false;
	}
	*ret_mixed = worst_mix(p, before, after);
	return true;
}

bool patient_is_torn(struct patient *p)
{
	bool torn = mode_may_be_torn(p->shared->mode) && await_beats(p, 2) &&
		    patient_has_no_errors(p) && patient_code_level(p) < 0;

	for (int i = 0; torn && i < FUNCTIONS; i++)
		torn = function_level(p, i) >= 0;
	return torn;
}

/*
 * Memory near a library may be where ld.so once had its cache mapped: a word in
 * its data still points there, so a patch that was taken back stays, for the
 * next one to use again (retire.c).
 */
static uint64_t may_stay(const struct patient *p)
{
	return p->shared->mode == MODE_TWO ? 64 << 10 : 0;
}

bool patient_is_clean(struct patient *p)
{
	uint64_t mapped = patient_count_mapped(p);
	size_t fds = patient_count_fds(p);

	if (patient_code_level(p) != 0)
		return false;
	if (mapped - p->mapped <= may_stay(p) && fds == p->fds)
		return true;
	snprintf(p->why, sizeof(p->why),
		 "left behind: %" PRId64 " bytes of memory, %zd open files",
		 (int64_t)(mapped - p->mapped), (ssize_t)(fds - p->fds));
	return false;
}
