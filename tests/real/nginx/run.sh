#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's nginx, patched while it serves: the headers of each response (hot), how
# numbers are printed (a static helper), and the time that it keeps (in static
# variables).
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

port=
configure() {
	./configure --prefix=/usr --without-http_rewrite_module \
		--without-http_gzip_module --with-cc-opt='-g -O2'
}

begin() {
	port=$((20000 + RANDOM % 10000))
	mkdir -p "$build/run/logs"
	printf '%4711s' x >"$build/run/file"
	touch -d @1700000000 "$build/run/file"
	cat >"$build/run/conf" <<-EOF
		daemon off; master_process off; error_log stderr; pid $build/run/pid;
		events { }
		http {
			access_log off;
			server { listen 127.0.0.1:$port; root $build/run; }
		}
	EOF
	start "$src/kpmake/usr/sbin/nginx" -p "$build/run" -c "$build/run/conf"
	sleep 0.5
}

answers() {
	sleep 1.1 # its time is made once a second
	exec 7<>"/dev/tcp/127.0.0.1/$port"
	printf 'HEAD /file HTTP/1.0\r\n\r\n' >&7
	tr -d '\r' <&7 | sed -nE 's/^Date: .* (...)$/Date in \1/p
		/^X-Fixed|^Content-Length/p; s/^ETag: .*-(.*)"/ETag -\1/p'
	exec 7>&-
}

run_program nginx 'Date in GMT
Content-Length: 4711
ETag -1267' 'X-Fixed: yes
Date in UTC
Content-Length: 4711
ETag -feed' 'ngx_http_header_filter ngx_sprintf_num ngx_time_update'
finish
