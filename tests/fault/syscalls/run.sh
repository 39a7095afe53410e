#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes are patched and unpatched while their threads wait in system
# calls: none may return what it wouldn't have without us, nor earlier, nor
# (but for those said in docs/safety.md) later.
#   run.sh [--full]
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
cycles=10 # of the process with all threads
rounds=3  # of each process with one
if [ "${1:-}" = --full ]; then
	cycles=100
	rounds=100
fi
passed=0
failed=0
skipped=0
started=()

# Where it isn't named by a test that fails, what happened is of no interest.
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
	if ! timeout 60 "$user" -v "$verb" -p "$pid" "$@" >"$out/$kind.doctor" 2>&1; then
		echo "FAIL $kind: $verb:"
		cat "$out/$kind.doctor"
		failed=$((failed + 1))
		return 1
	fi
}

cycle() {
	doctor "$1" "$2" patch "$patches" && doctor "$1" "$2" unpatch
}

# Ends the patient, and counts what it says of each call.
judge() {
	local kind=$1 pid=$2 ok bad skip
	kill "$pid"
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

# Processes with all calls, side by side; for longer than any is to wait, so
# that a time-out that begins anew each time shows.
several() {
	local n=$1 kind pids=() end=$((SECONDS + 6))
	for kind in threads interrupted restarted; do
		case $kind in
		threads) start "$kind" ;;
		interrupted) start "$kind" -i ;;
		restarted) start "$kind" -r ;;
		esac
		pids+=("$pid")
		await_line "$kind" ready
	done
	while [ "$n" -gt 0 ] || [ $SECONDS -lt $end ]; do
		n=$((n - 1))
		cycle threads "${pids[0]}"
		cycle interrupted "${pids[1]}"
		cycle restarted "${pids[2]}"
	done
	judge threads "${pids[0]}"
	judge interrupted "${pids[1]}"
	judge restarted "${pids[2]}"
	echo "threads, interrupted, restarted: $(($1 - n)) cycles each"
}

# Each call alone in its process; the cycles go round all of them.
alone() {
	local n=$1 name pids=() i
	shift
	local names=("$@")
	for name in "${names[@]}"; do
		start "alone_$name" -s -m 1500 "$name"
		pids+=("$pid")
	done
	for name in "${names[@]}"; do
		await_line "alone_$name" ready
	done
	for _ in $(seq "$n"); do
		for i in "${!names[@]}"; do
			cycle "alone_${names[i]}" "${pids[i]}"
		done
	done
	for i in "${!names[@]}"; do
		kill "${pids[i]}"
	done
	for i in "${!names[@]}"; do
		judge "alone_${names[i]}" "${pids[i]}" 2>/dev/null
	done
	echo "alone: $n cycles of ${#names[@]} processes"
}

make -s -C ../../../src || exit 1
make -s all || exit 1
rm -rf "$out"
mkdir -p "$out"
start undisturbed
undisturbed=$pid
several "$cycles"
judge undisturbed "$undisturbed"
mapfile -t names < <(sed -n 's/^\(ok\|wrong\) \([^:]*\):.*/\2/p' \
	"$out/undisturbed" | sort -u)
# Few at a time, so that each is disturbed before its wait has ended.
for ((i = 0; i < ${#names[@]}; i += 12)); do
	alone "$rounds" "${names[@]:i:12}"
done

if [ "$skipped" -ne 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
