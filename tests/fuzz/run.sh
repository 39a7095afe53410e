#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs each fuzz target on its corpus: a fixed number of inputs, the same ones
# every time; or (-t) for some seconds, others every time. What it finds new
# goes to a temporary folder, not into the tree; inputs that crash it are kept.
# Usage: run.sh [-t SECONDS] PROGRAM... Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
findings=$here/../../build-fuzz/findings
seconds=120
by_time=false
if [ "${1:-}" = -t ]; then
	by_time=true
	seconds=$2
	shift 2
fi
# Each some seconds' worth, as fast as they are.
declare -A runs=([asm]=20000 [cmdline]=5000 [dynamic]=3000 [elf]=5000
	[kpfile]=60000 [link]=150000 [maps]=100000 [state]=80000 [unwind]=100000)
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Executions and coverage: branches of the program (edges), as libFuzzer counts.
summary() {
	local edges inputs
	edges=$(sed -n 's/^#.*DONE *cov: \([0-9]*\) .*/\1/p' "$1")
	inputs=$(sed -n 's/^stat::number_of_executed_units: //p' "$1")
	echo "$inputs inputs, $edges edges covered"
}

run_target() {
	local name corpus log options
	name=$(basename "$1")
	corpus=$here/corpus/${name#fuzz_}
	log=$work/$name.log
	mkdir -p "$work/$name" "$findings"
	if [ ! -d "$corpus" ]; then
		echo "FAIL $name: no seeds in corpus/${name#fuzz_}"
		failed=$((failed + 1))
		return
	fi
	options=(-seed=1 "-runs=${runs[${name#fuzz_}]:-10000}")
	if $by_time; then
		options=(-max_total_time="$seconds")
	fi
	# Half the time limit again for a last slow input and the start.
	if timeout $((seconds * 3 / 2 + 30)) "$1" "${options[@]}" \
		-timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$findings/$name-" \
		"$work/$name" "$corpus" >"$log" 2>&1 </dev/null; then
		echo "ok   $name: $(summary "$log")"
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
