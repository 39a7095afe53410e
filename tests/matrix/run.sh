#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every case of cases/ with each compiler, optimisation, with and without -g,
# as PIE, fixed-address program, shared library and (gcc) with LTO: built, patched while it
# runs, unpatched. What it says must be what the original, a program rebuilt
# from the fixed source, and the original again say at that tick.
#   tests/matrix/run.sh [--full] [-c CELLS] [CASE]...
# Without --full: three cells of each case. CELLS is a regular expression of
# those wanted, such as "gcc -O3 .* shared". Last line: N passed, N failed.
set -u
here=$(dirname "$(readlink -f "$0")")
full=false
cells=.
while true; do
	case ${1:-} in
	--full) full=true ;;
	-c) cells=$2 full=true && shift ;;
	*) break ;;
	esac
	shift
done
cd "$here" || exit 1
if [ $# -eq 0 ]; then
	./limits.sh || exit 1
	shopt -s nullglob
	set -- cases/*.c cases/*.cc
	set -- "${@#cases/}"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

list_cells() {
	local case cc opt debug kind
	for case; do
		[ -f "cases/$case" ] || case=$case.c
		[ -f "cases/$case" ] || continue
		if ! $full; then
			echo "$case gcc -O2 -g0 pie"
			echo "$case clang -O1 -g shared"
			echo "$case gcc -O0 -g nopie"
			case $case in
			clones.c | cold.c | header_static.c | static_local.c | \
				inlined_everywhere.c | two_files.c | cxx_throw.cc)
				echo "$case gcc -O2 -g0 lto"
				;;
			weak_data.c) echo "$case gcc -O3 -g0 nopie" ;;
			esac
			continue
		fi
		for cc in gcc clang; do
			for opt in -O0 -O1 -O2 -O3 -Os; do
				for debug in -g0 -g; do
					for kind in pie nopie shared; do
						echo "$case $cc $opt $debug $kind"
					done
				done
				[ $cc = clang ] || echo "$case $cc $opt -g0 lto"
			done
		done
	done
}

export MATRIX_WORK=$work
list_cells "$@" | grep -E -- "$cells" >"$work/cells"
xargs -P "$(nproc)" -L 1 ./cell.sh <"$work/cells" >"$work/results"

# One line a case: what all cells have in common, then what differs.
for case; do
	[ -f "cases/$case" ] || case=$case.c
	grep "^$case " "$work/results" | sort | awk -v case="$case" '
		{ n[$6]++; cells[$6] = cells[$6] " " $2 $3 $4 "/" $5 }
		END {
			line = sprintf("%-28s", case)
			for (o in n) {
				line = line " " o ":" n[o]
				if (o == "WRONG" || o == "CRASH" || o == "FAILED")
					line = line " (" substr(cells[o], 2) ")"
			}
			print line
		}'
done
for outcome in WRONG CRASH FAILED; do
	awk -v o=$outcome '$6 == o { print $1, $2, $3, $4, $5 }' "$work/results" |
		head -n 10 | while read -r cell; do
		echo "---- $outcome: $cell"
		head -n 30 "$work/log.${cell// /_}"
	done
done
passed=$(awk '$6 == "ok" || $6 == "refused" || $6 == "skipped"' "$work/results" | wc -l)
total=$(wc -l <"$work/cells")
echo "$passed passed, $((total - passed)) failed"
[ "$passed" -eq "$total" ]
