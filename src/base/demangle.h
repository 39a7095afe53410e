// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef BASE_DEMANGLE_H
#define BASE_DEMANGLE_H

/*
 * The text with C++ names as they are in the source, in place of _Z…; the
 * caller frees it. By libstdc++ if there is one, else (and for what isn't a
 * mangled name) nothing changes; nor behind "=", as in what is to be typed.
 * Not for hostile text: a demangler is a parser without limits of its own.
 */
char *demangle_text(const char *text);

#endif
