// SPDX-License-Identifier: GPL-2.0-or-later
/* What programs and tools do to their memory, some of it to running text. */
#include "modes.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096ul

static char *page_of(int (*f)(void))
{
	return (char *)((uintptr_t)f & ~(PAGE - 1));
}

/* The mapping that report() is in. */
static int text_range(char **ret_start, size_t *ret_len)
{
	uintptr_t at = (uintptr_t)report, from, to;
	FILE *f = fopen("/proc/self/maps", "r");
	char line[4400];
	int found = 0;

	while (f && !found && fgets(line, sizeof(line), f)) {
		found = sscanf(line, "%lx-%lx", &from, &to) == 2 &&
			at >= from && at < to;
	}
	if (f)
		fclose(f);
	*ret_start = (char *)from;
	*ret_len = to - from;
	return found;
}

/* As remappers to huge pages do: a copy in anonymous memory takes its place. */
static int remap_text(void)
{
	char *start, *copy;
	size_t len;

	if (!text_range(&start, &len))
		return -1;
	copy = mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return -1;
	memcpy(copy, start, len);
	if (mprotect(copy, len, PROT_READ | PROT_EXEC) ||
	    mremap(copy, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, start) !=
		    start)
		return -1;
	return 1;
}

/* Only the page of report(), in the middle of the text. */
static int remap_page(void)
{
	char *at = page_of(report);
	char *copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return -1;
	memcpy(copy, at, PAGE);
	if (mprotect(copy, PAGE, PROT_READ | PROT_EXEC) ||
	    mremap(copy, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at)
		return -1;
	return 1;
}

static int set_prot(int prot)
{
	return mprotect(page_of(report), PAGE, prot) ? -1 : 1;
}

/* Another tool's jump (to the next instruction, so that all goes on). */
static int hook(void)
{
	static const unsigned char jump[] = {0xeb, 0x00};
	unsigned char *code = (unsigned char *)report;
	unsigned char saved[16];

	if (set_prot(PROT_READ | PROT_WRITE | PROT_EXEC) < 0)
		return -1;
	memcpy(saved, code, sizeof(saved) - sizeof(jump));
	memcpy(code, jump, sizeof(jump));
	memcpy(code + sizeof(jump), saved, sizeof(saved) - sizeof(jump));
	return set_prot(PROT_READ | PROT_EXEC);
}

static int advise(const char *arg)
{
	static const struct {
		const char *name;
		int advice;
	} all[] = {
		{"hugepage", MADV_HUGEPAGE}, {"dontfork", MADV_DONTFORK},
		{"dontdump", MADV_DONTDUMP}, {"pageout", MADV_PAGEOUT},
		{"cold", MADV_COLD},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!strcmp(arg, all[i].name))
			return madvise(page_of(report), PAGE, all[i].advice)
				       ? -1
				       : 1;
	}
	return -1;
}

/* No room near: every gap within 3 GiB of report() is taken. */
static int fence(void)
{
	uintptr_t here = (uintptr_t)report, at = 65536, from, to;
	uintptr_t reach = 3ul << 30;
	uintptr_t lo = (here > reach ? here - reach : at) & ~(PAGE - 1);
	uintptr_t hi = (here + reach) & ~(PAGE - 1);
	static uintptr_t gaps[512][2];
	char line[4400];
	int n = 0;
	FILE *f = fopen("/proc/self/maps", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2 || n == 512)
			return -1;
		gaps[n][0] = at < lo ? lo : at;
		gaps[n][1] = from > hi ? hi : from;
		n += gaps[n][0] < gaps[n][1];
		at = to;
	}
	if (f)
		fclose(f);
	for (int i = 0; i < n; i++) {
		/* Not the last that the stack may grow into. */
		if (mmap((void *)gaps[i][0], gaps[i][1] - gaps[i][0], PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				 MAP_FIXED_NOREPLACE,
			 -1, 0) == MAP_FAILED)
			return -1;
	}
	return 1;
}

/* As many mappings as the kernel lets a process have, but for `arg`. */
static int many_maps(const char *arg)
{
	int left = atoi(arg);
	char *spare[8];

	/* Shared ones are never merged. */
	for (int i = 0; i < left && i < 8; i++) {
		spare[i] = mmap(NULL, PAGE, PROT_READ,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (spare[i] == MAP_FAILED)
			return -1;
	}
	size_t len = 70000 * 2 * PAGE;
	char *area = mmap(NULL, len, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t at = PAGE;

	if (area == MAP_FAILED)
		return -1;
	while (at < len && !mprotect(area + at, PAGE, PROT_READ))
		at += 2 * PAGE;
	if (at >= len)
		return -1;
	for (int i = 0; i < left && i < 8; i++)
		munmap(spare[i], PAGE);
	return 1;
}

/* A file mapped as another tool would that reads it. */
static int map_file(const char *path, int prot)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) ||
	    mmap(NULL, (size_t)st.st_size, prot, MAP_PRIVATE, fd, 0) ==
		    MAP_FAILED)
		return -1;
	close(fd);
	return 1;
}

int memory_apply(const char *name, const char *arg)
{
	if (!strcmp(name, "remaptext"))
		return remap_text();
	if (!strcmp(name, "remappage"))
		return remap_page();
	if (!strcmp(name, "hook"))
		return hook();
	if (!strcmp(name, "split"))
		return set_prot(PROT_READ | PROT_WRITE | PROT_EXEC);
	if (!strcmp(name, "execonly"))
		return set_prot(PROT_EXEC);
	if (!strcmp(name, "advise"))
		return advise(arg);
	if (!strcmp(name, "lockpage"))
		return mlock(page_of(report), PAGE) ? -1 : 1;
	if (!strcmp(name, "lockall"))
		return mlockall(MCL_CURRENT | MCL_FUTURE) ? -1 : 1;
	if (!strcmp(name, "fence"))
		return fence();
	if (!strcmp(name, "manymaps"))
		return many_maps(arg);
	if (!strcmp(name, "mapdata"))
		return map_file(arg, PROT_READ);
	if (!strcmp(name, "mapexec"))
		return map_file(arg, PROT_READ | PROT_EXEC);
	return 0;
}
