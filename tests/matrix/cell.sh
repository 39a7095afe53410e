#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One cell of the matrix: cell.sh CASE COMPILER -O -g KIND
# Prints "CASE COMPILER -O -g KIND OUTCOME"; the log is in $MATRIX_WORK.
# A case is one file; "//file: NAME" begins another one of it. A line that ends
# with //- is in the original only, with //+ in the fixed source only.
# Directives at its head: // KEY[/CONDITION]: VALUE, for the cells in whose name
# (gcc-O2-g0/pie) the regular expression CONDITION is found:
#   refuse           the build is refused; a regular expression of the message
#   may-refuse       it may be (in any case: for want of room for a jump)
#   refuse-patch     the doctor refuses; likewise may-refuse-patch
#   no-change        nothing changes in the code
#   replaced         exactly these functions are replaced (with "," between)
#   untouched        these are not
#   flags, libs      further words for the compiler, the link
#   env              NAME=VALUE in the environment of both builds
#   warn             the patched build says so (a regular expression)
#   options          for kpatch_user patch and unpatch
#   skip             not for this cell
set -u
case=$1 compiler=$2 opt=$3 debug=$4 kind=$5
here=$(dirname "$(readlink -f "$0")")
tools=$here/../../src
work=$(mktemp -d "$MATRIX_WORK/cell.XXXXXX")
log=$MATRIX_WORK/log.${case}_${compiler}_${opt}_${debug}_${kind}
cell=$compiler$opt$debug/$kind
exec 3>&1 >"$log" 2>&1
cd "$work" || exit 1

# At once, by an exit of this shell.
outcome() {
	echo "$case $compiler $opt $debug $kind $1" >&3
	if [ -n "${patient:-}" ]; then
		kill "$patient" 2>/dev/null
	fi
	[ -n "${MATRIX_KEEP:-}" ] || rm -rf "$work"
	exit 0
}

failed() {
	echo "$*"
	outcome "${1%%:*}"
}

# The values of a directive for this cell, one a line.
directive() {
	local condition value
	sed -nE -e "s,^// ($1): *,// \\1/.: ," -e "s,^// ($1)/([^:]*): *,\\2\t,p" \
		"$here/cases/$case" |
		while IFS=$'\t' read -r condition value; do
			if [[ $cell =~ $condition ]]; then
				echo "$value"
			fi
		done
}

[ -z "$(directive skip)" ] || outcome skipped

# sources DROP KEEP: the files of the case, as they are in one of its states
sources() {
	rm -rf src
	mkdir src
	cp "$here/driver.c" src
	awk -v drop="$1" -v keep="$2" -v name="src/case.${case##*.}" '
		/^\/\/file: / { name = "src/" $2; next }
		index($0, drop) && index($0, drop) == length($0) - 2 { next }
		{ sub(/[ \t]*\/\/[-+]$/, ""); print >name }
		' "$here/cases/$case"
}

cxx=false
case $case in *.cc) cxx=true ;; esac
export KPATCH_CC=$compiler KPATCH_CXX=g++
[ "$compiler" = gcc ] || KPATCH_CXX=clang++
wrapper=$tools/kpatch_cc
real=$KPATCH_CC
if $cxx; then
	wrapper=$tools/kpatch_c++
	real=$KPATCH_CXX
fi
mapfile -t extra < <(directive flags | tr ' ' '\n')
mapfile -t libs < <(directive libs | tr ' ' '\n')
case $kind in
pie) flags=(-fpie) link=(-pie) ;;
nopie) flags=(-fno-pie) link=(-no-pie) ;;
shared) flags=(-fPIC) link=(-shared "-Wl,-soname,libcase.so") ;;
lto) flags=(-fpie -flto) link=("$opt" -pie -flto) ;;
esac
flags+=("$opt" "$debug" -w "${extra[@]}")
while read -r assignment; do
	export "${assignment?}"
done < <(directive env)

