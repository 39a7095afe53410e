// SPDX-License-Identifier: GPL-2.0-or-later
/* Within src/unwind only. */
#ifndef UNWIND_PRIV_H
#define UNWIND_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdw.h>

#include "unwind/unwind.h"

/* ---- memory.c: the patient's memory, read in windows ---- */

struct window {
	struct target *t;
	uint64_t addr;
	size_t len; /* bytes held */
	uint8_t bytes[16384];
};

bool window_read(struct window *w, uint64_t addr, void *data, size_t len);

/* ---- object.c: from an address to call-frame information ---- */

/*
 * What is mapped at [lo, hi) of one file, and its CFI; built on first use.
 * `cfi` is NULL if it has none: `why` says so then.
 */
struct object {
	uint64_t lo, hi;
	struct map identity; /* the text mapping it was built for; no path */
	Dwarf_CFI *cfi;
	Elf *elf;
	uint8_t *image; /* what `elf` is in */
	const char *why;
};

struct objects {
	struct object **all;
	size_t count, cap;
};

void objects_deinit(struct objects *o);

/* The object at pc, never NULL. `regions` are those added by hand. */
const struct object *object_at(struct target *t, struct objects *regions,
			       struct objects *mapped, uint64_t pc);

/*
 * CFI of [lo, hi) from a copy of `.eh_frame` bytes that stand at `addr` in
 * the patient. Never NULL: `why` is set if they are malformed.
 */
struct object *object_from_eh_frame(uint64_t lo, uint64_t hi, uint64_t addr,
				    const void *eh_frame, size_t len);

/* ---- tame.c ---- */

/*
 * Whether libdw can read this with little memory and in little time. `hdr` is
 * .eh_frame_hdr, or NULL; .eh_frame is `frame_off` bytes behind its start.
 */
bool eh_frame_is_tame(const void *eh_frame, size_t len, const void *hdr,
		      size_t hdr_len, int64_t frame_off);

/* ---- scan.c ---- */

/*
 * Looks for a whole .eh_frame section in bytes of a segment. Its address must
 * be a multiple of 4, as the bytes' is.
 */
bool scan_eh_frame(const void *bytes, size_t len, size_t *ret_at,
		   size_t *ret_len);

/* ---- expression.c: DWARF expressions as CFI has them ---- */

enum {
	DWARF_RAX = 0,
	DWARF_RBX = 3,
	DWARF_RBP = 6,
	DWARF_RSP = 7,
	DWARF_R12 = 12,
	DWARF_PC = 16,
	DWARF_COUNT = 17,
};

/* Registers in DWARF's order (rax rdx rcx rbx rsi rdi rbp rsp r8..r15 pc). */
struct registers {
	uint64_t value[DWARF_COUNT];
	uint32_t known; /* bit per register */
};

enum value_kind {
	VALUE_UNKNOWN, /* needs an unknown register, or memory unreadable */
	VALUE_ADDRESS, /* `*ret` is where the value is in memory */
	VALUE_ITSELF,  /* `*ret` is the value */
};

/* `cfa` is NULL if the expression is that of the CFA itself. */
enum value_kind expression_eval(const Dwarf_Op *ops, size_t nops,
				const struct registers *regs,
				const uint64_t *cfa, struct window *memory,
				uint64_t *ret);

#endif
