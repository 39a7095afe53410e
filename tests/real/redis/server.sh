# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# The redis-server of run.sh: started, filled, asked, loaded. Sourced; $bin is
# where redis' programs are, $build where files may be left.

run=$build/run # the server's directory
server=        # its process
benches=() # processes of the load
patience=30
batch=5000 # requests in a round of the load

# With more options of its own.
start_server() {
	rm -rf "$run"
	mkdir -p "$run"
	# A socket's name must be short: the server runs in its directory. The
	# load goes over loopback TCP, as it would.
	port=$((20000 + RANDOM % 20000))
	(cd "$run" && exec "$bin/redis-server" --port "$port" \
		--bind 127.0.0.1 --save "" --appendonly no --logfile "$run/log" \
		--loglevel verbose \
		--enable-debug-command local --daemonize no "$@" >"$run/output" 2>&1) &
	server=$!
	for ((i = 0; i < patience * 10; i++)); do
		if [ "$(cli ping 2>/dev/null)" = PONG ]; then
			return 0
		fi
		sleep 0.1
	done
	return 1
}

cli() {
	"$bin/redis-cli" -h 127.0.0.1 -p "$port" "$@"
}

# Commands from standard input: only there redis-cli knows "\x01".
cli_binary() {
	cli | sed '/^$/d'
}

write_keys() {
	local i
	for ((i = 0; i < 200; i++)); do
		echo "set known:string:$i value-$i-$((i * i))"
		echo "hset known:hash f$i v$i"
		echo "rpush known:list element-$i"
		echo "sadd known:set member-$i"
		echo "zadd known:zset $i z$i"
		echo "xadd known:stream $((i + 1))-0 field value-$i"
	done | cli >/dev/null
	cli set known:big "$(head -c 100000 /dev/zero | tr '\0' x)" >/dev/null
}

# Digests of the values of all these keys.
digest_keys() {
	local -a keys
	mapfile -t keys < <(cli --scan --pattern 'known:*' | sort)
	echo "${#keys[@]} keys"
	cli debug digest-value "${keys[@]}"
}

# The payloads are from the fixes' own tests. The key's name says when.
restore_shared_nack() {
	local payload='\x0f\x01\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00'
	payload+='\x00\x00\x00\x00\x00\x25\x25\x00\x00\x00\x0a\x00\x01\x01\x00'
	payload+='\x01\x01\x01\x85\x66\x69\x65\x6c\x64\x06\x00\x01\x02\x01\x00'
	payload+='\x01\x00\x01\x85\x76\x61\x6c\x75\x65\x06\x04\x01\xff\x01\x01'
	payload+='\x00\x01\x07\x6d\x79\x67\x72\x6f\x75\x70\x01\x00\x01\x00\x00'
	payload+='\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x4a'
	payload+='\x79\x89\x8f\x9f\x01\x00\x00\x01\x02\x09\x63\x6f\x6e\x73\x75'
	payload+='\x6d\x65\x72\x41\x4a\x79\x89\x8f\x9f\x01\x00\x00\x01\x00\x00'
	payload+='\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x09'
	payload+='\x63\x6f\x6e\x73\x75\x6d\x65\x72\x42\x54\x79\x89\x8f\x9f\x01'
	payload+='\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00'
	payload+='\x00\x00\x00\x00\x09\x00\xf6\xea\x7b\x6c\xb8\xb8\xd8\xb4'
	printf '%s\n' "debug set-skip-checksum-validation 1" \
		"restore nack:$1 0 \"$payload\"" \
		"debug set-skip-checksum-validation 0" |
		cli_binary | sed -n 2p
}

restore_zipmap_field() {
	local payload='\x09\x11\x01\xfe\x04\x00\x00\x00\x01\x00\xff\x00\x04\x00'
	payload+='\x76\x61\x6c\x31\xff\x09\x00\xf9\xd5\xa4\xf7\x7d\x00\x3f\x1b'
	echo "restore zipmapf:$1 0 \"$payload\"" | cli_binary
}

restore_zipmap_value() {
	local payload='\x09\x0e\x01\x01\x6b\xfe\x04\x00\x00\x00\x00\x76\x61\x6c'
	payload+='\x31\xff\x09\x00\xd0\xf9\xe4\x1d\xe4\xfb\x11\x4c'
	echo "restore zipmapv:$1 0 \"$payload\"" | cli_binary
}

restore_huge_string() {
	local payload='\x00\x81\xff\xff\xff\xff\xff\xff\xff\xf7\x09\x00\x00\x00'
	payload+='\x00\x00\x00\x00\x00\x00'
	printf '%s\n' "debug set-skip-checksum-validation 1" \
		"restore huge:$1 0 \"$payload\"" \
		"debug set-skip-checksum-validation 0" |
		cli_binary | sed -n 2p
}

# Rounds of redis-benchmark until told to stop; it ends at the first failed
# request. What it says then, or "ended", is left in load.NAME.
load() {
	local name=$1 round=0 out
	shift
	while ! [ -e "$run/stop" ]; do
		if ! out=$(timeout "$patience" "$bin/redis-benchmark" -q \
			-h 127.0.0.1 -p "$port" "$@" 2>&1); then
			tr '\r' '\n' <<<"$out" | tail -n 5 >"$run/load.$name"
			return 1
		fi
		round=$((round + 1))
		echo "$round" >"$run/rounds.$name"
	done
}

start_load() {
	load increments -c 10 -n "$batch" incr known-counter &
	benches=($!)
	load mixed -c 20 -n 1000 -r 1000 -d 100 -t \
		set,get,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,mset &
	benches+=($!)
	sleep 1
}

load_state() {
	local pid
	for pid in "${benches[@]}"; do
		kill -0 "$pid" 2>/dev/null || {
			echo "ended"
			return
		}
	done
	echo "running"
}

# Sets $load_failures, what went wrong, and $increments_sent.
stop_load() {
	touch "$run/stop"
	wait "${benches[@]}"
	benches=()
	load_failures=$(cat "$run"/load.* 2>/dev/null)
	increments_sent=$(($(cat "$run/rounds.increments") * batch))
}

# "gone" once the server has ended.
wait_gone() {
	local i
	for ((i = 0; i < patience * 10; i++)); do
		if [ ! -d "/proc/$server" ] ||
			grep -qs '^State:.Z' "/proc/$server/status"; then
			echo "gone"
			return
		fi
		sleep 0.1
	done
	echo "there"
}

# Sets $server_code, its exit code.
stop_server() {
	cli shutdown nosave >/dev/null 2>&1
	if [ "$(wait_gone)" != gone ]; then
		kill -9 "$server"
	fi
	wait "$server"
	server_code=$?
	server=
}

stop_all() {
	touch "$run/stop" 2>/dev/null
	if [ -n "$server" ] && kill -9 "$server" 2>/dev/null; then
		wait "$server" 2>/dev/null
	fi
	if [ ${#benches[@]} -gt 0 ]; then
		wait "${benches[@]}" 2>/dev/null
	fi
}
