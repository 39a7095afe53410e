#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs of which only a part is C: what is written in Fortran, Ada, Go and
# assembly passes through, the C of it is patched while it runs, and a change in
# the rest gets into no patch and is named.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

out=$scratch/out
patient=
trap '[ -z "$patient" ] || kill "$patient" 2>/dev/null; rm -rf "$scratch"' EXIT

# fix NAME FILE SED: a patch of what sed changes
fix() {
	cp "$2" old
	sed "$3" old >new
	diff -u --label "a/$2" --label "b/$2" old new >"../$1.diff"
	rm old new
}

build() {
	"$bin/kpmake" "$1" >"$out" 2>&1 </dev/null
}

doctor() {
	"$bin/kpatch_user" "$@" >"$out"
}

# Whether the patient's answer becomes that.
answers() {
	for _ in {1..100}; do
		[ "$(tail -n 1 answers)" = "$1" ] && return
		sleep 0.05
	done
	echo "$(tail -n 1 answers), not $1" >&2
	return 1
}

# lives NAME PROGRAM BEFORE AFTER
lives() {
	: >answers
	"$2" >answers 2>&1 &
	patient=$!
	check "$1: as built" answers "$3"
	check "$1: patch" doctor patch -p "$patient" patchroot
	check "$1: patched" answers "$4"
	check "$1: unpatch" doctor unpatch -p "$patient"
	check "$1: unpatched" answers "$3"
	kill "$patient"
	wait "$patient" 2>/dev/null
	patient=
}

# ---- Fortran, Ada and assembly in a program of C ----

mkdir "$scratch/mixed"
cd "$scratch/mixed" || exit 1
cat >Makefile <<'S'
.RECIPEPREFIX = >
CFLAGS = -O2 -g
prog: main.o total.o scale.o step.o
> $(CC) -o $@ $^ -lgfortran -lgnat
total.o: total.f90
> $(CC) -O2 -g -c $<
scale.o: scale.adb scale.ads
> $(CC) -O2 -g -c scale.adb
step.o: step.S
> $(CC) -c $<
install: prog
> mkdir -p $(DESTDIR)/bin
> install prog $(DESTDIR)/bin
clean:
> rm -f prog *.o *.ali
S
cat >main.c <<'S'
#include <stdio.h>
#include <unistd.h>

int total_(const int *values, const int *count);
int scale(int n);
int step(int n);

__attribute__((noipa)) void answer(void)
{
	static const int values[] = {1, 2, 3};
	static const int count = 3;

	printf("old %d %d %d\n", total_(values, &count), scale(7), step(8));
	fflush(stdout);
}

int main(void)
{
	alarm(60);
	for (;; usleep(50000))
		answer();
}
S
cat >total.f90 <<'S'
integer function total(values, count)
  implicit none
  integer, intent(in) :: count, values(count)
  total = sum(values)
end function total
S
cat >scale.ads <<'S'
package Scale is
   function Scale (N : Integer) return Integer
     with Export, Convention => C, External_Name => "scale";
end Scale;
S
cat >scale.adb <<'S'
package body Scale is
   function Scale (N : Integer) return Integer is
   begin
      return N * 10;
   end Scale;
end Scale;
S
cat >step.S <<'S'
	.text
	.globl	step
	.type	step, @function
step:	lea	1(%rdi), %eax
	ret
	.size	step, .-step
	.section .note.GNU-stack,"",@progbits
S
fix c main.c 's/"old/"new/'
fix fortran total.f90 's/sum(values)/2 * sum(values)/'
fix ada scale.adb 's/N \* 10/N * 20/'
fix assembly step.S 's/1(%rdi)/2(%rdi)/'

check "it builds: $(build ../c.diff || cat "$out")" test -d patchroot
lives mixed kpmake/bin/prog 'old 6 70 9' 'new 6 70 9'
for language in fortran:total ada:scale assembly:step; do
	file=${language#*:}
	language=${language%:*}
	build "../$language.diff"
	check "a change in $language is refused" test $? -ne 0
	check "a change in $language is named: $(cat "$out")" \
		grep -q "prog.*$file\|$file.*prog" "$out"
done

# ---- the C parts of a program of Go ----

go_parts() {
	mkdir "$scratch/cgo"
	cd "$scratch/cgo" || exit 1
	cat >Makefile <<'S'
.RECIPEPREFIX = >
CFLAGS = -O2 -g
prog: main.o libgreet.a
> $(CC) -o $@ $^ -pthread
libgreet.a: greet.go go.mod
> CC=gcc go build -buildmode=c-archive -o $@
install: prog
> mkdir -p $(DESTDIR)/bin
> install prog $(DESTDIR)/bin
clean:
> rm -f prog *.o libgreet.*
S
	printf 'module greet\n\ngo 1.13\n' >go.mod
	cat >greet.go <<'S'
package main

import "C"

//export Twice
func Twice(n C.int) C.int {
	done := make(chan C.int)
	go func() { done <- 2 * n }()
	return <-done
}

func main() {}
S
	cat >main.c <<'S'
#include <stdio.h>
#include <unistd.h>

int Twice(int n);

__attribute__((noipa)) void answer(void)
{
	printf("old %d\n", Twice(21));
	fflush(stdout);
}

int main(void)
{
	alarm(60);
	for (;; usleep(50000))
		answer();
}
S
	export HOME=$scratch GOFLAGS=-mod=mod GOPROXY=off
	fix c main.c 's/"old/"new/'
	check "Go: it builds: $(build ../c.diff || cat "$out")" test -d patchroot
	lives Go kpmake/bin/prog 'old 42' 'new 42'

	# What go build itself compiles is in a folder that it removes, and it
	# wants its debug information.
	rm -rf ./*.h ./*.a main.c patchroot kpmake*
	cat >Makefile <<'S'
.RECIPEPREFIX = >
prog: answer.c
> CC="$(CC)" go build -o prog
install: prog
> mkdir -p $(DESTDIR)/bin
> install prog $(DESTDIR)/bin
clean:
> rm -f prog
S
	cat >answer.c <<'S'
#include <stdio.h>

__attribute__((noipa)) void answer(void)
{
	puts("old");
	fflush(stdout);
}
S
	cat >greet.go <<'S'
package main

// void answer(void);
import "C"
import "time"

func main() {
	for start := time.Now(); time.Since(start) < time.Minute; {
		C.answer()
		time.Sleep(50 * time.Millisecond)
	}
}
S
	fix c answer.c 's/"old/"new/'
	build ../c.diff
	check "a program of Go is refused" test $? -ne 0
	check "it says why: $(cat "$out")" \
		grep -Eq "cannot load DWARF|nothing was compiled" "$out"
	: >answers
	./prog >answers &
	patient=$!
	check "and is unharmed" answers old
	kill "$patient"
}

if command -v go >/dev/null; then
	go_parts
else
	skip "Go's part: no go here (scripts/deps.sh full installs it)"
fi

finish
