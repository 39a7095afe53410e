// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The .kpatch file: a header and a relocatable ELF object (docs/man/kpatch.5).
 * A .kpatch is data from outside: kpfile_parse() checks every field before it
 * is used and the checksum over all of it; nothing else in the project reads
 * the header.
 */
#ifndef KPFILE_KPFILE_H
#define KPFILE_KPFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define BUILDID_MAX 64

struct buildid {
	uint8_t len; /* 0: none */
	uint8_t bytes[BUILDID_MAX];
};

/* Lower-case hex, NUL-terminated; `out` has 2 * BUILDID_MAX + 1 bytes. */
void buildid_format(const struct buildid *id, char *out);

/* Fails with ERR_USAGE if `hex` is no BuildID of 1..BUILDID_MAX bytes. */
struct error *buildid_parse(const char *hex, struct buildid *ret_id) MUST_CHECK;

int buildid_equal(const struct buildid *a, const struct buildid *b);

struct kpfile {
	struct buildid buildid;
	uint32_t patchlevel;  /* 0: none given */
	uint64_t build_time;  /* seconds since 1970, 0: unknown */
	char *object_name;    /* never NULL, may be "" */
	char *description;    /* never NULL, may be "" */
	char *cves;           /* never NULL; separated by ',' */
	uint8_t checksum[32]; /* SHA-256, as in the file */
	struct buf
		image; /* the ELF object; `image.data` is owned, 16-aligned */
};

void kpfile_deinit(struct kpfile *kp);

/*
 * Parses the bytes of a .kpatch file; `name` is for messages. Copies what it
 * keeps. Fails with ERR_BADFILE. The ELF object itself is not looked at.
 */
struct error *kpfile_parse(const char *name, const void *data, size_t len,
			   struct kpfile *ret_kp) MUST_CHECK;

/* file_read() and kpfile_parse(). */
struct error *kpfile_read(const char *path, struct kpfile *ret_kp) MUST_CHECK;

/* The bytes of the file for `kp` (its checksum field is not looked at). */
struct error *kpfile_format(const struct kpfile *kp,
			    struct buf *ret_bytes) MUST_CHECK;

#endif
