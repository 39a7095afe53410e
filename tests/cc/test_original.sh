#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The original stage: every file a command leaves, its messages and its exit
# code are those of the plain compiler; and the assembly is there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
# shellcheck disable=SC2016 # words are expanded where they are run
. "$(dirname "$0")/lib.sh"

# A folder with sources of each kind; the same for both compilers.
make_tree() {
	mkdir -p "$1/a" "$1/b b" "$1/out"
	cat >"$1/x.c" <<-'S'
		#include <stdio.h>
		#include "a/x.h"
		static int calls;
		const char *words[] = {"one", "two"};
		double half(double d) { return d / 2.5; }
		int twice(int a) { calls++; return ADD(a, a); }
		int pick(int a)
		{
			switch (a) {
			case 0: return 7; case 1: return 9; case 2: return 77;
			case 3: return 5; case 4: return -1; case 5: return 10;
			}
			return __LINE__;
		}
		int main(int argc, char **argv)
		{
			int unused;
			printf("%s %d\n", argv[0], twice(argc) + pick(argc));
			return 0;
		}
	S
	echo '#define ADD(a, b) ((a) + (b))' >"$1/a/x.h"
	echo 'int in_a(void) { return 1; }' >"$1/a/y.c"
	echo 'int in_b(void) { return 2; }' >"$1/b b/y.c"
	echo 'int only_data = 5; static int hidden[9]; int *p = hidden;' >"$1/data.c"
	: >"$1/empty.c"
	echo 'int broken(void) { return undeclared; }' >"$1/broken.c"
	cat >"$1/z.cc" <<-'S'
		#include <string>
		#include <vector>
		namespace { struct quiet { quiet(); ~quiet(); } one; int n; }
		quiet::quiet() { n = 1; }
		quiet::~quiet() { n = 0; }
		template <class T> T most(std::vector<T> v) { T m = v[0];
			for (auto &e : v) if (e > m) m = e; return m; }
		int main() try { auto f = [](int i) { return i + n; };
			return most<int>({1, f(2)}) + most<std::string>({"a"}).size();
		} catch (...) { throw; }
	S
	printf '\t.text\n\t.globl bare\nbare:\n\tret\n\t.section .note.GNU-stack,"",@progbits\n' >"$1/bare.s"
	printf '#define NAME raw\n\t.text\n\t.globl NAME\nNAME:\n\tret\n' >"$1/raw.S"
	cp "$1/x.c" "$1/x.other"
	echo '-O2 -DSPACED="1 2" -c x.c -o "out/at.o"' >"$1/args.rsp"
	echo '@args.rsp -g' >"$1/args2.rsp"
}

# What the command left; links of one build have the same name in both trees.
leftovers() {
	(cd "$1" && find . -type f ! -name '.kpatch_*.original.s' \
		! -name '.kpatch_*.deps' ! -name '.kpatch_*.dates' \
		! -name '.kpatch_*.gcno' \
		! -name stdout ! -name stderr | sort |
		xargs -d '\n' sha256sum)
}

# same COMPILER WORDS: plain and wrapped in one folder name after the other
same() {
	local cc=$1 tree=$scratch/tree var=KPATCH_CC prog=$kpatch_cc
	shift
	case $cc in *++) var=KPATCH_CXX prog=$bin/kpatch_c++ ;; esac
	rm -rf "$scratch/plain" "$scratch/wrapped"
	make_tree "$tree"
	(cd "$tree" && eval "$cc $*" >stdout 2>stderr </dev/null; echo $? >>stdout)
	mv "$tree" "$scratch/plain"
	make_tree "$tree"
	(cd "$tree" && eval "$var='$cc' KPATCH_STAGE=original '$prog' $*" \
		>stdout 2>stderr </dev/null; echo $? >>stdout)
	mv "$tree" "$scratch/wrapped"
	leftovers "$scratch/plain" >"$scratch/plain.sums"
	leftovers "$scratch/wrapped" >"$scratch/wrapped.sums"
	# temporary names and the order of several messages are no difference
	for f in plain wrapped; do
		sed -E 's,/tmp/[A-Za-z0-9._-]+,TMP,g' "$scratch/$f/stderr" \
			>"$scratch/$f.err"
	done
	if diff "$scratch/plain.sums" "$scratch/wrapped.sums" >"$scratch/diff" &&
		diff "$scratch/plain/stdout" "$scratch/wrapped/stdout" >>"$scratch/diff" &&
		{ [ "${no_messages:-}" ] ||
			diff "$scratch/plain.err" "$scratch/wrapped.err" >>"$scratch/diff"; }; then
		ok
	else
		not_ok "$cc $*"
		head -n 12 "$scratch/diff" >&2
	fi
}

# captured NAME...: the assembly files of the last same()
captured() {
	local name
	for name in "$@"; do
		check "assembly $name" test -f "$scratch/wrapped/$name"
	done
}

c_compilers=(gcc)
cxx_compilers=(g++)
if command -v clang >/dev/null; then
	c_compilers+=(clang)
	cxx_compilers+=(clang++)
fi

