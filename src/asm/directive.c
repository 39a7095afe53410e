// SPDX-License-Identifier: GPL-2.0-or-later
#include "asm/directive.h"

#include <string.h>

/* Sorted by name, for bsearch. */
static const struct {
	const char *name;
	enum directive is;
} directives[] = {
	{".2byte", D_DATA},         {".4byte", D_DATA},
	{".8byte", D_DATA},         {".addrsig", D_NOTE},
	{".addrsig_sym", D_NOTE},   {".align", D_ALIGN},
	{".ascii", D_DATA},         {".asciz", D_DATA},
	{".balign", D_ALIGN},       {".bss", D_SHORT_SECTION},
	{".byte", D_DATA},          {".comm", D_COMM},
	{".data", D_SHORT_SECTION}, {".double", D_DATA},
	{".equ", D_ASSIGN},         {".equiv", D_ASSIGN},
	{".file", D_NOTE},          {".fill", D_DATA},
	{".float", D_DATA},         {".global", D_GLOBAL},
	{".globl", D_GLOBAL},       {".hidden", D_HIDDEN},
	{".hword", D_DATA},         {".ident", D_NOTE},
	{".int", D_DATA},           {".intel_syntax", D_INTEL},
	{".internal", D_HIDDEN},    {".lcomm", D_LCOMM},
	{".loc", D_NOTE},           {".local", D_LOCAL},
	{".long", D_DATA},          {".octa", D_DATA},
	{".p2align", D_ALIGN},      {".popsection", D_POP},
	{".previous", D_PREVIOUS},  {".protected", D_NOTE},
	{".pushsection", D_PUSH},   {".quad", D_DATA},
	{".section", D_SECTION},    {".set", D_ASSIGN},
	{".short", D_DATA},         {".single", D_DATA},
	{".size", D_SIZE},          {".skip", D_DATA},
	{".sleb128", D_DATA},       {".space", D_DATA},
	{".string", D_DATA},        {".text", D_SHORT_SECTION},
	{".type", D_TYPE},          {".uleb128", D_DATA},
	{".value", D_DATA},         {".weak", D_WEAK},
	{".word", D_DATA},          {".zero", D_DATA},
};

enum directive directive_of(struct slice name)
{
	size_t lo = 0, hi = sizeof(directives) / sizeof(directives[0]);

	if (slice_starts(name, ".cfi_"))
		return D_CFI;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const char *key = directives[mid].name;
		size_t n = strlen(key);
		int c = memcmp(name.p, key, name.n < n ? name.n : n);

		if (c == 0 && name.n == n)
			return directives[mid].is;
		if (c < 0 || (c == 0 && name.n < n))
			hi = mid;
		else
			lo = mid + 1;
	}
	return D_OPAQUE;
}
