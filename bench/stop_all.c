// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* process_vm_readv */
#include "stop_all.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "patient.h"

#define THREADS_MAX 4096
#define STACK_BYTES 6144
#define BATCH 1024 /* IOV_MAX */
#define JUMP 5

static int list_threads(pid_t pid, pid_t *tids)
{
	char path[64];
	struct dirent *e;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *d = opendir(path);
	if (!d)
		return -1;
	while ((e = readdir(d)) && n < THREADS_MAX)
		if (e->d_name[0] != '.')
			tids[n++] = atoi(e->d_name);
	closedir(d);
	return n;
}

static int interrupt_all(const pid_t *tids, int n)
{
	int status;

	for (int i = 0; i < n; i++)
		if (ptrace(PTRACE_SEIZE, tids[i], NULL, NULL))
			return -1;
	for (int i = 0; i < n; i++)
		if (ptrace(PTRACE_INTERRUPT, tids[i], NULL, NULL))
			return -1;
	for (int i = 0; i < n; i++)
		if (waitpid(tids[i], &status, __WALL) != tids[i])
			return -1;
	return 0;
}

/* Near the top of a stack less may be there: that is no failure. */
static void read_stacks(pid_t pid, const struct user_regs_struct *regs, int n)
{
	static char stacks[BATCH][STACK_BYTES];
	static struct iovec to[BATCH], from[BATCH];

	for (int at = 0; at < n; at += BATCH) {
		int k = n - at < BATCH ? n - at : BATCH;

		for (int i = 0; i < k; i++) {
			to[i] = (struct iovec){stacks[i], STACK_BYTES};
			from[i] = (struct iovec){(void *)regs[at + i].rsp,
						 STACK_BYTES};
		}
		process_vm_readv(pid, to, (unsigned long)k, from,
				 (unsigned long)k, 0);
	}
}

static int write_jumps(int mem, const char (*bytes)[JUMP], const uint64_t *code,
		       int n)
{
	for (int i = 0; i < n; i++)
		if (pwrite(mem, bytes[i], JUMP, (off_t)code[i]) != JUMP)
			return -1;
	return 0;
}

static int stop_and_write(pid_t pid, int mem, const char (*bytes)[JUMP],
			  const uint64_t *code, int n)
{
	static pid_t tids[THREADS_MAX];
	static struct user_regs_struct regs[THREADS_MAX];
	int threads = list_threads(pid, tids);

	if (threads < 1 || interrupt_all(tids, threads))
		return -1;
	for (int i = 0; i < threads; i++)
		if (ptrace(PTRACE_GETREGS, tids[i], NULL, &regs[i]))
			return -1;
	read_stacks(pid, regs, threads);
	if (write_jumps(mem, bytes, code, n))
		return -1;
	for (int i = 0; i < threads; i++)
		if (ptrace(PTRACE_DETACH, tids[i], NULL, NULL))
			return -1;
	return 0;
}

int stop_all(pid_t pid, const uint64_t *code, int n)
{
	static char bytes[FUNCTIONS][JUMP];
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	int mem = open(path, O_RDWR);
	if (mem < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (pread(mem, bytes[i], JUMP, (off_t)code[i]) != JUMP)
			return -1;
	int r = stop_and_write(pid, mem, bytes, code, n);
	close(mem);
	return r;
}