for cc in "${c_compilers[@]}"; do
	same "$cc" -c x.c
	captured .kpatch_x.original.s
	for debug in "" -g -g1 -g3 -ggdb3 -gdwarf-4; do
		for level in -O0 -O1 -O2 -O3 -Os; do
			same "$cc" $level $debug -c x.c -o out/x.o
		done
	done
	captured out/.kpatch_x.original.s
	for option in -fPIC -fpie -fno-pie -pg -ffunction-sections -fdata-sections \
		'-fdebug-prefix-map=$PWD=/src' '-ffile-prefix-map=$PWD=/src' \
		-pipe -march=haswell '-mtune=native' -fno-asynchronous-unwind-tables \
		'-Wall -Wextra' -fcommon -fcf-protection -fstack-protector-strong \
		'-Wa,--noexecstack' '-include a/x.h' '-Ia -I "b b"' -mcmodel=large \
		'-fsanitize=address' '-std=c99 -pedantic' -fpatchable-function-entry=2 \
		'-frecord-gcc-switches' '-masm=intel' -fverbose-asm -gz \
		'-Xassembler --noexecstack' '-D"A=1 2"' '-U A' -mno-red-zone \
		-grecord-gcc-switches -Wa,--compress-debug-sections; do
		same "$cc" -O2 -g "$option" -c x.c -o out/x.o
	done
	for f in data empty; do same "$cc" -g -c $f.c; done
	same "$cc" -c a/y.c
	same "$cc" -c '"b b/y.c"' -o '"b b/y.o"'
	captured "b b/.kpatch_y.original.s"
	same "$cc" -c x.c -oout/x.o
	same "$cc" -c x.c -o out/x
	same "$cc" -c x.c -o out/x.pic.o
	same "$cc" -c x.c data.c
	captured .kpatch_x.original.s .kpatch_data.original.s
	same "$cc" -c a/y.c '"b b/y.c"'
	same "$cc" -c x.c raw.S bare.s
	same "$cc" -c raw.S
	same "$cc" -c bare.s -o out/b.o
	same "$cc" -c broken.c
	same "$cc" -c missing.c -o out/missing.o
	same "$cc" -c x.c data.c -o two.o
	no_messages=1
	same "$cc" -c x.c broken.c
	no_messages=
	same "$cc" @args.rsp
	captured out/.kpatch_at.original.s
	same "$cc" @args2.rsp
	same "$cc" -c -x c x.other
	same "$cc" -xc -c x.other -o out/o.o
	captured out/.kpatch_o.original.s
	same "$cc" -c -x c x.other -x none raw.S
	same "$cc" -x assembler -c bare.s
	# dependencies
	for deps in -MD -MMD '-MD -MP' '-MD -MF out/deps' '-MMD -MFdeps' \
		'-MD -MT target' '-MD -MQ "a\$b"' '-MD -MT one -MT two -MP' \
		'-MMD -MP -MF .deps.Tpo -MT x.lo' -Wp,-MD,out/wp.d -Wp,-MMD,wp.d; do
		same "$cc" "$deps" -c x.c
		same "$cc" "$deps" -c x.c -o out/x.lo
		same "$cc" "$deps" -c a/y.c -o out/y.tab.o
	done
	same "$cc" -MD -c x.c data.c
	same "$cc" -MD x.c -o prog
	same "$cc" -MMD x.c a/y.c -o prog
	for mode in -E -S -M -MM '-S -o out/q.s' -fsyntax-only; do
		same "$cc" "$mode" x.c
	done
	same "$cc" --version
	same "$cc" -v
	same "$cc" -print-search-dirs
	same "$cc" -dumpmachine
	same "$cc"
	same "$cc" -c - -x c
	same "$cc" -c x.c -o /dev/null
	# further files
	same "$cc" -save-temps -c x.c
	same "$cc" -save-temps=obj -c x.c -o out/x.o
	captured out/.kpatch_x.original.s
	same "$cc" -gsplit-dwarf -c x.c -o out/x.o
	same "$cc" -fstack-usage -c x.c -o out/x.o
	same "$cc" --coverage -frandom-seed=1 -c x.c -o out/x.o
	# links
	same "$cc" x.c
	captured .kpatch_a.out-x.c.original.s
	same "$cc" -g -O2 -Wl,--build-id x.c -o out/prog -lm
	captured out/.kpatch_prog-x.c.original.s
	same "$cc" x.c a/y.c '"b b/y.c"' -o prog
	captured .kpatch_prog-x.c.original.s .kpatch_prog-y.c.original.s \
		.kpatch_prog-2-y.c.original.s
	same "$cc" -x c x.other -x none raw.S -o prog
	same "$cc" -shared -fPIC data.c a/y.c -o libdata.so -Wl,-soname,libdata.so.1
	same "$cc" -s x.c -o prog
	same "$cc" -flto -frandom-seed=1 -O2 -c data.c
	same "$cc" -static x.c -o prog
	same "$cc" -c x.c '&&' "$cc" x.o -o prog
	same "$cc" broken.c -o prog
done

# what gcc 12 alone knows
same gcc -c x.c -o out/x.o -fdump-tree-optimized
same gcc -c -fprofile-generate -frandom-seed=1 x.c -o out/x.o
same gcc -c x.c -o out/x.o -Wa,-a=out/listing '&&' rm -f out/listing

for cxx in "${cxx_compilers[@]}"; do
	for options in -O0 -O2 '-O2 -g' '-O3 -g3 -fPIC' '-std=c++20 -Os'; do
		same "$cxx" "$options" -c z.cc -o out/z.o
	done
	captured out/.kpatch_z.original.s
	same "$cxx" -MD -c z.cc
	same "$cxx" z.cc -o prog
	same "$cxx" -x c++ -c x.other -o out/q.o
done

finish
