// SPDX-License-Identifier: GPL-2.0-or-later
/* All of its threads run, so one of those that run unmaps the patch. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include "patient.h"

static volatile uint64_t *canary;

NOIPA const char *answer(void)
{
	return "unpatched";
}

static int is_patched(void)
{
	return *(volatile unsigned char *)(uintptr_t)answer == 0xe9;
}

/* Inverted: to the doctor it isn't to look like a pointer into the patch. */
static uintptr_t find_patch(void)
{
	uintptr_t found = 0;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (fgets(line, sizeof(line), maps)) {
		if (!found && strstr(line, "/memfd:kpatch:"))
			found = ~strtoul(line, NULL, 16);
	}
	memset(line, 0, sizeof(line));
	fclose(maps);
	return found;
}

static __attribute__((noinline)) long try_to_map(uintptr_t inverted)
{
	register long flags asm("r10") = MAP_PRIVATE | MAP_ANONYMOUS |
					 MAP_FIXED_NOREPLACE;
	register long fd asm("r8") = -1, offset asm("r9") = 0;
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "0"(SYS_mmap), "D"(~inverted), "S"(4096L),
		       "d"((long)(PROT_READ | PROT_WRITE)), "r"(flags),
		       "r"(fd), "r"(offset)
		     : "rcx", "r11", "memory");
	asm volatile("xorl %%edi, %%edi" ::: "rdi");
	return result;
}

/* Takes the patch's place as soon as it is free. */
static void *take(void *arg)
{
	uintptr_t inverted;

	while (!is_patched())
		;
	while (!(inverted = find_patch()))
		;
	while (is_patched())
		;
	long result;
	do {
		result = try_to_map(inverted);
	} while (result < 0 && result > -4096);
	*(uint64_t *)result = 1;
	canary = (uint64_t *)result;
	return arg;
}

int main(void)
{
	struct timespec now, last = {0};
	pthread_t other;

	pthread_create(&other, NULL, take, NULL);
	while (patient_runs()) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (canary && *canary != 1)
			abort();
		if (now.tv_sec == last.tv_sec)
			continue;
		last = now;
		printf("%s%s\n", answer(), canary ? ", kept" : "");
	}
	return 0;
}
