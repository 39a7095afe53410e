#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kpmake on small projects: what it prints, what it leaves, its exit codes.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kpmake=$bin/kpmake
project="$scratch/pro ject" # a space on the way
patches=$scratch/patches
out=$scratch/out

# A program with two files and a header, a library with its links, and a
# program that no patch changes.
make_project() {
	rm -rf "$project"
	mkdir -p "$project/lib" "$project/doc" "$patches"
	cd "$project" || exit 1
	cat >Makefile <<-'S'
		# tabs are for the here document
		.RECIPEPREFIX = >
		CFLAGS = -O2
		all: server other libgreet.so.1.0
		server: main.o work.o libgreet.so.1.0
		> $(CC) -o $@ main.o work.o libgreet.so.1.0
		other: other.o
		> $(CC) $(OTHER) -o $@ other.o
		%.o: %.c
		> $(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
		libgreet.so.1.0: lib/greet.c $(wildcard lib/extra.c)
		> $(CC) $(CFLAGS) -fPIC -shared -Wl,-soname,libgreet.so.1 -o $@ $^
		install: all
		> mkdir -p $(DESTDIR)/bin $(DESTDIR)/lib
		> install -s -m 755 server other $(DESTDIR)/bin
		> install -m 755 libgreet.so.1.0 $(DESTDIR)/lib
		> ln -sf libgreet.so.1.0 $(DESTDIR)/lib/libgreet.so.1
		> ln -sf libgreet.so.1 $(DESTDIR)/lib/libgreet.so
		clean:
		> rm -f server other libgreet.so.1.0 *.o *.d
		-include *.d
	S
	cat >main.c <<-'S'
		#include "work.h"
		int main(void) { return work(3); }
	S
	cat >work.c <<-'S'
		#include <stdio.h>
		#include "work.h"
		static int calls;
		int work(int n)
		{
			calls++;
			printf("work %d %d %s\n", n, calls, greet());
			return 0;
		}
	S
	printf 'int work(int n);\nconst char *greet(void);\n' >work.h
	printf 'const char *greet(void) { return "hello"; }\n' >lib/greet.c
	printf 'int main(void) { return 9; }\n' >other.c
	printf 'old words\n' >doc/readme
	touch -d '2020-01-02 03:04:05' ./*.c ./*.h lib/*.c doc/*
}

# edit_patch NAME PREFIX COMMANDS...: a patch of what the commands change
edit_patch() {
	local name=$1 a=$2 b=$3
	rm -rf "$scratch/a" "$scratch/b"
	mkdir "$scratch/a"
	cp -r "$project/." "$scratch/a"
	cp -r "$scratch/a" "$scratch/b"
	(cd "$scratch/b" && eval "$4")
	(cd "$scratch" && diff -urN a b | sed -E "s,^--- a/,--- $a,;
		s,^\+\+\+ b/,+++ $b,; /^diff /d") >"$patches/$name"
}

# Every file of the sources with its contents; not what builds leave.
sources() {
	find . -type f \( -name '*.[ch]' -o -path './doc/*' -o -name Makefile \) |
		sort | xargs -d '\n' sha256sum
	find . -type d -name 'new*'
}

# run CODE ARGUMENTS...
run() {
	local expected=$1 code
	shift
	"$kpmake" "$@" >"$out" 2>&1 </dev/null
	code=$?
	if ((code == expected)); then
		ok
	else
		not_ok "kpmake $*: exit code $code, not $expected"
		tail -n 8 "$out" >&2
	fi
}

says() {
	check "kpmake doesn't say: $1" grep -qF -- "$1" "$out"
}

sources_are_back() {
	sources >"$scratch/after"
	check "$1: the sources are as they were" \
		cmp "$scratch/before" "$scratch/after"
	check "$1: nothing of kpmake's is left" \
		test -z "$(find . -name '.kpmake.*' -o -name '*.orig' -o -name '*.rej')"
}

buildid() {
	readelf -n "$1" | sed -n 's/.*Build ID: //p'
}

make_project
sources >"$scratch/before"
edit_patch work.patch a/ b/ \
	"sed -i 's/work %d/WORK %d/' work.c; echo new words >doc/readme"
edit_patch greet.patch "" "" "sed -i s/hello/goodbye/ lib/greet.c"
edit_patch new.patch a/ b/ "mkdir -p lib newdoc/deep
	echo 'const char *extra(void) { return \"extra\"; }' >lib/extra.c
	echo text >newdoc/deep/text
	sed -i '1i const char *extra(void);' lib/greet.c
	sed -i 's/\"hello\"/extra()/' lib/greet.c"
edit_patch broken.patch a/ b/ "sed -i 's/calls++/calls++ +/' work.c"
edit_patch comment.patch a/ b/ "sed -i '1i /* a comment */' other.c"
edit_patch initial.patch a/ b/ "sed -i 's/int calls/int calls = 7/' work.c"
edit_patch other.patch a/ b/ "sed -i s/9/8/ other.c"
edit_patch outside.patch ../a/ ../b/ "sed -i s/9/8/ other.c"
printf -- '--- a/none.c\n+++ b/none.c\n@@ -1 +1 @@\n-a\n+b\n' \
	>"$patches/none.patch"

# usage
run 0 --help
says "--srcdir DIR"
run 0 -h
run 0 --version
says "kpmake "
run 2
says "no patch given"
run 2 --what
says "--what: no such option"
run 2 missing.patch
says "missing.patch: no such patch"
run 2 --srcdir
run 2 --srcdir nowhere x
run 2 -j x "$patches/work.patch"
run 2 --update "$patches/work.patch"
run 1 --update
says "run kpmake without --update first"

# what is up to date leaves no assembly
make -s >/dev/null 2>&1
run 1 "$patches/work.patch"
says "use kpmake --clean"
sources_are_back "up to date"

# two patches, one of -p1 and one of -p0, a path relative to the caller
cd "$patches" && cp work.patch "$project/here.patch" && cd "$project" || exit 1
run 0 --clean -j2 here.patch "$patches/greet.patch"
for line in "BUILDING ORIGINAL CODE" "INSTALLING ORIGINAL OBJECTS INTO kpmake" \
	"applying patch $project/here.patch" \
	"applying patch $patches/greet.patch" "BUILDING PATCHED CODE" \
	"INSTALLING PATCHED CODE" "MAKING PATCHES" \
	"patch for $project/kpmake/bin/server is in patchroot/$(buildid kpmake/bin/server).kpatch" \
	"patch for $project/kpmake/lib/libgreet.so.1.0 is in patchroot/$(buildid kpmake/lib/libgreet.so.1.0).kpatch" \
	"no changes in $project/kpmake/bin/other"; do
	says "$line"
done
rm here.patch
sources_are_back "two patches"
check "two patches" test "$(find patchroot -name '*.kpatch' | wc -l)" = 2
check "each real file once" test "$(grep -c 'libgreet' <<<"$(grep 'patch for' "$out")")" = 1
"$bin/kpatch_user" show patchroot/*.kpatch >"$out" 2>&1
says "work"
says "greet"
says "libgreet.so.1"

# only what changed was compiled again
check "main.c isn't compiled again" test ! -e .kpatch_main.patched.s
check "work.c is" test -e .kpatch_work.patched.s

# an ordinary make after it builds the original again
make -s >/dev/null 2>&1
check "make builds what is in the sources" \
	test "$(LD_LIBRARY_PATH=kpmake/lib ./server)" = "work 3 1 hello"
check "and it has no patch in it" \
	test -z "$(readelf -SW server | grep kpatch)"

# the original is what make alone yields
mkdir "$scratch/plain"
make -s clean all install DESTDIR="$scratch/plain" >/dev/null 2>&1
for file in bin/server bin/other lib/libgreet.so.1.0; do
	check "$file is what plain make yields" \
		cmp "$scratch/plain/$file" "kpmake/$file"
done

# --update: only the last step
rm -f patchroot/*
run 0 --update
check "no build" test -z "$(grep BUILDING "$out")"
check "patches are there again" \
	test "$(find patchroot -name '*.kpatch' | wc -l)" = 2

# labels
run 0 --update --level 3 --cve CVE-2026-1,CVE-2026-2 --description "a fix"
"$bin/kpatch_user" show patchroot/*.kpatch >"$out" 2>&1
says "CVE-2026-1"
says "a fix"

# new files, in a new folder; a run after a run
run 0 --clean "$patches/new.patch"
says "patch for $project/kpmake/lib/libgreet.so.1.0"
sources_are_back "new files"
check "a new folder is removed" test ! -e newdoc

# one after the other without --clean: the restored sources are built anew
run 0 "$patches/work.patch"
says "patch for $project/kpmake/bin/server"
sources_are_back "without --clean"

# failures leave the sources as they were
run 1 --clean "$patches/broken.patch"
says "the patched build failed"
sources_are_back "broken patch"
run 1 "$patches/none.patch"
says "does not apply"
sources_are_back "patch that doesn't apply"
run 1 "$patches/work.patch" "$patches/none.patch"
sources_are_back "second patch doesn't apply"
run 1 "$patches/outside.patch"
sources_are_back "patch that names files outside"
run 1 --clean "$patches/initial.patch"
says "work.c"
sources_are_back "a change that can't be carried"
run 3 --clean "$patches/comment.patch"
says "no changes in $project/kpmake/bin/other"
sources_are_back "a comment"

# no BuildID
sed -i 's/^CFLAGS/OTHER = -Wl,--build-id=none\n&/' Makefile
sources >"$scratch/before"
run 1 --clean "$patches/other.patch"
says "kpmake/bin/other has no BuildID"
sources_are_back "no BuildID"
sed -i '/^OTHER/d' Makefile

# interrupted
sed -i 's/^install: all/&\n> sleep 3/' Makefile
sources >"$scratch/before"
(exec setsid "$kpmake" --clean "$patches/work.patch" >"$out" 2>&1) &
for _ in $(seq 300); do
	grep -q "INSTALLING PATCHED" "$out" && break
	sleep 0.1
done
kill -INT -- "-$!" 2>/dev/null || kill -TERM $!
wait $!
sources_are_back "interrupted"

# --srcdir, and clang as the real compiler
make_project
mkdir build
sed -e 's,%.o: %.c,VPATH = ..\n%.o: %.c,' -e 's,lib/greet,../&,' \
	-e 's,wildcard lib,wildcard ../lib,' Makefile >build/Makefile
sources >"$scratch/before"
cd build || exit 1
run 0 --clean --srcdir .. "$patches/work.patch"
says "patch for $project/build/kpmake/bin/server"
cd ..
sources_are_back --srcdir
if command -v clang >/dev/null; then
	CC=clang run 0 --clean "$patches/work.patch"
	says "patch for $project/kpmake/bin/server"
	check "clang built it" \
		grep -q clang <<<"$(readelf -p .comment kpmake/lib/libgreet.so.1.0)"
	sources_are_back clang
fi

finish
