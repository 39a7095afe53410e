#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Servers under full load that are patched and unpatched again and again, by a
# patch to the functions of libc that all their requests go through.
# Usage: run.sh [--full]
# Without --full a small server of our own, 100 cycles. With it Debian's nginx
# (its worker), redis and memcached, all three at once, 10,000 cycles in all
# or as many as fit into 20 minutes; then two minutes of the same load
# undisturbed, or less if the cycles took less. No request may fail, no memory may grow. Latencies are printed.
# Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../..")
build=$here/build
doctor=$top/src/kpatch_user
connections=16
servers=(small)
cycles=100
limit=10
if [ "${1:-}" = --full ]; then
	servers=(nginx redis memcached)
	cycles=3334
	limit=1200
fi
# The doctor comes before the load, else it gets hardly any of the CPUs.
first=
if nice -n -10 true 2>/dev/null; then
	first="nice -n -10"
fi
declare -A pid port protocol=([small]=redis [nginx]=http [redis]=redis
	[memcached]=memcached)
# shellcheck disable=SC2034 # filled and emptied by servers.sh
started=()
passed=0
failed=0
work=$(mktemp -d)
# shellcheck source-path=SCRIPTDIR source=servers.sh
. "$here/servers.sh"

finish() {
	trap - EXIT
	stop_servers
	rm -rf "$work"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit 1' INT TERM

ok() {
	passed=$((passed + 1))
	echo "ok: $1"
}

not_ok() {
	failed=$((failed + 1))
	echo "NOT OK: $1"
	if [ -s "${2:-}" ]; then
		tail -n 20 "$2" | sed 's/^/    /'
	fi
}

must() {
	if ! "${@:2}" >"$work/log" 2>&1; then
		not_ok "$1" "$work/log"
		finish
	fi
}

# is_zero DESCRIPTION NUMBER LOG
is_zero() {
	if [ "${2:-none}" = 0 ]; then
		ok "$1"
	else
		not_ok "$1: ${2:-no result}" "$3"
	fi
}

# Own resident memory (RssAnon) and address space in kB, mappings but for those
# of a patch, those of a patch, open files.
memory() {
	local p=/proc/${pid[$1]} key value anon='' size=''
	while read -r key value _; do
		case $key in
		RssAnon:) anon=$value ;;
		VmSize:) size=$value ;;
		esac
	done <"$p/status"
	echo "$anon $size $(grep -vc memfd:kpatch "$p/maps")" \
		"$(grep -c memfd:kpatch "$p/maps")" \
		"$(find "$p/fd" -mindepth 1 | wc -l)"
}

load() {
	exec "$build/load" "${protocol[$1]}" "${port[$1]}" "$connections" "$2" \
		>"$work/$1.$3" 2>"$work/$1.$3.err"
}

# Load on all of them for so many seconds. load_all SECONDS NAME
load_all() {
	local name jobs=()
	for name in "${servers[@]}"; do
		load "$name" "$1" "$2" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	sleep 1 # for the ends of the connections
}

remember_memory() {
	local name
	for name in "${servers[@]}"; do
		memory "$name" >"$work/$name.memory-$1"
	done
}

# The load ends when the cycles do. Sets $seconds, how long that took.
patch_under_load() {
	local name loads=() jobs=() start=$SECONDS
	for name in "${servers[@]}"; do
		load "$name" 3600 patched &
		loads+=($!)
	done
	sleep 1
	for name in "${servers[@]}"; do
		$first "$build/cycle" "$doctor" "${pid[$name]}" "$build/libc.kpatch" \
			"$cycles" "$limit" >"$work/$name.cycles" \
			2>"$work/$name.cycles.err" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	kill "${loads[@]}"
	wait "${loads[@]}"
	seconds=$((SECONDS - start))
	sleep 1
}

row() {
	local n bad rate p50 p99 p999 max
	read -r n bad rate p50 p99 p999 max <"$work/$1.$2"
	echo "| $1 | $3 | $n | $bad | $rate | $p50 | $p99 | $p999 | $max |"
}

print_latencies() {
	local name
	echo "| server | run | requests | failed | requests/s | median µs | 99 % | 99.9 % | longest |"
	echo "|---|---|---|---|---|---|---|---|---|"
	for name in "${servers[@]}"; do
		row "$name" undisturbed "undisturbed"
		row "$name" patched "patched and unpatched"
	done
}

print_memory() {
	local name when
	echo "| server | when | RssAnon kB | VmSize kB | mappings | of a patch | open files |"
	echo "|---|---|---|---|---|---|---|"
	for name in "${servers[@]}"; do
		for when in before after undisturbed; do
			sed "s/ / | /g; s/.*/| $name | $when | & |/" \
				"$work/$name.memory-$when"
		done
	done
}

# Pages of libc that were written to stay the process's own; the memory of the
# last patch may have to stay (something on a stack looks like a pointer into
# it) and is used again by the next: 3 mappings. The servers' own caches may
# breathe by some hundred kB.
judge_memory() {
	local anon0 size0 maps0 _ files0 anon size maps patch files
	read -r anon0 size0 maps0 _ files0 <"$work/$1.memory-before"
	read -r anon size maps patch files <"$work/$1.memory-after"
	if [ $((anon - anon0)) -le 1024 ] && [ $((size - size0)) -le 1024 ] &&
		[ "$maps" -le "$maps0" ] && [ "$patch" -le 3 ] &&
		[ "$files" -le "$files0" ]; then
		ok "$1: no growth of memory, mappings or open files"
	else
		not_ok "$1: memory, mappings or open files have grown"
	fi
}

judge() {
	local name=$1 n bad unsafe calls median max requests
	read -r n bad unsafe calls median max <"$work/$name.cycles"
	is_zero "$name: no cycle failed" "$bad" "$work/$name.cycles.err"
	echo "    $n cycles, $unsafe times not safe at once, $calls calls seen in the patch (of every 16th cycle), the doctor's median ${median} ms, longest ${max} ms"
	if [ "${calls:-0}" -gt 0 ]; then
		ok "$name: requests went through the patch"
	else
		not_ok "$name: no request went through the patch"
	fi
	read -r requests bad _ <"$work/$name.patched"
	is_zero "$name: no request failed of ${requests:-none} while it was patched" \
		"$bad" "$work/$name.patched.err"
	read -r requests bad _ <"$work/$name.undisturbed"
	is_zero "$name: no request failed of ${requests:-none} undisturbed" \
		"$bad" "$work/$name.undisturbed.err"
	judge_memory "$name"
	total=$((total + ${n:-0}))
}

must "the doctor is built" make -C "$top/src" -j2
must "the tools are built" make -s -C "$here"
libc=$(ldd "$build/server" | sed -n 's/.*libc\.so\.6 => \([^ ]*\) .*/\1/p')
must "a patch for libc is made" "$build/libcpatch" "$libc" "$build/libc.kpatch"
if [ "${servers[0]}" = nginx ]; then
	must "Debian's packages are fetched" fetch_packages
fi
for name in "${servers[@]}"; do
	start "$name" >"$work/log" 2>&1 || {
		not_ok "$name starts" "$work/log"
		finish
	}
done
load_all 3 warm
remember_memory before
patch_under_load
remember_memory after
load_all "$((seconds < 120 ? seconds : 120))" undisturbed
remember_memory undisturbed
total=0
for name in "${servers[@]}"; do
	judge "$name"
done
echo "$total cycles in $seconds s, $connections connections to each server"
print_latencies
print_memory
finish
