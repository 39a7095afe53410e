#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the tests of kpatch_cc and kpmake, each test_*.sh in its own process.
#   tests/cc/run.sh [NAME]...     (test_NAME.sh)
# Needs gcc, g++, make; clang if it is there. Last line: N passed, N
# failed, N skipped.
here=$(readlink -f "$(dirname "$0")")
total_passed=0
total_failed=0
total_skipped=0
if (($# == 0)); then
	set -- "$here"/test_*.sh
else
	set -- "${@/#/$here/test_}"
	set -- "${@/%/.sh}"
fi
for test in "$@"; do
	out=$(bash "$test" 2>&1)
	echo "$out" | sed '$d'
	last=$(tail -n 1 <<<"$out")
	echo "$(basename "$test" .sh): $last"
	if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		total_passed=$((total_passed + BASH_REMATCH[1]))
		total_failed=$((total_failed + BASH_REMATCH[2]))
		total_skipped=$((total_skipped + ${BASH_REMATCH[4]:-0}))
	else
		total_failed=$((total_failed + 1))
	fi
done
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
((total_failed == 0))
