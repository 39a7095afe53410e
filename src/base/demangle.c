// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/demangle.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define LONGEST 8192u /* of a name; others stay as they are */

typedef char *demangler(const char *name, char *out, size_t *n, int *status);

/* Loaded only when there is something to say: no program needs it to work. */
static demangler *find_demangler(void)
{
	void *library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
	demangler *found = NULL;

	if (library)
		*(void **)&found = dlsym(library, "__cxa_demangle");
	return found;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static void add_name(demangler *demangle, const char *name, size_t n,
		     struct buf *out)
{
	char *mangled = xstrndup(name, n);
	int status;
	char *plain = n <= LONGEST ? demangle(mangled, NULL, NULL, &status)
				   : NULL;

	if (plain)
		buf_add_str(out, plain);
	else
		buf_add(out, name, n);
	free(plain);
	free(mangled);
}

char *demangle_text(const char *text)
{
	demangler *demangle = strstr(text, "_Z") ? find_demangler() : NULL;
	struct buf out = BUF_INIT;

	if (!demangle)
		return xstrndup(text, strlen(text));
	for (char before = ' '; *text;) {
		size_t n = 0;

		while (is_word(text[n]))
			n++;
		if (n > 2 && before != '=' && !strncmp(text, "_Z", 2))
			add_name(demangle, text, n, &out);
		else
			buf_add(&out, text, n ? n : 1);
		text += n ? n : 1;
		before = text[-1];
	}
	buf_add(&out, "", 1);
	return out.data;
}
