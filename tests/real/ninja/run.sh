#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's ninja, a C++ program, patched in the middle of a build: the status line
# of each step (hot; with a new static variable that has a constructor), and which
# characters the shell takes as they are (a static inline helper).
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

next=0
configure() {
	cat >Makefile <<-'EOF'
		CXXFLAGS = -g -O2 -fstack-protector-strong \
			-fno-exceptions -DUSE_PPOLL
		SOURCES = $(filter-out %_test.cc %_perftest.cc %-win32.cc %_main-win32.cc \
			%.in.cc src/test.cc src/browse.cc src/hash_collision_bench.cc,$(wildcard src/*.cc))
		OBJECTS = $(SOURCES:.cc=.o)
		ninja: $(OBJECTS) ; $(CXX) $(CXXFLAGS) -o $@ $^
		install: ninja ; install -D ninja $(DESTDIR)/usr/bin/ninja
		clean: ; rm -f ninja src/*.o
	EOF
}

# A chain of steps, each waits for its file.
begin() {
	local i
	rm -rf "$build/run"
	mkdir -p "$build/run"
	touch "$build/run/s@0"
	{
		# shellcheck disable=SC2016 # for ninja and its shell
		printf '%s\n' 'rule step' \
			'  command = while ! [ -e $out.go ]; do sleep 0.02; done; touch $out' \
			'  description = from $in'
		for ((i = 1; i <= 30; i++)); do
			echo "build s@$i: step s@$((i - 1))"
		done
	} >"$build/run/build.ninja"
	start env -C "$build/run" NINJA_STATUS='[%f] ' "$src/kpmake/usr/bin/ninja" -j1
	sleep 0.3
}

# The step that waits is done; its line comes when it is done.
answers() {
	local from
	from=$(($(wc -l <"$build/output") + 1))
	next=$(($(find "$build/run" -name '*.go' | wc -l) + 1))
	touch "$build/run/s@$next.go"
	for _ in {1..200}; do
		[ "$(wc -l <"$build/output")" -ge "$from" ] && break
		sleep 0.05
	done
	sed -n "${from}p" "$build/output" | sed 's/[0-9][0-9]*/N/g'
}

# It builds the rest.
conclude() {
	local i
	for ((i = 1; i <= 30; i++)); do
		touch "$build/run/s@$i.go"
	done
	for _ in {1..200}; do
		kill -0 "$patient" 2>/dev/null || return
		sleep 0.05
	done
}

run_program ninja-build "[N] from 's@N'" '[#N] from s@N' '_Z21GetShellEscapedStringRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEPS4_ _ZNK13StatusPrinter20FormatProgressStatusB5cxx11EPKcl'
finish
