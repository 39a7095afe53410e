#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's expat, a library, patched in a program that uses it: the parser's main
# loop (hot), the comparison of names of encodings (a static helper, inlined), and
# the list of features (a static table).
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

# Without autoconf; the flags are Debian's.
configure() {
	touch expat/lib/expat_config.h
	cat >Makefile <<-'EOF'
		CFLAGS = -g -O2 -fPIC -fstack-protector-strong -Iexpat/lib -DXML_NS \
			-DXML_DTD -DXML_CONTEXT_BYTES=1024 -DHAVE_GETRANDOM \
			-DXML_ENABLE_VISIBILITY=1 -fvisibility=hidden
		OBJECTS = $(addprefix expat/lib/,xmlparse.o xmlrole.o xmltok.o)
		libexpat.so.1: $(OBJECTS) ; $(CC) $(CFLAGS) -shared -Wl,-soname,$@ -o $@ $^
		install: libexpat.so.1 ; install -D libexpat.so.1 $(DESTDIR)/usr/lib/libexpat.so.1
		clean: ; rm -f libexpat.so.1 expat/lib/*.o
	EOF
}

begin() {
	must "build the program" gcc -O2 -I"$src/expat/lib" -o "$build/driver" \
		"$here/driver.c" "$src/kpmake/usr/lib/libexpat.so.1"
	start env LD_LIBRARY_PATH="$src/kpmake/usr/lib" "$build/driver"
}

answers() {
	ask 1 '<a>1 &lt; 2</a>'
	ask 1 '<?xml version="1.0" encoding="UTF_8"?><a>x</a>'
	ask 1 features
}

run_program expat 'text: 1 < 2
error: unknown encoding
XML_NS: 0' 'text: 1 [ 2
text: x
XML_NS: 1' 'XML_GetFeatureList XmlInitEncoding XmlInitEncodingNS doContent findEncoding findEncodingNS'
finish
