#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kpatch_gensrc on what compilers make of the project's own sources:
#  - a file against itself, with other line numbers: the original, byte for
#    byte;
#  - against a version with one function edited and, on top, a new function and
#    string that renumber every label: exactly these two are in the result,
#    which assembles, and its allocated sections are the original's.
# compilers.sh [-q]: -q for gcc -O2 and clang -O2 only.
set -u
cd "$(dirname "$0")/../.." || exit 99
gensrc=${GENSRC:-src/kpatch_gensrc}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0

# file:function that nobody in the file calls
cases="base/strmap.c:strmap_deinit elf/elf_note.c:elf_image_buildid
kpfile/kpfile.c:kpfile_read link/load.c:linked_eh_frame store/store.c:store_find
target/maps.c:maps_find_gap asm/parse.c:asm_read diff/cfi.c:cfi_deinit
diff/number.c:number_pairs object/strip.c:kpatch_strip"

levels="-O0 -O1 -O2 -O3 -Os -O2:-g -O0:-g3 -O2:-fPIC -O2:-fno-pie
-O2:-fcf-protection=full:-fstack-protector-all -O2:-ffunction-sections:-fdata-sections"
[ "${1-}" = -q ] && levels="-O2"

# The bytes and sizes of an object's allocated sections, as text.
allocated() {
	objdump -sw "$1" | awk '
		/^Contents of section / { show = $4 !~ /^\.(kpatch|debug|comment|llvm_addrsig)/ }
		show'
	objdump -hw "$1" | awk '/ALLOC/ { print $2, $3 }'
}

fail() {
	failed=$((failed + 1))
	echo "FAIL $*"
}

check() {
	local src=$1 func=$2 cc=$3 opts=${4//:/ } what="$3 $4 $1" names
	local compile="$cc -std=gnu11 -D_GNU_SOURCE -Isrc -w $opts -S"

	$compile "src/$src" -o "$tmp/o.s" || { fail "$what: compiler"; return; }
	{ printf '\n\n# 1 "%s"\n' "$src"; cat "src/$src"; } >"$tmp/x.c"
	$compile "$tmp/x.c" -I"src/${src%/*}" -o "$tmp/same.s" &&
		echo '# further' >>"$tmp/same.s"
	if ! "$gensrc" -i "$tmp/o.s" -i "$tmp/same.s" -o "$tmp/out.s" ||
		! cmp "$tmp/o.s" "$tmp/out.s"; then
		fail "$what: equal"
		return
	fi

	{
		echo 'const char *kp_top(int i) { return i ? "top" : "TOP"; }'
		sed "/^[a-z].*[ *]$func(/,/^{/s/^{/{ __asm__ volatile(\"nop\");/" \
			"src/$src"
	} >"$tmp/x.c"
	$compile "$tmp/x.c" -I"src/${src%/*}" -o "$tmp/p.s" || { fail "$what"; return; }
	"$gensrc" -v -i "$tmp/o.s" -i "$tmp/p.s" -o "$tmp/out.s" 2>"$tmp/err" ||
		{ fail "$what: $(cat "$tmp/err")"; return; }
	names=$(sed -n 's/.*changed function \(.*\)/\1/p; s/.*new function \(.*\)/+\1/p' \
		"$tmp/err" | sort | tr '\n' ' ')
	[ "$names" = "+kp_top $func " ] || [ "$names" = "$func +kp_top " ] ||
		{ fail "$what: changed: $names"; return; }
	$cc -c "$tmp/o.s" -o "$tmp/o.o" || { fail "$what: assembler"; return; }
	$cc -c "$tmp/out.s" -o "$tmp/out.o" ||
		{ fail "$what: the result doesn't assemble"; return; }
	diff <(allocated "$tmp/o.o") <(allocated "$tmp/out.o") >"$tmp/diff" ||
		{ fail "$what: allocated sections"; head -5 "$tmp/diff"; return; }
	passed=$((passed + 1))
}

for c in $cases; do
	grep -q "^[a-z].*[ *]${c#*:}(" "src/${c%:*}" ||
		{ fail "no function ${c#*:} in ${c%:*}: adapt this test"; continue; }
	for cc in gcc clang; do
		for l in $levels; do
			check "${c%:*}" "${c#*:}" $cc "$l"
		done
	done
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
