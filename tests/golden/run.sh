#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs kpatch_gensrc on each NAME/original.s and NAME/patched.s and compares
# with NAME/expected.s, or with the message in NAME/expected.err. What is
# produced must assemble, and its allocated sections must be the original's.
set -u
cd "$(dirname "$0")" || exit 99
gensrc=${GENSRC:-../../src/kpatch_gensrc}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0

# The allocated sections of an object file but for .kpatch.*, as text.
allocated() {
	local name
	objdump -hw "$1" | awk '$1 ~ /^[0-9]+$/ && /ALLOC/ { print $2 }' |
		while read -r name; do
			objdump -s -j "$name" "$1" | tail -n +3
		done
	objdump -hw "$1" | awk '/ALLOC/ { print $2, $3 }'
}

check() {
	local out=$tmp/out.s err=$tmp/err code
	"$gensrc" -i "$1/original.s" -i "$1/patched.s" -o "$out" 2>"$err"
	code=$?
	if [ -f "$1/expected.err" ]; then
		sed -i 's/^kpatch_gensrc: //' "$err"
		[ $code -eq 1 ] || { echo "exit code $code instead of 1"; return 1; }
		diff -u "$1/expected.err" "$err"
		return
	fi
	[ $code -eq 0 ] || { echo "exit code $code:"; cat "$err"; return 1; }
	diff -u "$1/expected.s" "$out" || return 1
	as "$out" -o "$tmp/out.o" && as "$1/original.s" -o "$tmp/orig.o" || return 1
	diff <(allocated "$tmp/orig.o") <(allocated "$tmp/out.o") && return
	echo "allocated sections of the result differ from the original's"
	return 1
}

for t in */desc; do
	t=${t%/desc}
	if check "$t" >"$tmp/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL golden/$t: $(cat "$t/desc")"
		cat "$tmp/log"
	fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
