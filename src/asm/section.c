// SPDX-License-Identifier: GPL-2.0-or-later
#include "asm/section.h"

#include <string.h>

/* ".text" and ".text.hot", but not ".textual". */
static bool is_or_under(struct slice name, const char *base)
{
	return slice_starts(name, base) &&
	       (name.n == strlen(base) || name.p[strlen(base)] == '.');
}

/* Flags between the first quotes of the arguments; n is 0 if there are none. */
static struct slice flags_of(struct slice args)
{
	struct slice first = slice_next_operand(&args);

	if (first.n < 2 || first.p[0] != '"')
		return (struct slice){0};
	return (struct slice){first.p + 1, first.n - 2};
}

static enum asm_section_kind kind_of(struct slice name, struct slice args)
{
	static const struct {
		const char *base;
		enum asm_section_kind kind;
	} known[] = {
		{".text", SEC_TEXT},	     {".rodata", SEC_RODATA},
		{".data.rel.ro", SEC_RELRO}, {".data", SEC_DATA},
		{".bss", SEC_BSS},	     {".tdata", SEC_TLS},
		{".tbss", SEC_TLS},	     {".init_array", SEC_INIT},
		{".fini_array", SEC_INIT},   {".preinit_array", SEC_INIT},
		{".ctors", SEC_INIT},	     {".dtors", SEC_INIT},
		{".gcc_except_table", SEC_LSDA},
		{".note", SEC_NOTE},	     {".comment", SEC_NOTE},
		{".stapsdt", SEC_NOTE},	     {".libcare", SEC_MARKS},
	};
	struct slice flags = flags_of(args);
	bool has_flags = args.n > 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is_or_under(name, known[i].base))
			return known[i].kind;
	if (!has_flags || !flags.n || !memchr(flags.p, 'a', flags.n))
		return SEC_NOTE;
	if (memchr(flags.p, 'x', flags.n))
		return SEC_TEXT;
	if (memchr(flags.p, 'T', flags.n))
		return SEC_TLS;
	if (memchr(flags.p, 'w', flags.n))
		return SEC_DATA;
	return SEC_OTHER;
}

struct asm_section *section_intern(struct asm_file *f, struct slice name,
				   struct slice args)
{
	struct asm_section *s;

	if (name.n >= 2 && name.p[0] == '"') {
		name.p++;
		name.n -= 2;
	}
	s = strmap_get(&f->section_by_name, name.p, name.n);
	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->name = name;
	s->args = args;
	s->kind = kind_of(name, args);
	VEC_GROW(f->sections, f->nsections, f->cap_sections);
	f->sections[f->nsections++] = s;
	strmap_put(&f->section_by_name, name.p, name.n, s);
	return s;
}
