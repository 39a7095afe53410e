// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of .kpatch files: parse, show. The checksum would stop almost
 * every input, so it is made right first; the input's last byte says whether.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kpfile/format.h"
#include "kpfile/kpfile.h"
#include "object/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *sink(void)
{
	static FILE *f; /* opened once: an open for each input is slow */

	if (!f)
		f = fopen("/dev/null", "w");
	return f;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t at = offsetof(struct kpfile_header, checksum);
	struct kpfile kp;
	uint8_t *copy;

	if (!size)
		return 0;
	copy = malloc(size);
	memcpy(copy, data, size);
	if (size >= sizeof(struct kpfile_header) && data[size - 1] != 0xff)
		kpfile_checksum(copy, size, copy + at);
	struct error *err = kpfile_parse("input", copy, size, &kp);
	if (!err) {
		err = kpfile_show(&kp, sink());
		kpfile_deinit(&kp);
	}
	error_free(err);
	free(copy);
	return 0;
}
