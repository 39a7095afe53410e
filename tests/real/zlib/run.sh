#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's zlib, patched in a program that uses it: how long it looks for a match
# (hot), the check of a stream's state (a static helper, inlined), and what level
# 1 means (a static table).
# check: quick
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

configure() {
	CFLAGS="-g -O2 -fstack-protector-strong" ./configure --shared --prefix=/usr
}

begin() {
	must "build the program" gcc -O2 -I"$src" -o "$build/driver" \
		"$here/driver.c" "$src/kpmake/usr/lib/libz.so.1"
	start env LD_LIBRARY_PATH="$src/kpmake/usr/lib" "$build/driver"
}

answers() {
	ask 1 'level 6'
	ask 1 'state'
	ask 1 'level 1'
}

run_program zlib "level 6: 65985
reset 0, sync -5
level 1: 76626" "level 6: 66171
reset -2, sync -2
level 1: 77708" "deflate deflateParams deflateReset inflateCodesUsed \
inflateGetDictionary inflateGetHeader inflateMark inflatePrime inflateReset \
inflateStateCheck inflateSyncPoint inflateUndermine inflateValidate longest_match"
finish
