// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "kpfile/kpfile.h"

void buildid_format(const struct buildid *id, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned int i = 0; i < id->len; i++) {
		*out++ = hex[id->bytes[i] >> 4];
		*out++ = hex[id->bytes[i] & 15];
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

struct error *buildid_parse(const char *hex, struct buildid *ret_id)
{
	size_t digits = strlen(hex);
	struct buildid id = {.len = (uint8_t)(digits / 2)};

	if (digits == 0 || digits % 2 || digits > 2 * BUILDID_MAX)
		return error_new(ERR_USAGE,
				 "\"%.140s\" is no BuildID: expected an even "
				 "number of hex digits, at most %d",
				 hex, 2 * BUILDID_MAX);
	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(hex[i]);

		if (digit < 0)
			return error_new(ERR_USAGE,
					 "\"%s\" is no BuildID: '%c' is no hex "
					 "digit",
					 hex, hex[i]);
		id.bytes[i / 2] = (uint8_t)(id.bytes[i / 2] << 4 | digit);
	}
	*ret_id = id;
	return NULL;
}

int buildid_equal(const struct buildid *a, const struct buildid *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}
