#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mutated patch files against a live patient: driver.c says what must hold.
# Part of them with a doctor built under ASan and UBSan. The same ones every
# time: `build/driver` repeats a single one by its number.
# Usage: run.sh [--full] (20,000 instead of some hundreds, about 6 minutes)
# Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../..")
cd "$here" || exit 1
plain=500
sanitized=100
if [ "${1:-}" = --full ]; then
	plain=17000
	sanitized=3000
fi
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

must_build() {
	if ! "$@" >"$work/build.log" 2>&1; then
		echo "FAIL not built: $*"
		tail -n 40 "$work/build.log"
		echo "0 passed, 1 failed"
		exit 1
	fi
}

# run_driver NAME DOCTOR FIRST COUNT, in the background
run_driver() {
	LD_LIBRARY_PATH=build build/driver "$2" build/hostile \
		"build/findings-$1" "$3" "$4" build/hostile.kpatch \
		build/libhostile.so.kpatch >"$work/$1.log" 2>&1 &
}

judge() {
	local ok bad
	echo "= $2"
	cat "$work/$1.log"
	read -r ok bad < <(tail -n 1 "$work/$1.log" |
		sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
	passed=$((passed + ${ok:-0}))
	failed=$((failed + ${bad:-1}))
}

must_build make -C "$top/src" -j2
must_build make -C "$top/src" -j2 SAN=1
must_build make -s
run_driver plain "$top/src/kpatch_user" 1 "$plain"
run_driver sanitized "$top/build-san/bin/kpatch_user" 100000 "$sanitized"
wait
judge plain "$plain mutants"
judge sanitized "$sanitized mutants, the doctor under ASan and UBSan"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
