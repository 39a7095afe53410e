#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Patches with many hunks, several in each page and some across two: what is
# written is what was meant, nothing else changes, and after unpatch the code
# is what it was, byte by byte. By a thread that sleeps, and by one that runs.
# Usage: run.sh [--full]. Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../..")
tools=$top/src
doctor=$tools/kpatch_user
source=../tests/fault/hunks/patient.c
cycles=1
if [ "${1:-}" = --full ]; then
	cycles=40
fi
passed=0
failed=0
work=$(mktemp -d)
pid=
trap 'kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

# shellcheck source-path=SCRIPTDIR source=../../../bench/patch.sh
. "$top/bench/patch.sh"

result() { # NAME CONDITION...
	local name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name"
		echo "--- the doctor:"
		cat doctor.log
		echo "--- the patient:"
		tail -n 3 patient.log
	fi
}

# patient, 1/ with a patch of 300 hunks, 2/ with one of 1000, 0/ with one of 100
build() { # OPTION...
	local hunks level id

	# shellcheck disable=SC2034 # for make_patch
	flags=(-O2 -pthread -Wall -Wextra "$@")
	level=0
	for hunks in 1 3 10; do
		make_patch "$hunks" one.kpatch >/dev/null 2>build.log || return 1
		id=$(readelf -n patient | sed -n 's/.*Build ID: //p')
		mkdir -p "store$level/$id/$((level + 1))"
		mv one.kpatch "store$level/$id/$((level + 1))/kpatch.bin"
		level=$((level + 1))
	done
}

text() { # FILE: the patient's code, as it is in memory
	local range lo hi

	range=$(awk '$2 == "r-xp" && $6 ~ /\/patient$/ { print $1; exit }' "/proc/$pid/maps")
	lo=$((16#${range%-*}))
	hi=$((16#${range#*-}))
	dd if="/proc/$pid/mem" of="$1" bs=4096 skip=$((lo / 4096)) \
		count=$(((hi - lo) / 4096)) status=none
}

# The patient's next rounds are all like that.
says() {
	local lines

	lines=$(wc -l <patient.log)
	for _ in $(seq 100); do
		if [ "$(wc -l <patient.log)" -gt $((lines + 4)) ]; then
			break
		fi
		sleep 0.02
	done
	[ "$(tail -n +$((lines + 3)) patient.log | head -n 2 | sort -u)" = "$1" ]
}

treat() { # ARGUMENT...
	"$doctor" -v "$1" -p "$pid" "${@:2}" >doctor.log 2>&1
}

# At most 5 bytes for each hunk, and more than one.
differs_by() { # HUNKS
	local n

	text now
	n=$(cmp -l before now | wc -l)
	[ "$n" -le $((5 * $1)) ] && [ "$n" -gt "$1" ]
}

is_as_before() {
	text now
	cmp before now
}

never_wrong() {
	! grep -q wrong patient.log && kill -0 "$pid"
}

change() { # NAME HUNKS SAYS ARGUMENT...
	result "$1: exit code" treat "${@:4}"
	result "$1: what it does" says "$3"
	if [ "$2" = 0 ]; then
		result "$1: its code" is_as_before
	else
		result "$1: its code" differs_by "$2"
	fi
}

with_threads() { # SPINNERS SLEEPERS
	local name="$options, $1 running, $2 sleeping"

	./patient "$1" "$2" >patient.log &
	pid=$!
	result "$name: at first" says old
	text before
	for _ in $(seq "$cycles"); do
		change "$name: patch" 100 "some 100" patch store0
		change "$name: upgrade" 300 "some 300" patch store1
		change "$name: upgrade again" 1000 new patch store2
		change "$name: unpatch" 0 old unpatch
		change "$name: patch all" 1000 new patch store2
		change "$name: unpatch all" 0 old unpatch
	done
	result "$name: results" never_wrong
	kill "$pid"
	wait "$pid" 2>/dev/null
}

for options in -falign-functions=1 -falign-functions=16; do
	mkdir -p "$work/$options"
	cd "$work/$options" || exit 1
	if ! build "$options"; then
		cat build.log
		echo "0 passed, 1 failed"
		exit 1
	fi
	with_threads 1 0
	with_threads 1 2
	with_threads 3 0
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
