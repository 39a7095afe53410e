#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs each fuzz target for some seconds on its corpus. What it finds new goes
# to a temporary folder, not into the tree; inputs that crash it are kept.
# Usage: run.sh SECONDS PROGRAM... Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
findings=$here/../../build-fuzz/findings
seconds=$1
shift
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run_target() {
	local name corpus log
	name=$(basename "$1")
	corpus=$here/corpus/${name#fuzz_}
	log=$work/$name.log
	mkdir -p "$work/$name" "$findings"
	if [ ! -d "$corpus" ]; then
		echo "FAIL $name: no seeds in corpus/${name#fuzz_}"
		failed=$((failed + 1))
		return
	fi
	# Half the time limit again for a last slow input and the start.
	if timeout $((seconds * 3 / 2 + 30)) "$1" -max_total_time="$seconds" \
		-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$findings/$name-" \
		"$work/$name" "$corpus" >"$log" 2>&1 </dev/null; then
		echo "ok   $name: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") inputs"
		passed=$((passed + 1))
	else
		echo "FAIL $name (findings in build-fuzz/findings)"
		tail -n 60 "$log" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

for program in "$@"; do
	run_target "$program"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
