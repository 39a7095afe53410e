#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# gcc -flto: its assembly is taken in the assembler's place during the link.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

err=$scratch/err
cd "$scratch" || exit 1
export KPATCH_CC=gcc

stage() {
	KPATCH_STAGE=$1 "$kpatch_cc" "${@:2}" 2>"$err"
}

says() {
	check "not said: $1; but $(cat "$err")" grep -qF -- "$1" "$err"
}

# Of the functions in a patch.
patched_functions() {
	"$bin/kpatch_strip" --strip "$1" stripped &&
		readelf -sW stripped | sed -n 's/.* \([^ ]*\)\.kpatch$/\1/p'
}

cat >x.c <<'S'
#include <stdio.h>
int weigh(int);
__attribute__((noipa)) int report(int n)
{
	return printf("%d\n", weigh(n));
}
int main(void)
{
	return report(2) < 0;
}
S
cat >y.c <<'S'
#include <stdio.h>
__attribute__((noipa)) int weigh(int n)
{
	return n * 3;
}
__attribute__((noipa)) int stamp(void)
{
	return puts(__DATE__ " " __TIME__);
}
int (*stamps)(void) = stamp;
S
cp y.c y.orig

# both NAME OPTION...: objects, then the link
both() {
	local name=$1
	shift
	rm -rf .kpatch_* ./*.o original.prog
	cp y.orig y.c
	stage original -O2 -flto "$@" -c x.c &&
		stage original -O2 -flto "$@" -c y.c &&
		stage original -O2 "$@" x.o y.o -o prog
	check "$name: the original builds: $(cat "$err")" test -x prog
	gcc -O2 -flto "$@" -c x.c -o px.o
	gcc -O2 -flto "$@" -c y.c -o py.o
	check "$name: it says what gcc's says" test "$(./prog)" = 6
	cp prog original.prog
	sleep 1.1 # the next stage is at another __TIME__
	sed -i 's/n \* 3/n * 7/' y.c
	stage patched -O2 -flto "$@" -c y.c &&
		stage patched -O2 "$@" x.o y.o -s -o prog
	check "$name: the patched builds: $(cat "$err")" test -x prog
	check "$name: the original's code stays" test "$(./prog)" = 6
	check "$name: a changed function is in the patch" \
		grep -qx weigh <<<"$(patched_functions prog)"
	check "$name: __TIME__ is the original's" \
		test -z "$(patched_functions prog | grep stamp)"
	check "$name: no folder stays" test -z "$(compgen -G \
		"${TMPDIR:-/tmp}/kpatch_as.*")"
}

export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"
both slim -flto -g
both fat -ffat-lto-objects -flto
both pipe -pipe -flto
both "no partition" -flto -flto-partition=none
both "many partitions" -flto=2 -flto-partition=max
both "plugin by default" -fuse-linker-plugin

# Sources at once.
rm -rf .kpatch_* ./*.o prog
cp y.orig y.c
stage original -O2 -flto x.c y.c -o prog
check "at once: builds" test "$(./prog)" = 6
sed -i 's/n \* 3/n * 7/' y.c
stage patched -O2 -flto x.c y.c -o prog
check "at once: $(cat "$err")" test "$(./prog)" = 6
check "at once: a changed function is in the patch" \
	grep -qx weigh <<<"$(patched_functions prog)"

# A function that goes to another part of the program.
rm -rf .kpatch_* ./*.o prog
cp y.orig y.c
stage original -O2 -flto -flto-partition=1to1 x.c y.c -o prog
sed -i '/^int (\*stamps/d' y.c
sed -i 's/"%d/"%x/' x.c
awk '/noipa.*weigh/ { skip = 1 } !skip; /^}/ { skip = 0 }' y.c >y2 && mv y2 y.c
sed -n '/noipa.*weigh/,/^}/p' y.orig >>x.c
check "moved: refused" test "$(stage patched -O2 -flto \
	-flto-partition=1to1 x.c y.c -o prog; echo $?)" != 0
says "-flto-partition=one"

# One part becomes two, and back: the files of the first link don't stay.
rm -rf .kpatch_* ./*.o prog
cp y.orig y.c
stage original -O2 -flto -flto-partition=1to1 x.c y.c -o prog
check "two parts" test "$(compgen -G '.kpatch_prog.*.original.s' | wc -l)" = 2
stage patched -O2 -flto x.c y.c -o prog
check "parts: refused" test $? != 0
says "-flto-partition=one"
stage original -O2 -flto x.c y.c -o prog
check "one part" test "$(compgen -G '.kpatch_prog.*.original.s' | wc -l)" = 1

# Without the original.
rm -rf .kpatch_* ./*.o prog
check "no original: refused" test "$(stage patched -O2 -flto x.c y.orig.c \
	-o prog 2>/dev/null; stage patched -O2 -flto x.c -x c y.orig -o prog; \
	echo $?)" != 0
says "KPATCH_STAGE=original first"

finish
