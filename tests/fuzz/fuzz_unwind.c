// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a patient's .eh_frame and stack; the patient is this program.
 * Input: 2 bytes, how far before .eh_frame the thread's pc is; 1 byte, the
 * rest of the stack in units of 8 bytes, then that stack; then .eh_frame.
 * The unwinder must come to an end, and must not take memory by the gigabyte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "unwind/unwind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT 0x20000000u
#define TEXT_SIZE 0x10000u
#define STACK 0x30000000u
#define STACK_SIZE 0x1000u
#define MAX_FRAMES 64

static struct target *map_patient(void)
{
	static struct target *t; /* once: it reads all maps */

	if (t)
		return t;
	/* Calls everywhere: any place follows one. */
	memset(mmap((void *)(uintptr_t)TEXT, TEXT_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
	       0xe8, TEXT_SIZE);
	memset(mmap((void *)(uintptr_t)STACK, STACK_SIZE,
		    PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
	       0, STACK_SIZE);
	if (target_open(getpid(), &t))
		abort();
	return t;
}

static void unwind(struct target *t, uint64_t pc, const void *eh_frame,
		   size_t len)
{
	const uint64_t eh_addr = TEXT + TEXT_SIZE;
	_cleanup_(unwinder_destroyp) struct unwinder *uw = NULL;
	struct thread thread = {.tid = getpid(), .stopped = true};
	struct frame frames[MAX_FRAMES];
	const char *why = NULL;
	size_t n = 0;

	if (unwinder_create(t, &uw))
		abort();
	struct error *err = unwinder_add_region(uw, TEXT, TEXT + TEXT_SIZE,
						eh_addr, eh_frame, len);
	if (err) {
		error_free(err);
		return;
	}
	thread.regs.rip = pc;
	thread.regs.rsp = STACK;
	thread.regs.rbp = STACK + 64;
	enum unwind_end end =
		unwind_thread(uw, &thread, frames, MAX_FRAMES, &n, &why);
	if (n == 0 || n > MAX_FRAMES || (end == UNWIND_UNKNOWN) != (why != NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target *t = map_patient();
	uint16_t before;

	if (size < 3)
		return 0;
	memcpy(&before, data, sizeof(before));
	size_t stack = data[2] * 8u;
	data += 3;
	size -= 3;
	if (stack > size)
		stack = size;
	memset((void *)(uintptr_t)STACK, 0, STACK_SIZE);
	memcpy((void *)(uintptr_t)STACK, data, stack);
	/* A copy of its own size: ASan sees a read behind its end. */
	_autofree_ uint8_t *eh_frame = malloc(size - stack + 1);
	memcpy(eh_frame, data + stack, size - stack);
	unwind(t, TEXT + TEXT_SIZE - before, eh_frame, size - stack);
	return 0;
}