# build COMPILER DIR: the program, or the library and the program, into DIR
build() {
	local file objects=()
	mkdir -p "$2"
	for file in src/*.c src/*.cc; do
		[ -f "$file" ] || continue
		[ "$file" != src/driver.c ] || continue
		"$1" "${flags[@]}" -c "$file" -o "${file%.*}.o" || return 1
		objects+=("${file%.*}.o")
	done
	"$1" -O1 -fPIE -c src/driver.c -o src/driver.o || return 1
	if [ "$kind" = shared ]; then
		"$1" "${link[@]}" "${extra[@]}" -Wl,--build-id -o "$2/libcase.so" \
			"${objects[@]}" "${libs[@]}" || return 1
		"$1" -pie -Wl,--build-id -o "$2/prog" src/driver.o \
			"$2/libcase.so" -Wl,-rpath,"\$ORIGIN" "${libs[@]}"
	else
		"$1" "${link[@]}" "${extra[@]}" -Wl,--build-id -o "$2/prog" \
			src/driver.o "${objects[@]}" "${libs[@]}"
	fi
}

refused() {
	local regex
	regex=$(directive 'refuse|may-refuse')
	cat message
	if grep -q 'no room for a jump' message; then
		outcome refused
	fi
	[ "$kind" != lto ] || outcome refused
	[ -n "$regex" ] || failed "FAILED: the build was refused"
	grep -Eq -- "$regex" message ||
		failed "FAILED: the build was refused, but not with \"$regex\""
	outcome refused
}

make_patch() {
	local original=$1 patched=$2 buildid
	"$tools/kpatch_strip" --strip "$patched" stripped 2>message
	case $? in
	0) ;;
	3)
		[ -n "$(directive no-change)" ] ||
			failed "WRONG: nothing has changed"
		outcome ok
		;;
	*) refused ;;
	esac
	[ -z "$(directive no-change)" ] || failed "FAILED: something has changed"
	"$tools/kpatch_strip" --rel-fixup "$original" stripped 2>message || refused
	strip --strip-unneeded stripped || failed "FAILED: strip"
	"$tools/kpatch_strip" --undo-link "$original" stripped 2>message || refused
	buildid=$(readelf -n "$original" | sed -n 's/.*Build ID: //p')
	"$tools/kpatch_make" -b "$buildid" stripped -o patch.kpatch 2>message ||
		refused
}

# What is in the patch, against the case's lists.
judge_contents() {
	local list name
	"$tools/kpatch_user" show patch.kpatch >contents
	sed -n 's/^  \([^ :]*\): .*replaced by.*/\1/p' contents | sort >names
	list=$(directive replaced)
	if [ -n "$list" ] && ! diff <(tr ',' '\n' <<<"$list" | sort) names; then
		failed "WRONG: other functions are replaced than $list"
	fi
	for name in $(directive untouched | tr ',' ' '); do
		if grep -qxF "$name" names; then
			failed "WRONG: $name is replaced"
		fi
	done
}

# Three ticks of the patient: what it says goes to the file.
ticks() {
	local line
	for _ in 1 2 3; do
		echo >&"$to"
		while true; do
			if ! IFS= read -r -t 10 -u "$from" line; then
				kill -0 "$patient" 2>/dev/null &&
					failed "WRONG: the patient hangs ($1)"
				failed "CRASH: the patient has died ($1)"
			fi
			echo "$line"
			[ "$line" != . ] || break
		done
	done >"$1"
}

# part FILE N: the N-th three ticks
part() {
	awk -v n="$2" 'BEGIN { t = 0 } int(t / 3) + 1 == n { print }
		$0 == "." { t++ }' "$1"
}

same() {
	diff "$1" <(part "$2" "$3") ||
		failed "WRONG: $4 (< is what it says)"
}

sources //+ //-
KPATCH_STAGE=original build "$wrapper" original || failed "FAILED: original"
mkdir kept
cp -r src/. kept
sources //- //+
cp kept/.kpatch_* kept/*.o src 2>/dev/null
mkdir patched
cp original/.kpatch_* patched 2>/dev/null # of LTO
for file in src/*.c src/*.cc src/*.h; do # as kpmake does
	[ ! -f "$file" ] || diff -U0 "kept/${file#src/}" "$file" |
		"$tools/kpatch_lines" "$file" || failed "FAILED: kpatch_lines"
done
KPATCH_STAGE=patched build "$wrapper" patched 2>message || {
	grep -q 'kpatch_gensrc\|kpatch_cc' message ||
		failed "FAILED: patched: $(cat message)"
	refused
}
regex=$(directive warn)
[ -z "$regex" ] || grep -Eq -- "$regex" message ||
	failed "WRONG: the patched build doesn't warn of \"$regex\""
object=prog
[ "$kind" != shared ] || object=libcase.so
make_patch "original/$object" "patched/$object"
# what LTO sees in the whole program is no data any more, or another thing
[ "$kind" = lto ] || [ -z "$(directive refuse)" ] ||
	failed "WRONG: the build was to be refused"
judge_contents
build "$real" fixed || failed "FAILED: fixed"

for which in original fixed; do
	yes '' | head -n 9 | timeout 10 "./$which/prog" >"$which.out" ||
		failed "FAILED: $which/prog ends with $?"
done
mkfifo in out
./original/prog <in >out &
patient=$!
exec {to}>in {from}<out
ticks before
mapfile -t options < <(directive options)
"$tools/kpatch_user" patch "${options[@]}" -p "$patient" patch.kpatch 2>message
code=$?
regex=$(directive 'refuse-patch|may-refuse-patch')
if [ "$code" -ne 0 ]; then
	cat message
	[ -n "$regex" ] && grep -Eq -- "$regex" message && outcome refused
	failed "FAILED: the doctor refused"
fi
[ -z "$(directive refuse-patch)" ] || failed "WRONG: the doctor was to refuse"
ticks patched-ticks
"$tools/kpatch_user" unpatch "${options[@]}" -p "$patient" || failed "FAILED: unpatch"
ticks after
exec {to}>&-
wait "$patient"
code=$?
patient=
[ "$code" -eq 0 ] || failed "CRASH: the patient ends with $code"
same before original.out 1 "before"
same patched-ticks fixed.out 2 "patched, it isn't as the rebuilt one"
same after original.out 3 "unpatched, it isn't as the original"
outcome ok
