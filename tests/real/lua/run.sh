#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's lua, patched while it talks to us: how a number is printed (hot), the
# position that string functions share (a static helper, inlined), and the options
# of collectgarbage (static tables, which grow).
# check: quick
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

# Debian's needs libtool; the flags are its.
configure() {
	echo '#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"' \
		>src/lua5.4-deb-multiarch.h
	cat >Makefile <<-'EOF'
		CFLAGS = -g -O2 -fstack-protector-strong -Wall -DLUA_COMPAT_5_3 \
			-DLUA_USE_LINUX
		OBJECTS = $(patsubst %.c,%.o,$(filter-out src/luac.c,$(wildcard src/*.c)))
		lua: $(OBJECTS) ; $(CC) $(CFLAGS) -Wl,-E -Wl,-z,relro -Wl,-z,now -o $@ $^ -lm -ldl
		install: lua ; install -D lua $(DESTDIR)/usr/bin/lua
		clean: ; rm -f lua src/*.o
	EOF
}

begin() {
	start "$src/kpmake/usr/bin/lua" -i
	sleep 0.3
}

answers() {
	ask 1 'print(1 / 3)'
	ask 1 'print(("hello"):sub(0), ("hello"):find("l", 0))'
	ask 1 'print((pcall(collectgarbage, "kbytes")))'
}

run_program lua5.4 '> 0.33333333333333
> hello	3	3
> false' '> 0.33333
> ello	3	3
> true' 'gmatch luaB_collectgarbage str_byte str_find_aux str_sub str_unpack tostringbuff.part.0.isra.0'
finish
