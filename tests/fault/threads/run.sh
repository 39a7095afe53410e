#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Patients whose threads, children, signals and programs come and go while
# they are patched and unpatched. Usage: run.sh [--full] [CASE...]
# Last line: "N passed, N failed".
set -u

here=$(dirname "$(readlink -f "$0")")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { make -s -C "$here/../../../src" && make -s -C "$here"; } >"$log" 2>&1; then
	cat "$log"
	echo "0 passed, 1 failed"
	exit 1
fi
THREADS_TOP=$here "$here/driver" "$@"
