#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kpatch_user -p all among many processes: those that don't map the object are
# never attached to. Watched with strace, in a PID namespace of its own.
# Usage: run.sh [--full]. Last line: "N passed, N failed[, N skipped]".
set -u

here=$(dirname "$(readlink -f "$0")")
tests=$(readlink -f "$here/../..")
doctor=$(readlink -f "$tests/../src/kpatch_user")
dir=$tests/simplest/build

if [ "${1:-}" != inside ]; then
	make -s -C "$tests" tools build-simplest >/dev/null || exit 1
	if ! unshare --pid --fork --mount-proc true; then
		echo "skipped: this machine allows no PID namespace of its own"
		echo "0 passed, 0 failed, 1 skipped"
		exit 0
	fi
	exec unshare --pid --fork --kill-child --mount-proc "$0" inside "$@"
fi

others=60
if [ "${2:-}" = --full ]; then
	others=480
fi
passed=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"; jobs -p | xargs -r kill 2>/dev/null' EXIT

result() { # NAME CONDITION...
	local name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name"
		echo "--- the doctor:"
		cat "$work/doctor"
		echo "--- traced: $(tr '\n' ' ' <"$work/traced") patients: $(tr '\n' ' ' <"$work/patients")"
	fi
}

# Runs the doctor; $work/traced gets the processes it has seized.
watch() {
	strace -f -qq -e trace=ptrace,process_vm_writev -o "$work/strace" \
		"$doctor" "$@" >"$work/doctor" 2>&1
	code=$?
	sed -n 's/.*ptrace(PTRACE_[A-Z_]*, \([0-9]*\).*/\1/p' "$work/strace" |
		sort -u >"$work/traced"
}

only_patients_traced() {
	cmp -s "$work/traced" "$work/patients"
}

patched() {
	local p
	while read -r p; do
		"$doctor" info -p "$p" | grep -q ' patched: level .*, applied' || return 1
	done <"$work/patients"
}

for _ in $(seq "$others"); do
	sleep 1000 &
done
for _ in 1 2 3; do
	"$dir/simplest" >/dev/null 2>&1 &
	echo $! >>"$work/unsorted"
done
sort "$work/unsorted" >"$work/patients"
sleep 0.5

watch info -p all
result "info: all are listed" [ "$(grep -c '^pid=' "$work/doctor")" -gt "$others" ]
result "info: no process is traced" [ ! -s "$work/traced" ]

mkdir "$work/empty"
watch patch -p all "$work/empty"
result "nothing in the store: exit code 3" [ "$code" -eq 3 ]
result "nothing in the store: no process is traced" [ ! -s "$work/traced" ]

watch unpatch -p all
result "nothing to take back: exit code 3" [ "$code" -eq 3 ]
result "nothing to take back: no process is traced" [ ! -s "$work/traced" ]

watch patch -p all "$dir/patchroot"
result "patch: exit code 0" [ "$code" -eq 0 ]
result "patch: three processes" grep -q '^3 process(es) done' "$work/doctor"
result "patch: just the patients are traced" only_patients_traced
result "patch: they have it" patched

watch unpatch -p all
result "unpatch: exit code 0" [ "$code" -eq 0 ]
result "unpatch: just the patients are traced" only_patients_traced

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
