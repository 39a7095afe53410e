#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds one test. Usage: build_test.sh build|kpmake|clean NAME
# The output goes to NAME/build.log or NAME/kpmake.log, and to the terminal if
# the build fails. Where the test expects the build to be refused ("expect":
# refuse-build: REGEX) it is the refusal that succeeds.
set -u

here=$(dirname "$(readlink -f "$0")")
kind=$1
name=$2
cd "$here/$name" || exit 1
log=$kind.log
# The jobserver of the make above is not ours to use.
unset MAKEFLAGS MFLAGS MAKELEVEL
src=$(readlink -f "$here/../src")

expected() {
	sed -n "s/^$1: //p" expect 2>/dev/null
}

# The executable's name in a test is the test's.
clean() {
	make -s sources
	make -s clean
	rm -rf build kpmake kpmake.patched patchroot .kpatch_* ./*.log ./*.o ./*.so "./$name"
	if grep -q '^VARIANT_OF' Makefile; then
		rm -f "$name".{c,cc} "$name.diff"
	fi
}

build_manually() {
	make
}

build_with_kpmake() {
	local diffs=()
	for diff in "$name.diff" "lib$name.diff"; do
		if [ -f "$diff" ]; then
			diffs+=("$PWD/$diff")
		fi
	done
	rm -rf kpmake kpmake.patched patchroot
	if grep -q '^COMPILER *= *clang' Makefile; then
		export CC=clang CXX=clang++
	fi
	PATH=$src:$PATH "$src/kpmake" --clean "${diffs[@]}"
}

case $kind in
clean)
	clean
	exit
	;;
build) step=build_manually ;;
kpmake) step=build_with_kpmake ;;
*)
	echo "usage: build_test.sh build|kpmake|clean NAME" >&2
	exit 2
	;;
esac

# So that nothing of an earlier build can be taken for this one's.
rm -f "$log"
make -s sources
$step >"$log.part" 2>&1 </dev/null
rc=$?
mv "$log.part" "$log"
echo "exit code $rc" >>"$log"

refusal=$(expected refuse-build)
if [ -n "$refusal" ]; then
	# run_tests.sh reports it; a build that succeeds is no reason to stop.
	exit 0
fi
if [ "$rc" -ne 0 ]; then
	echo "$kind-$name failed:" >&2
	tail -n 30 "$log" | sed 's/^/    /' >&2
	exit 1
fi
echo "$kind-$name"
