#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The patched stage: objects, links, refusals; and how the compiler is chosen.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

err=$scratch/err
cd "$scratch" || exit 1

original() {
	KPATCH_STAGE=original "$kpatch_cc" "$@" 2>"$err"
}

patched() {
	KPATCH_STAGE=patched "$kpatch_cc" "$@" 2>"$err"
}

says() {
	check "not said: $1; but $(cat "$err")" grep -qF -- "$1" "$err"
}

sections() {
	readelf -SW "$1" | grep -c '\.kpatch\.text'
}

cat >x.c <<'S'
#include <stdio.h>
int f(int a) { return a + 1; }
int main(void) { printf("%d\n", f(1)); return 0; }
S
cp x.c x.orig

compilers=(gcc)
if command -v clang >/dev/null; then
	compilers+=(clang)
fi
for cc in "${compilers[@]}"; do
	export KPATCH_CC=$cc
	for options in -O2 "-O2 -g" -O0; do
		rm -f .kpatch_* ./*.o
		cp x.orig x.c
		# shellcheck disable=SC2086 # options are words
		{
			original $options -c x.c
			cp x.o first.o
			patched $options -c x.c
			check "$cc $options: the same source, the same object" \
				cmp first.o x.o
			sed -i 's/a + 1/a + 77/' x.c
			patched $options -c x.c
			check "$cc $options: a changed source has a patch" \
				test "$(sections x.o)" -ge 1
			check "$cc $options: the original's assembly stays" \
				test -s .kpatch_x.original.s
			patched $options x.o -s -Wl,-s -Wl,-z,now,-S -o prog
			check "$cc $options: links" test "$(./prog)" = 2
			check "$cc $options: relocations are kept" \
				grep -q rela.kpatch.info <<<"$(readelf -SW prog)"
			check "$cc $options: not stripped" \
				grep -q '\.symtab' <<<"$(readelf -SW prog)"
			check "$cc $options: what else -Wl says stays" \
				grep -q NOW <<<"$(readelf -d prog)"
		}
	done
	rm -f .kpatch_* ./*.o prog
	cp x.orig x.c
	original x.c -o prog
	check "$cc: no -q in the original" \
		test -z "$(readelf -SW prog | grep rela.text)"
	sed -i 's/a + 1/a + 77/' x.c
	patched x.c -o prog
	check "$cc: compiled and linked at once" test "$(sections prog)" -ge 1
	check "$cc: the temporary object is gone" \
		test -z "$(find . -name '.kpatch_*.o')"
	# a new file of the patch
	echo 'int g(void) { return 4; }' >new.c
	patched -c new.c
	check "$cc: all of a new file is new" test "$(sections new.o)" -ge 1
	check "$cc: and nothing of it is in .text" \
		test "$(size -A new.o | awk '$1 == ".text" { print $2 }')" = 0
	# an object that was built past us
	$cc -c x.c -o past.o
	patched -c x.c -o past.o
	check "$cc: no original assembly is refused" test $? != 0
	says ".kpatch_past.original.s is missing"
	# LTO: test_lto.sh
	patched -flto -c new.c -o lto.o
	code=$?
	if [ "$cc" = clang ]; then
		check "clang: -flto is refused" test $code != 0
		says "-flto"
	fi
	# -r keeps being an object
	patched -r -nostdlib new.o -o part.o
	check "$cc: -r links" test -s part.o
done
unset KPATCH_CC

# messages once, and the compiler's exit code
echo 'int bad(void) { return nothing; }' >bad.c
patched -c bad.c
check "exit code of a failed compilation" test $? = 1
check "one error" test "$(grep -c 'error:' "$err")" = 1
echo 'int w(void) { int unused; return 0; }' >w.c
original -Wall -c w.c
check "one warning" test "$(grep -c 'warning:' "$err")" = 1
touch bad.o
rm .kpatch_bad.*
original -c bad.c
check "a failed compilation leaves no object" test ! -e bad.o
check "and no assembly" test ! -e .kpatch_bad.original.s

# a change that can't be carried leaves no object, and the reason
printf 'int v = 1;\nint *p(void) { return &v; }\n' >v.c
original -c v.c
sed -i s/1/2/ v.c
patched -c v.c
check "an initial value is refused" test $? != 0
check "no object of it" test ! -e v.o
says "v"

# which compiler
printf '#!/bin/sh\necho "mine $*" >>%s/calls\nexec gcc "$@"\n' "$scratch" >mine
printf '#!/bin/sh\nexec "$@"\n' >front
chmod +x mine front
KPATCH_CC="$scratch/front $scratch/mine" original -c w.c
check "KPATCH_CC of two words" test "$(grep -cE -- "-S|-c" calls)" = 2
KPATCH_STAGE=original ./front "$kpatch_cc" -c w.c -o front.o
check "kpatch_cc behind another program" test -e .kpatch_front.original.s
KPATCH_CC=$kpatch_cc original -c w.c
check "kpatch_cc as its own compiler" test $? = 2
says "kpatch_cc again"
KPATCH_STAGE=nonsense "$kpatch_cc" -c w.c 2>"$err"
check "a stage that there isn't" test $? = 2
says "KPATCH_STAGE is \"nonsense\""
KPATCH_CC=/no/such/compiler original -c w.c
check "no such compiler" test $? = 1
says "/no/such/compiler"
KPATCH_PATH=/nowhere patched -c w.c
check "the same code needs no kpatch_gensrc" test $? = 0
sed -i 's/return 0/return 5/' w.c
KPATCH_PATH=/nowhere patched -c w.c
check "kpatch_gensrc isn't there" test $? = 1
says "/nowhere/kpatch_gensrc"
rm -f .kpatch_w.* w.o
"$kpatch_cc" -c w.c
check "no stage: only the compiler" test -e w.o -a ! -e .kpatch_w.original.s
KPATCH_STAGE=configure "$kpatch_cc" -c w.c
check "configure: only the compiler" test ! -e .kpatch_w.original.s
check "--kpatch-help" grep -q KPATCH_STAGE <<<"$("$kpatch_cc" --kpatch-help)"
check "--kpatch-version" grep -q '^kpatch_cc ' <<<"$("$kpatch_cc" --kpatch-version)"
check "--version is the compiler's" grep -q '^gcc' <<<"$("$kpatch_cc" --version)"
check "kpatch_c++ is a C++ compiler" grep -q '^g++' <<<"$("$bin/kpatch_c++" --version)"

# so many words that they go on in a response file
{
	for i in $(seq 2500); do echo "-DA_LONG_NAME_OF_A_MACRO_$i=$i"; done
} >many.rsp
original -c w.c -o many.o @many.rsp
check "a large response file" test $? = 0 -a -s .kpatch_many.original.s

finish
