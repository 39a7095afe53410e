# shellcheck shell=bash disable=SC2154,SC2034,SC2004
# SPDX-License-Identifier: GPL-2.0-or-later
# The servers of run.sh: Debian's packages, unpacked into a folder of ours, so
# that nothing of the system is changed or started. Sourced.

packages="nginx memcached redis-server redis-tools libevent-2.1-7 libjemalloc2 liblzf1
liblua5.1-0 lua-cjson lua-bitop libhiredis0.14 libatomic1 libsasl2-2"
root=$build/packages/root

fetch_packages() {
	local p
	if [ -e "$build/packages/complete" ]; then
		return 0
	fi
	rm -rf "$build/packages"
	mkdir -p "$root" && cd "$build/packages" || return 1
	# shellcheck disable=SC2086 # names
	apt-get -qq -o APT::Sandbox::User=root download $packages ||
		{ apt-get -qq update &&
			apt-get -qq -o APT::Sandbox::User=root download $packages; } ||
		return 1
	for p in ./*.deb; do
		dpkg -x "$p" "$root" || return 1
	done
	touch complete
	cd "$build" || return 1
}

# run_server NAME COMMAND...: from a folder of its own. Sets pid[NAME].
run_server() {
	local name=$1
	shift
	(cd "$build/run-$name" &&
		LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu \
			exec "$@" >"$build/run-$name/output" 2>&1) &
	started+=($!)
	pid[$name]=$!
}

start_small() {
	run_server small "$here/build/server" "${port[small]}"
}

start_redis() {
	run_server redis "$root/usr/bin/redis-server" --port "${port[redis]}" \
		--bind 127.0.0.1 --save "" --appendonly no
}

start_memcached() {
	run_server memcached "$root/usr/bin/memcached" -u root -U 0 -t 2 \
		-l 127.0.0.1 -p "${port[memcached]}"
}

start_nginx() {
	local dir=$build/run-nginx
	mkdir -p "$dir/www" "$dir/logs"
	head -c 1000 /dev/zero | tr '\0' n >"$dir/www/file"
	cat >"$dir/nginx.conf" <<END
daemon off; user root; worker_processes 1;
pid $dir/pid; error_log $dir/logs/error.log;
events { worker_connections 512; }
http {
	access_log /dev/null; keepalive_requests 1000000000;
	keepalive_timeout 3600; root $dir/www; sendfile off;
	client_body_temp_path $dir/t1; proxy_temp_path $dir/t2;
	fastcgi_temp_path $dir/t3; uwsgi_temp_path $dir/t4;
	scgi_temp_path $dir/t5;
	server { listen 127.0.0.1:${port[nginx]}; }
}
END
	run_server nginx "$root/usr/sbin/nginx" -p "$dir" -c "$dir/nginx.conf" \
		-e "$dir/logs/error.log"
}

# Of nginx its worker is patched.
find_worker() {
	local master=${pid[nginx]}
	for _ in {1..50}; do
		read -r "pid[nginx]" _ <"/proc/$master/task/$master/children"
		if [ -n "${pid[nginx]}" ]; then
			return 0
		fi
		sleep 0.1
	done
	return 1
}

# start NAME: and waits until its port answers.
start() {
	local name=$1
	rm -rf "$build/run-$name"
	mkdir -p "$build/run-$name"
	port[$name]=$((20000 + RANDOM % 12000))
	"start_$name"
	for _ in {1..100}; do
		if (exec 3<>"/dev/tcp/127.0.0.1/${port[$name]}") 2>/dev/null; then
			if [ "$name" = nginx ]; then
				find_worker
				return
			fi
			return 0
		fi
		sleep 0.1
	done
	tail -n 20 "$build/run-$name/output"
	return 1
}

stop_servers() {
	local p
	for p in "${started[@]}"; do
		kill "$p" 2>/dev/null
	done
	wait "${started[@]}" 2>/dev/null
	started=()
}
