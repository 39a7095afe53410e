#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Exceptions, cancellations and backtraces go through a function while it is
# patched and unpatched: run.sh [--full].
#   storm   of all of them, in several threads
# Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
cd "$here" || exit 1
user=$here/../../../src/kpatch_user
cycles=50
if [ "${1:-}" = --full ]; then
	cycles=2000
fi
passed=0
failed=0
mkdir -p out
pid=

end_patient() {
	if [ -n "$pid" ]; then
		kill -KILL "$pid" 2>/dev/null
	fi
}
trap end_patient EXIT

ok() {
	echo "ok   $*"
	passed=$((passed + 1))
}

bad() {
	echo "FAIL $*"
	echo "    --- patient"
	tail -n 10 out/patient | sed 's/^/    /'
	echo "    --- doctor"
	tail -n 20 out/doctor | sed 's/^/    /'
	sed 's/^/    /' unwind.diff
	failed=$((failed + 1))
}

# Another try where a thread was in the way all the time.
doctor() {
	local try rc
	for try in 1 2 3; do
		timeout 60 "$user" -v "$@" >out/doctor 2>&1
		rc=$?
		[ "$rc" -eq 5 ] || break
		echo "(not safe at try $try)"
	done
	return $rc
}

start() {
	"$@" >out/patient 2>&1 </dev/null &
	pid=$!
	for _ in $(seq 200); do
		grep -q ready out/patient && return
		sleep 0.05
	done
}

# A patch that was taken back may be kept for a pointer that is left; not the
# pointer in ld.so, and not more with each cycle.
mappings() {
	grep -c '/memfd:kpatch:' "/proc/$pid/maps"
}

storm() {
	local i most=0 n
	for i in $(seq "$cycles"); do
		if ! doctor patch -p "$pid" build/patchroot || ! sleep 0.02 ||
			! doctor unpatch -p "$pid"; then
			bad "storm: cycle $i"
			return
		fi
		n=$(mappings)
		if [ "$n" -gt "$most" ]; then
			most=$n
		fi
	done
	kill -TERM "$pid"
	if ! wait "$pid"; then
		bad "storm"
	elif ! grep -Eq '^[0-9]+ thrown, [1-9][0-9]* cancelled, [1-9][0-9]* signals, [1-9][0-9]* through a patch$' out/patient; then
		bad "storm: nothing went through the patch"
	elif [ "$most" -gt 5 ]; then
		bad "storm: $most mappings of ours"
	else
		ok "storm: $cycles cycles, $(tail -n 1 out/patient), at most $most mappings left"
	fi
	pid=
}

make -s >out/make 2>&1 || {
	cat out/make
	echo "0 passed, 1 failed"
	exit 1
}
start build/unwind "$@"
storm
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
