#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kpatch_strip --verify: is what was built the program that was shipped?
# shellcheck source=tests/cc/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$scratch" || exit 1

cat >prog.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int counter = 3;
const double half = 0.5;
static const char *const names[] = { "zero", "one", "two" };
int (*hook)(const char *) = puts;
#ifdef EXTRA
int extra(int n) { return n * 77; }
char room[5000];
const char *before = "a string that comes before all others";
#endif
__attribute__((noinline)) static int pick(int n)
{
	switch (n) {
	case 0: return counter++;
	case 1: return puts("first");
	case 2: return abs(counter - 9);
	case 3: return printf("%s %d\n", names[n % 3], n);
	case 4: return (int)strlen(getenv("HOME"));
	case 5: return rand();
	}
	return CONSTANT;
}
__attribute__((noinline)) double scale(double x)
{
	return x * half + 1.25;
}
int main(int argc, char **argv)
{
	hook(argv[0]);
	return pick(argc) + (int)scale(argc) + fprintf(stderr, TEXT "\n");
}
END

# make NAME WORD...: ./NAME, linked from prog.c
make_it() {
	local name=$1
	shift
	gcc -O2 "$@" -DCONSTANT="${constant:-12}" -DTEXT="\"${text:-said}\"" prog.c -o "$name" \
		-Wl,--build-id || exit 1
}

# verify STATUS TEXT WORD...: the exit code, and what the report says
verify() {
	local status=$1 text=$2 code
	shift 2
	"$bin/kpatch_strip" --verify "$@" >report 2>message
	code=$?
	if [ "$code" -eq "$status" ] && cat report message | grep -Eq -- "$text"; then
		ok
	else
		not_ok "--verify $*: exit code $code, expected $status and" \
			"\"$text\": $(cat report message)"
	fi
}

for kind in "-pie -fPIE" "-no-pie -fno-pie" "-shared -fPIC"; do
	read -ra flags <<<"$kind"
	for compiler in "gcc" "env KPATCH_STAGE=original $bin/kpatch_cc"; do
		# shellcheck disable=SC2086 # words
		$compiler -O2 -DCONSTANT=12 -DTEXT='"said"' "${flags[@]}" \
			prog.c -o shipped -Wl,--build-id || exit 1
	done
	make_it built "${flags[@]}"
	cp shipped shipped.debug
	strip shipped
	verify 0 'the same program, byte for byte' built shipped
	verify 0 'BuildID: equal' built shipped
	verify 0 '100.00 %' built shipped

	# the same functions at other places
	make_it shipped "${flags[@]}" -DEXTRA
	objcopy --only-keep-debug shipped shipped.debug
	strip shipped
	verify 1 'function extra: only in the shipped one' built shipped shipped.debug
	verify 1 'functions: ([0-9]+) of [0-9]+ equal, 9[0-9]|functions: ([0-9]+) of' \
		built shipped shipped.debug
	if grep 'differs: ' report | grep -vE '(extra|room|before): only in'; then
		not_ok "$kind: --verify takes moved ones for different ones"
	else
		ok
	fi
	if ((${#flags[@]} && $(grep -c 'differs:' report) == 3)); then
		ok
	else
		not_ok "$kind: not three differences: $(cat report)"
	fi
	verify 1 'names: shipped has none' built shipped

	# padded: everything moves, nothing else
	make_it shipped "${flags[@]}" -Wl,-z,max-page-size=65536 -Wl,-z,separate-code
	objcopy --only-keep-debug shipped shipped.debug
	strip shipped
	verify 0 'the same functions and variables, elsewhere|byte for byte' \
		built shipped shipped.debug
	verify 0 'the same functions and variables, elsewhere|byte for byte' \
		built shipped

	# a constant, in code and in a string
	constant=13 make_it shipped "${flags[@]}"
	verify 1 'differs: function pick(\.cold)? .*other instructions' built shipped
	text=sail make_it shipped "${flags[@]}"
	verify 1 'differs: function main .*refers to \.rodata' built shipped
	strip shipped
	verify 1 'differs: function main .*refers to \.rodata' built shipped
	verify 1 'is of another build' built shipped shipped.debug
done

verify 6 'not an ELF|not a linked|ELF' built prog.c
verify 2 'expected --strip' built
finish
