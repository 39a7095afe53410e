# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Common to the tests of kpatch_cc and kpmake: sourced by run.sh and each test.

here=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")")
top=$(readlink -f "$here/../..")
bin=${BIN:-$top/src}
# shellcheck disable=SC2034 # for those that source this
kpatch_cc=$bin/kpatch_cc
passed=0
failed=0
skipped=0

# Nothing of the caller's build may get into ours.
unset KPATCH_STAGE KPATCH_CC KPATCH_CXX KPATCH_PATH KPATCH_VERBOSE MAKEFLAGS
unset CC CXX CFLAGS
export LC_ALL=C

ok() {
	passed=$((passed + 1))
}

not_ok() {
	failed=$((failed + 1))
	echo "FAILED: $*" >&2
}

# skip TEXT: what isn't tested, and why
skip() {
	skipped=$((skipped + 1))
	echo "skipped: $*"
}

# check TEXT COMMAND...: the command must succeed
check() {
	local text=$1
	shift
	if "$@"; then ok; else not_ok "$text"; fi
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	((failed == 0))
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
