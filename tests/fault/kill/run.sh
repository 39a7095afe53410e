#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Doctors are killed with SIGKILL while they patch, upgrade and unpatch: at
# system calls and at random instants. Without arguments: a sample of half a
# minute, on a busy machine with fewer kills.
# run.sh --full [MINUTES]: at entry and exit of every system call, and at 1,000
# random instants, with patients of 2 and of 64 threads; it ends after so many
# minutes (25) and says how much of that was done. Last line: "N passed, N
# failed".
set -u

cd "$(dirname "$(readlink -f "$0")")" || exit 1
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
if ! make -s >"$logs/make" 2>&1; then
	cat "$logs/make"
	echo "0 passed, 1 failed"
	exit 1
fi

# Each in a file of its own, named after the job: NAME OPTION...
# "calls": with a patient whose patches call back (docs/callbacks.md).
kill_doctors() {
	local name=$1 build=patient/build

	shift
	case $name in
	calls*) build=patient/build/calls ;;
	esac
	timeout 2400 ./killer "$@" --seed "$RANDOM" ../../../src/kpatch_user \
		$build >"$logs/$name.log" 2>&1
}

sample() {
	local mode

	kill_doctors 2 --threads 2 --seconds 6 --important 5 --every 83 \
		--random 7 &
	kill_doctors 64 --threads 64 --seconds 6 --important 97 --every 599 \
		--random 3 &
	wait
	for mode in filter no-proc page spin; do
		kill_doctors $mode --threads 2 --mode $mode --seconds 2 \
			--important 1 --every 599 --random 3 &
	done
	wait
	for mode in two stopped; do
		kill_doctors $mode --threads 2 --mode $mode --seconds 3 \
			--important 9 --every 599 --random 3 &
	done
	kill_doctors busy --threads 8 --mode busy --seconds 3 --important 9 \
		--every 599 --random 3 &
	wait
	kill_doctors calls --threads 2 --seconds 4 --important 9 --every 599 \
		--random 5
	cat "$logs"/*.log
}

# Every system call is cut into parts: should time be short, those that were
# done are from everywhere, and of 64 threads the calls that matter come first.
list_parts() {
	local part mode

	for part in 1 2 3; do
		echo "2-$part --threads 2 --part $part/3 --random 112"
	done
	for part in 1 2 3 4 5 6 7 8 9; do
		echo "64-altering-$part --threads 64 --altering" \
			"--part $part/9 --random 38"
	done
	for mode in spin two stopped; do
		echo "$mode --threads 2 --mode $mode --altering --part 1/1" \
			"--random 34"
	done
	for mode in filter no-proc page; do
		echo "$mode --threads 2 --mode $mode --writing --part 1/1" \
			"--random 34"
	done
	echo "calls --threads 2 --altering --part 1/1 --random 34"
	echo "busy --threads 8 --mode busy --seconds 60 --random 34"
	for part in 1 3 5 7 9 11 13 15 2 4 6 8 10 12 14 16; do
		echo "64-$part --threads 64 --part $part/16"
	done
}

# Sums up the lines of the parts.
sum_up() {
	local name=$1

	shift
	cat "$@" | awk -v name="$name" '
		/tried [0-9]+ of [0-9]+ entries/ {
			sub(/.*tried /, "")
			tried += $1
			all += $3
			kills += $NF
		}
		/random instants$/ { instants += $(NF - 2) }
		END {
			printf "%s: %d of %d entries and exits tried, killed at %d; at %d " \
				"random instants\n", name, tried, all, kills, instants
		}'
}

full() {
	local until=$(($(date +%s) + 60 * $1))

	export logs
	export -f kill_doctors
	# shellcheck disable=SC2016 # that shell's arguments
	list_parts | xargs -P 2 -L 1 bash -c \
		'until=$0; kill_doctors "$@" --until "$until"' "$until"
	grep -h -A 12 "^FAILED" "$logs"/*.log
	sum_up "2 threads" "$logs"/2-*.log
	sum_up "64 threads, calls that alter the patient" \
		"$logs"/64-altering-*.log
	sum_up "64 threads, all calls" "$logs"/64-[1-9]*.log
	sum_up "code written from outside" "$logs"/{filter,no-proc,page}.log
	sum_up "only running threads" "$logs/spin.log"
	sum_up "two objects" "$logs/two.log"
	sum_up "stopped by SIGSTOP" "$logs/stopped.log"
	cat "$logs/busy.log"
}

if [ "${1:-}" = --full ]; then
	full "${2:-25}"
else
	sample
fi

passed=0
failed=0
for log in "$logs"/*.log; do
	read -r ok bad < <(tail -n 1 "$log" |
		sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
	passed=$((passed + ${ok:-0}))
	failed=$((failed + ${bad:-1}))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
