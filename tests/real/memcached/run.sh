#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's memcached under load, patched: the addition of incr (hot), the line
# that goes before a value (a static inline helper), and the search in the hash
# table (in static variables). What it held before it still holds. Needs libevent.
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

port=
configure() {
	CFLAGS="-g -O2 -fstack-protector-strong" ./configure --prefix=/usr \
		--disable-docs --disable-coverage
}

begin() {
	port=$((20000 + RANDOM % 10000))
	start "$src/kpmake/usr/bin/memcached" -u root -l 127.0.0.1 -p "$port" -t 4
	sleep 0.5
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	printf 'set kept 7 0 3\r\nabc\r\nset hidden 2 0 1\r\nx\r\n' >&7
	said 2 >/dev/null
	load 2>/dev/null &
	loader=$!
}

# Others do the same at the same time, on connections of their own.
load() {
	local n=0
	exec 8>&- 6<>"/dev/tcp/127.0.0.1/$port"
	printf 'set mine 0 0 1\r\n0\r\n' >&6
	head -n 1 <&6 >/dev/null
	while [ -e "$build/input" ] && [ "$n" -lt 100000 ]; do
		printf 'get kept\r\nincr mine 5\r\n' >&6 || return
		for _ in 1 2 3 4; do
			read -r <&6 || return
		done
		n=$((n + 1))
	done
}

said() {
	local n line
	for ((n = 0; n < $1; n++)); do
		read -r -t 10 line <&7
		echo "${line%$'\r'}"
	done
}

answers() {
	printf 'set n 0 0 2\r\n10\r\nincr n 5\r\n' >&7
	said 2
	printf 'get kept\r\n' >&7
	said 3
	printf 'get hidden\r\nget none\r\n' >&7
	said 1 | tee "$build/first"
	if [ "$(cat "$build/first")" != END ]; then
		said 2
	fi
	said 1
}

run_program memcached 'STORED
15
VALUE kept 7 3
abc
END
VALUE hidden 2 1
x
END
END' 'STORED
16
VALUE kept 6 3
abc
END
END
END' 'assoc_find do_add_delta process_get_command.constprop.0'
rm -f "$build/input"
[ -z "${loader:-}" ] || kill "$loader" 2>/dev/null
finish
