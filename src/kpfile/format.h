// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header of a .kpatch file as it lies in the file: little-endian, no
 * padding of the compiler's. docs/man/kpatch.5 describes the same fields.
 * Only kpfile.c and its tests use this.
 */
#ifndef KPFILE_FORMAT_H
#define KPFILE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "kpfile/kpfile.h"

#define KPFILE_MAGIC "\x7fKPATCH" /* with its NUL: 8 bytes */
#define KPFILE_VERSION 1u
#define KPFILE_ALIGN 16u
#define KPFILE_MAX_LABELS ((uint32_t)1 << 16)
#define KPFILE_MAX_SIZE ((uint64_t)1 << 30)

/* A text behind the fixed fields; `len` doesn't count its NUL. */
struct kpfile_label {
	uint32_t off; /* from the start of the file */
	uint32_t len;
};

enum kpfile_label_kind { LABEL_OBJECT, LABEL_DESCRIPTION, LABEL_CVES, LABELS };

struct kpfile_header {
	char magic[8];
	uint32_t version;
	uint32_t header_size; /* with the labels; multiple of 16 */
	uint64_t total_size;  /* of the file */
	uint64_t image_size;  /* header_size + image_size == total_size */
	uint64_t build_time;
	uint32_t patchlevel;
	uint32_t flags;      /* 0 */
	uint8_t buildid_len; /* 1..64 */
	uint8_t reserved[7]; /* 0 */
	uint8_t buildid[BUILDID_MAX];
	struct kpfile_label labels[LABELS];
	uint8_t reserved2[16]; /* 0 */
	uint8_t checksum[32];  /* SHA-256 of the file with this field zero */
	uint8_t key_id[16];    /* of the signature; all zero: unsigned */
	uint8_t signature[64];
};

_Static_assert(sizeof(struct kpfile_header) == 272, "as in kpatch.5");
_Static_assert(offsetof(struct kpfile_header, checksum) == 160,
	       "as in kpatch.5");

/* The checksum of a file's bytes, whatever its checksum field holds. `len` is
   at least sizeof(struct kpfile_header). */
void kpfile_checksum(const void *data, size_t len, uint8_t ret_sum[32]);

#endif
