#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What kpmake must not do to a project: lose what is the user's, leave sources
# patched, install into the system, build with another compiler or options.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
kpmake=$bin/kpmake
cd "$scratch" || exit 1

make_project() {
	mkdir -p "$1"
	cat >"$1/prog.c" <<-'S'
		#include <stdio.h>
		__attribute__((noinline)) int sum(int n)
		{
			int s = 0;
			for (int i = 1; i < n; i++)
				s ^= i * 7 + s;
			return s;
		}
		int main(int argc, char **argv)
		{
			return printf("%s %d\n", argv[0], sum(argc)) < 0;
		}
	S
	cat >"$1/Makefile" <<-'S'
		.RECIPEPREFIX = >
		CFLAGS = -O2
		all: prog
		prog: prog.o
		>$(CC) -o $@ prog.o
		prog.o: prog.c
		>$(BEFORE)
		>$(CC) $(CFLAGS) -c -o $@ $<
		install: all
		>mkdir -p $(DESTDIR)
		>install -s prog $(DESTDIR)/prog
		clean:
		>rm -f prog *.o
	S
	cat >"$1/fix.patch" <<-'S'
		--- a/prog.c
		+++ b/prog.c
		@@ -5,3 +5,3 @@
		 for (int i = 1; i < n; i++)
		-s ^= i * 7 + s;
		+s ^= i * 5 + s;
		 return s;
	S
	cp "$1/prog.c" "$1/prog.c.saved"
}

# run DIR EXPECTED-CODE ARGUMENT...: kpmake there; its output is in DIR/log
run() {
	local dir=$1 expected=$2 rc
	shift 2
	(cd "$dir" && exec "$kpmake" "$@" >log 2>&1)
	rc=$?
	if [ "$rc" -eq "$expected" ]; then
		ok
	else
		not_ok "$dir: exit code $rc, expected $expected"
		tail -n 5 "$dir/log" >&2
	fi
}

says() {
	check "$1: says \"$2\"" grep -qF -- "$2" "$1/log"
}

same_source() {
	check "$1: the source is as it was" cmp "$1/prog.c" "$1/prog.c.saved"
}

one_patch() {
	check "$1: one patch" test "$(find "$1/patchroot" -name '*.kpatch' | wc -l)" = 1
}

# ---- folders that kpmake would overwrite
make_project folders
for dir in kpmake kpmake.patched; do
	mkdir "folders/$dir"
	echo mine >"folders/$dir/mine"
	run folders 1 --clean fix.patch
	says folders "/folders/$dir exists, but was not made by kpmake"
	check "the user's $dir" grep -q mine "folders/$dir/mine"
	rm -r "folders/$dir"
done
mkdir folders/patchroot
echo other >folders/patchroot/00ff.kpatch
run folders 0 --clean fix.patch
check "patches of other builds stay" test -f folders/patchroot/00ff.kpatch
run folders 0 fix.patch
same_source folders

# ---- killed while the sources are patched
make_project killed
cat >killed/before.sh <<'S'
[ "$KPATCH_STAGE" != patched ] || { echo $$ >pid; exec sleep 30; }
S
sed -i '1iBEFORE = sh before.sh' killed/Makefile
(cd killed && exec "$kpmake" --clean fix.patch >log 2>&1) &
pid=$!
for ((i = 0; i < 200; i++)); do
	[ -s killed/pid ] && break
	sleep 0.1
done
check "the patched build began" test -s killed/pid
kill -9 "$pid"
wait "$pid" 2>/dev/null
check "the kill left it patched" grep -q 'i \* 5' killed/prog.c
run killed 1 --clean fix.patch
says killed "or a build that it began, is running"
kill "$(cat killed/pid)"
for ((i = 0; i < 100; i++)); do
	(cd killed && flock -n . true) && break
	sleep 0.1
done
cp killed/prog.c killed/prog.c.patched
echo '// edited' >>killed/prog.c
: >killed/before.sh
run killed 1 --clean fix.patch
says killed "was left patched by a kpmake that was killed, and edited since"
check "the edit is left alone" grep -q edited killed/prog.c
cp killed/prog.c.patched killed/prog.c
run killed 0 --clean fix.patch
says killed "a kpmake that was killed left the sources patched"
same_source killed
one_patch killed
check "nothing of the killed run is left" \
	test -z "$(find killed -maxdepth 1 -name '.kpmake.*')"

# ---- an install target without DESTDIR
make_project system
sed -i "s|\$(DESTDIR)|$scratch/outside|" system/Makefile
run system 1 --clean fix.patch
says system "make install doesn't seem to use DESTDIR"
check "nothing was installed outside" test ! -e outside
same_source system

# ---- the compiler and its options in the makefile
make_project options
sed -i '1iCC = kpatch_cc -std=gnu11 -DNEEDED' options/Makefile
sed -i '1i#ifndef NEEDED\n#error lost\n#endif' options/prog.c
cp options/prog.c options/prog.c.saved
run options 0 --clean fix.patch
same_source options
one_patch options
if command -v clang >/dev/null; then
	make_project clang
	sed -i '1iCC = clang' clang/Makefile
	run clang 0 --clean fix.patch
	check "the makefile's compiler" grep -q clang <(readelf -p .comment clang/kpmake/prog)
	one_patch clang
fi

# ---- a source that is compiled past the wrapper
make_project past
gcc=$(readlink -f "$(command -v gcc)")
sed -i "s|^>\$(CC) \$(CFLAGS)|>$gcc -O2|" past/Makefile
echo 'int unused_by_anybody;' >past/other.c
sed -i 's|^prog: prog.o$|prog: prog.o other.o|; s|\$@ prog.o$|$@ prog.o other.o|' past/Makefile
# other.o comes from make's own rule, through $(CC)
run past 1 --clean fix.patch
says past "/past/kpmake/prog changes, but no patch is in it"
same_source past
finish
