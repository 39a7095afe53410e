// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Links a patch object for one place in one process: bytes and addresses in,
 * bytes out. Never touches a process: what it must know of it comes through
 * `struct link_env`.
 *
 * Two steps, so that memory can be found in between:
 *   link_load()     checks the object, lays its sections out in three parts
 *   link_resolve()  with the address of the parts known: symbols, GOT, jump
 *                   table, relocations; every overflow is an error
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "kpfile/kpfile.h"

/*
 * If a patch has functions that the patient is to call (struct link_hunk's
 * `calls`), LINK_RW begins with the stack for them.
 */
#define LINK_CALL_STACK 65536u

enum link_part { LINK_R, LINK_RX, LINK_RW, LINK_PARTS };

/* How the program would use the symbol that is asked for. */
enum link_use {
	LINK_CALL, /* through PLT: a function, ifuncs resolved */
	LINK_ADDRESS, /* its address: a canonical PLT entry or a COPY first */
};

struct link_env {
	void *arg;
	uint64_t load_bias; /* of the object that is patched */

	/*
	 * Address of an imported symbol as the object would bind it, and
	 * whether it is a function's.
	 */
	struct error *(*symbol)(void *arg, const char *name,
				const char *version, /* NULL: default */
				enum link_use use, uint64_t *ret_addr,
				bool *ret_is_function);
	/* Thread-pointer offset of an imported (or own) TLS symbol. */
	struct error *(*tls_offset)(void *arg, const char *name,
				    const char *version, int64_t *ret_tpoff);
	/* Thread-pointer offset of the object's own TLS block's byte `off`. */
	struct error *(*own_tls_offset)(void *arg, uint64_t off,
					int64_t *ret_tpoff);
	/* TLS module id of the object itself (name NULL), or of the import,
	   with the offset in its block. */
	struct error *(*tls_module)(void *arg, const char *name,
				    const char *version, uint64_t *ret_module,
				    uint64_t *ret_offset);
};

struct link_hunk {
	char *name;
	uint64_t orig_vaddr; /* link-time address in the object */
	uint64_t orig_len;
	uint32_t padding; /* overwritable bytes behind the function */
	uint64_t new_off; /* in LINK_RX; with new_len 0: no counterpart */
	uint64_t new_len;
	bool range_only;
	bool is_new; /* a new function: no original */
	uint32_t calls; /* KPATCH_INFO_CALLS or a part: libcare.h */
	bool keep; /* a variable: new_off is in LINK_RW */
	bool is_data; /* no function: 8 bytes that the doctor fills in */
	const uint8_t *orig_bytes; /* orig_len bytes, in the patch object */
};

struct linked;

/* Fails with ERR_BADFILE. `kp` must outlive the result. */
struct error *link_load(const struct kpfile *kp, struct linked **ret_linked)
	MUST_CHECK;
void linked_free(struct linked *l);
void linked_freep(struct linked **l);

/* Bytes of a part, page multiple, jump table and GOT included; may be 0. */
size_t linked_size(const struct linked *l, enum link_part part);

/* Where nothing follows any more in LINK_RX, up to its size. */
size_t linked_code_end(const struct linked *l);

const struct link_hunk *linked_hunks(const struct linked *l, size_t *ret_n);

/* ERR_FAILED with symbol, section and offset of what cannot be linked. */
struct error *link_resolve(struct linked *l, const struct link_env *env,
			   const uint64_t part_addr[LINK_PARTS]) MUST_CHECK;

/* The bytes of a part; valid after link_resolve(). */
const uint8_t *linked_bytes(const struct linked *l, enum link_part part);

/*
 * Name (with "@VERSION") of the n-th imported symbol, NULL behind the last.
 */
const char *linked_import(const struct linked *l, size_t n);

/* Where .kpatch.eh_frame is: offset in LINK_R and length (0: none). */
void linked_eh_frame(const struct linked *l, uint64_t *ret_off,
		     size_t *ret_len);

/*
 * The table in which an unwinding runtime finds the patch's FDEs (its
 * .eh_frame_hdr): offset in LINK_R and length. 0: there is none, as the patch
 * has no .kpatch.eh_frame or not one as kpatch_gensrc writes them.
 */
void linked_eh_frame_hdr(const struct linked *l, uint64_t *ret_off,
			 size_t *ret_len);

/* Whether a function of it takes part when an exception passes. */
bool linked_has_personality(const struct linked *l);

/*
 * Not from a patch file: bytes (page multiples, copied) for LINK_R and LINK_RX
 * with one hunk, `is_data`, of that name.
 */
struct linked *linked_from_bytes(const char *name, const uint8_t *r,
				 size_t r_len, const uint8_t *rx,
				 size_t rx_len);

/* Behind its own hunks: one more, `is_new` and `is_data`. */
void linked_add_data_hunk(struct linked *l, const char *name);

#endif
