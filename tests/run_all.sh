#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds all tests in both types of build and runs them in all flavors.
# Last line: "N passed, N failed[, N skipped]". What isn't for a flavor isn't
# counted; what failed to build fails in each flavor.
set -u

here=$(dirname "$(readlink -f "$0")")
cd "$here" || exit 1
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run_flavor() {
	local ok bad
	echo "= $2 of $1"
	./run_tests.sh -d "$1" -f "$2" | tee "$log" | grep -v '^ok '
	read -r ok bad < <(tail -n 1 "$log" |
		sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p')
	passed=$((passed + ${ok:-0}))
	failed=$((failed + ${bad:-1}))
}

make -s fastsleep.so tools || exit 1
for kind in build kpmake; do
	echo "= $kind of all tests"
	make -k -s -j"$(nproc)" "$kind" >"$log" 2>&1
	grep -v "^$kind-[^ ]*\$" "$log"
	for flavor in test_patch_files test_patch_dir test_patch_patchlevel test_unpatch_files; do
		run_flavor "$kind" "$flavor"
	done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
