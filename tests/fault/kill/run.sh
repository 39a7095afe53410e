#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Doctors are killed with SIGKILL while they patch, upgrade and unpatch: at
# system calls and at random instants. run.sh [--full]: at every system call,
# and 1,000 times at random. The sample takes half a minute, on a busy machine
# with fewer kills. Last line: "N passed, N failed".
set -u

cd "$(dirname "$(readlink -f "$0")")" || exit 1
limit=240
few=(--seconds 10 --important 5 --every 83 --random 7)
many=(--seconds 10 --important 97 --every 599 --random 3)
if [ "${1:-}" = --full ]; then
	limit=7200
	few=(--random 334)
	many=(--random 334)
fi
patches=(patient/build/patient.kpatch patient/build/2/patient.kpatch)

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
if ! make -s >"$logs/make" 2>&1; then
	cat "$logs/make"
	echo "0 passed, 1 failed"
	exit 1
fi

kill_doctors() {
	timeout "$limit" ./killer "$@" --seed "$RANDOM" \
		../../../src/kpatch_user patient/build/patient "${patches[@]}"
}

kill_doctors --threads 2 "${few[@]}" >"$logs/2" 2>&1 &
kill_doctors --threads 64 "${many[@]}" >"$logs/64" 2>&1 &
wait

passed=0
failed=0
for log in "$logs/2" "$logs/64"; do
	cat "$log"
	read -r ok bad < <(tail -n 1 "$log" |
		sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
	passed=$((passed + ${ok:-0}))
	failed=$((failed + ${bad:-1}))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
