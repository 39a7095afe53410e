#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Patients that are confined, or whose memory is odd: each is patched, taken
# back and patched again, or refused before anything is changed, by a message
# that names the reason.
# Usage: run.sh [--full] [CASE...]
# Last line: "N passed, N failed[, N skipped]".
set -u

here=$(dirname "$(readlink -f "$0")")
doctor=$here/../../../src/kpatch_user
full=false
if [ "${1:-}" = --full ]; then
	full=true
	shift
fi

work=$(mktemp -d)
: >"$work/pids"

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=cases_seccomp.sh
. "$here/cases_seccomp.sh"
# shellcheck source-path=SCRIPTDIR source=cases_place.sh
. "$here/cases_place.sh"
# shellcheck source-path=SCRIPTDIR source=cases_memory.sh
. "$here/cases_memory.sh"

trap 'end_all; rm -rf "$work"' EXIT

if ! make -s -C "$here" >"$work/make.log" 2>&1 </dev/null; then
	cat "$work/make.log"
	echo "0 passed, 1 failed"
	exit 1
fi

cases=("$@")
if [ ${#cases[@]} -eq 0 ]; then
	mapfile -t cases < <(declare -F | sed -n 's/^declare -f case_//p')
	if $full; then
		mapfile -t -O ${#cases[@]} cases < <(declare -F |
			sed -n 's/^declare -f \(full_.*\)/\1/p')
	fi
fi
for name in "${cases[@]}"; do
	run_case "$name"
done

if [ "$skipped" -ne 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
