// SPDX-License-Identifier: GPL-2.0-or-later
/* The relocation types that a patch may hold: what they are called and do. */
#ifndef LINK_RELOC_TYPES_H
#define LINK_RELOC_TYPES_H

#include <stdint.h>

/* What is computed; S symbol, A addend, P place, G the symbol's GOT slot. */
enum reloc_value {
	VALUE_UNKNOWN,
	VALUE_NONE,
	VALUE_ADDRESS,	  /* S + A */
	VALUE_RELATIVE,	  /* S + A - P */
	VALUE_GOT,	  /* G + A - P; the slot holds S */
	VALUE_GOT_TPOFF,  /* G + A - P; the slot holds S's offset from %fs */
	VALUE_TPOFF,	  /* offset from %fs, + A */
	VALUE_TLS_MODULE, /* id of the module that S is in */
	VALUE_TLS_OFFSET, /* offset of S in its module's block, + A */
};

enum reloc_range { RANGE_64, RANGE_S32, RANGE_U32 };

struct reloc_type {
	const char *name;
	enum reloc_value value;
	enum reloc_range range;
};

/* VALUE_UNKNOWN for types that a patch cannot hold. */
const struct reloc_type *reloc_type(uint32_t type);

static inline unsigned int reloc_width(const struct reloc_type *t)
{
	return t->value == VALUE_NONE ? 0 : t->range == RANGE_64 ? 8 : 4;
}

static inline int reloc_is_tls(const struct reloc_type *t)
{
	return t->value >= VALUE_GOT_TPOFF;
}

#endif
