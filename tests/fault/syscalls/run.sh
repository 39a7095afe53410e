#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes are patched and unpatched while their threads wait in system
# calls: none may return what it wouldn't have without us, nor earlier, nor
# (but for those said in docs/safety.md) later.
#   run.sh [--full] [--threads | CALL...]
# --threads: only those in one process; CALL...: only these, each alone
#   threads       all calls at once, each in a thread of one process
#   alone         each call in the only thread of a process, which therefore
#                 has to make the doctor's own system calls
#   undisturbed   the same as threads without a doctor: the table is right
#   interrupted, restarted   threads, with signals that have handlers without
#                 and with SA_RESTART
# Last line: "N passed, N failed[, N skipped]": a call of each kind counts one.
set -u

here=$(dirname "$(readlink -f "$0")")
cd "$here" || exit 1
user=$here/../../../src/kpatch_user
patches=$here/build/patchroot
out=$here/out
wanted=3 # cycles of each process, at least
if [ "${1:-}" = --full ]; then
	wanted=100
	shift
fi
only_threads=false
if [ "${1:-}" = --threads ]; then
	only_threads=true
	shift
fi
passed=0
failed=0
skipped=0
started=()

finish() {
	local pid
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
}
trap finish EXIT

# start KIND ARGS...: a patient; its output is in $out/KIND.
start() {
	local kind=$1
	shift
	./build/syscalls "$@" >"$out/$kind" 2>&1 </dev/null &
	pid=$!
	started+=("$pid")
}

await_line() {
	local i
	for i in $(seq 300); do
		grep -qx "$2" "$out/$1" 2>/dev/null && return
		sleep 0.05
	done
	echo "FAIL $1: the patient doesn't say \"$2\""
	tail -n 20 "$out/$1"
	failed=$((failed + 1))
}

# doctor KIND PID VERB ARGS...
doctor() {
	local kind=$1 pid=$2 verb=$3
	shift 3
	timeout 60 "$user" -v "$verb" -p "$pid" "$@" >"$out/$kind.doctor" 2>&1
}

# cycles KIND PID N: N at least, and for longer than a call is to wait, so that
# a time-out that begins anew each time shows. Where too much else runs, a
# thread may not get to stop in time (exit code 5): that is no harm.
cycles() {
	local kind=$1 pid=$2 n=$3 verb="patch" refusals=0 rc
	local end=$((SECONDS + 4))
	while [ "$n" -gt 0 ] || [ $SECONDS -lt $end ]; do
		if [ $verb = patch ]; then
			doctor "$kind" "$pid" patch "$patches"
		else
			doctor "$kind" "$pid" unpatch
		fi
		rc=$?
		if [ $rc -eq 0 ] && [ $verb = patch ]; then
			verb=unpatch
		elif [ $rc -eq 0 ]; then
			verb="patch"
			n=$((n - 1))
		elif [ $rc -ne 5 ] || [ $((refusals += 1)) -gt 20 ]; then
			{
				echo "FAIL $kind: $verb: exit code $rc:"
				sed 's/^/    /' "$out/$kind.doctor"
			} >>"$out/failed"
			break
		fi
	done
	echo "$(($3 - n))" >"$out/$kind.cycles"
}

# Ends the patient, and counts what it says of each call.
judge() {
	local kind=$1 ok bad skip
	await_line "$kind" end
	ok=$(grep -c '^ok ' "$out/$kind")
	bad=$(grep '^wrong' "$out/$kind" | sort -u -k 2,2 | grep -c .)
	skip=$(grep -c '^skip ' "$out/$kind")
	grep '^skip ' "$out/$kind" | sed "s/^/$kind: /"
	if [ "$bad" -ne 0 ]; then
		echo "FAIL $kind:"
		grep '^wrong' "$out/$kind" | sed 's/^/    /'
		failed=$((failed + bad))
	fi
	passed=$((passed + ok))
	skipped=$((skipped + skip))
}

# group KINDS: cycles of these processes ($pids) side by side.
group() {
	local i jobs=()
	for i in "$@"; do
		await_line "$i" ready
	done
	for i in $(seq "$#"); do
		cycles "${!i}" "${pids[i - 1]}" "$wanted" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	for i in "${pids[@]}"; do
		kill "$i"
	done
	for i in "$@"; do
		judge "$i"
	done
	echo "${*#alone_}: $(cd "$out" && cat "${@/%/.cycles}" | sort -n | head -n 1) cycles each, or more"
}

# All calls, each in a thread.
threads() {
	local undisturbed
	start undisturbed
	undisturbed=$pid
	pids=()
	start threads
	pids+=("$pid")
	start interrupted -i
	pids+=("$pid")
	start restarted -r
	pids+=("$pid")
	group threads interrupted restarted
	kill "$undisturbed"
	judge undisturbed
}

# Each call alone in its process.
alone() {
	local name
	pids=()
	for name in "$@"; do
		start "alone_$name" -s -m 1000 "$name"
		pids+=("$pid")
	done
	group "${@/#/alone_}"
}

make -s -C ../../../src || exit 1
make -s all || exit 1
rm -rf "$out"
mkdir -p "$out"
if [ $# -eq 0 ]; then
	threads
	mapfile -t names < <(sed -n 's/^\(ok\|wrong\) \([^:]*\):.*/\2/p' \
		"$out/undisturbed" | sort -u)
	set -- "${names[@]}"
fi
# Not all at once, so that each is disturbed before its wait has ended.
while [ $# -gt 0 ] && ! $only_threads; do
	alone "${@:1:23}"
	shift $(($# < 23 ? $# : 23))
done
if [ -s "$out/failed" ]; then
	cat "$out/failed"
	failed=$((failed + $(grep -c '^FAIL' "$out/failed")))
fi

if [ "$skipped" -ne 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
