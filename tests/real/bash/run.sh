#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's bash, patched while it waits for commands: a multiplication (hot), the
# characters that are quoted in regular expressions (a static inline helper), and
# RANDOM (whose state is static).
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

configure() {
	CFLAGS="-g -O2 -fstack-protector-strong" ./configure --prefix=/usr \
		--disable-nls --without-bash-malloc --disable-readline &&
		# Each build has a number, in constants that would differ.
		sed -i 's/mkversion.sh -b/mkversion.sh/' Makefile
}

begin() {
	start env -i "$src/kpmake/usr/bin/bash" --norc
}

answers() {
	# shellcheck disable=SC2016 # for that bash
	ask 3 'RANDOM=42; a=$RANDOM; echo $((6 * 7)); [[ aab =~ "a+b" ]]; echo $?
		[ $a -lt 10 ]; echo $?'
}

run_program bash '42
1
1' '43
0
0' 'brand expmuldiv quote_string_for_globbing'
finish
