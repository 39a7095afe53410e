#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's sqlite3, as the library that programs use, of its one file of 8 MB: the
# interpreter (hot), the access to a result (a static helper, inlined in all
# sqlite3_column_*), and the statistics (static variables). Needs tclsh.
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

kpmake_options=(--srcdir build)

configure() {
	mkdir build && cd build &&
		../configure --disable-tcl --disable-readline && make sqlite3.c &&
		cd .. || return 1
	cat >Makefile <<-'EOF'
		CFLAGS = -g -O2 -fPIC -fstack-protector-strong
		libsqlite3.so.0: build/sqlite3.c ; $(CC) $(CFLAGS) -shared -Wl,-soname,$@ -o $@ build/sqlite3.c
		install: libsqlite3.so.0 ; install -D libsqlite3.so.0 $(DESTDIR)/usr/lib/libsqlite3.so.0
		clean: ; rm -f libsqlite3.so.0
	EOF
}

begin() {
	must "build the program" gcc -O2 -I"$src/build" -o "$build/driver" \
		"$here/driver.c" "$src/kpmake/usr/lib/libsqlite3.so.0"
	start env LD_LIBRARY_PATH="$src/kpmake/usr/lib" "$build/driver"
}

answers() {
	ask 1 'select a * 7, count(*) from t where a = 6'
	ask 1 'select count(*), sum(a) from t'
}

run_program sqlite3 'result 42, column 99: 0, memory is used: 1
result 1000, column 99: 0, memory is used: 1' 'result 43, column 99: 43, memory is used: 0
result 1000, column 99: 1000, memory is used: 0' 'columnMem sqlite3VdbeExec sqlite3_status64'
finish
