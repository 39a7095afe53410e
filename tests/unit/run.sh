#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs cmocka programs (and include_direction.sh) and adds up their results.
# Usage: run.sh PROGRAM... Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
passed=0
failed=0

# A program that ends without its own account of each test counts as failed:
# it crashed, or a sanitizer ended it.
run_program() {
	local name log rc ok bad
	name=$(basename "$1")
	log=$(mktemp)
	timeout 120 "$1" >"$log" 2>&1 </dev/null
	rc=$?
	ok=$(grep -c '^\[       OK \]' "$log")
	bad=$(grep -c '^\[  FAILED  \] [^0-9]' "$log")
	if [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	if [ "$rc" -eq 0 ] && [ "$ok" -eq 0 ]; then
		echo "$name ran no test"
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	if [ "$bad" -ne 0 ]; then
		echo "FAIL $name (exit code $rc)"
		sed 's/^/    /' "$log"
	else
		echo "ok   $name: $ok tests"
	fi
	rm -f "$log"
}

for program in "$@"; do
	run_program "$program"
done

if "$here/include_direction.sh"; then
	echo "ok   include directions"
	passed=$((passed + 1))
else
	echo "FAIL include directions"
	failed=$((failed + 1))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
