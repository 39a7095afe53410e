#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs one test in one flavor; used by run_tests.sh.
# Usage: run_one.sh NAME FLAVOR DESTDIR WORKDIR
# Exit code 0 passed, 77 skipped (the reason is in WORKDIR/steps), else failed.
set -u

here=$(dirname "$(readlink -f "$0")")
test=$1
flavor=$2
kind=$3
work=$4
dest=$here/$test/$kind
if [ "$kind" = kpmake ]; then
	patchroot=$here/$test/patchroot
else
	patchroot=$dest/patchroot
fi

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"

# For the tests' own scripts.
# shellcheck disable=SC2317
skip() {
	echo "skipped: $*" >>"$work/steps"
	exit 77
}

# A build that had to be refused: by its message, and with no patch made.
judge_refused_build() {
	local regex log=$here/$test/$kind.log
	regex=$(expected refuse-build)
	[ -f "$log" ] || fail "not built: $kind.log isn't there"
	cp "$log" "$work/doctor"
	grep -Eq -- "$regex" "$log" ||
		fail "the build wasn't refused with \"$regex\""
	if tail -n 1 "$log" | grep -qx 'exit code 0'; then
		fail "the build was to fail"
	fi
	if [ -n "$(ls "$patchroot" 2>/dev/null)" ]; then
		fail "a patch was made nevertheless"
	fi
	exit 0
}

if [ -f "$here/$test/run" ]; then
	# shellcheck source=/dev/null
	. "$here/$test/run"
fi
if [ -n "$(expected refuse-build)" ]; then
	judge_refused_build
fi
log=$here/$test/$kind.log
if ! tail -n 1 "$log" 2>/dev/null | grep -qx 'exit code 0'; then
	tail -n 40 "$log" >"$work/doctor" 2>/dev/null
	fail "not built, see $test/$kind.log"
fi
"$flavor"
exit 0
