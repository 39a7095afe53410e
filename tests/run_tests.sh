#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs tests that have been built.
#   run_tests.sh [-f FLAVOR] [-d DESTDIR] [-v] [NAMES]
#   -f FLAVOR   test_patch_files (default), test_patch_dir,
#               test_patch_patchlevel, test_unpatch_files, test_patch_startup
#   -d DESTDIR  build (default) or kpmake: which build of the tests
#   -v          show the steps and logs of tests that pass, too
#   NAMES       tests to run, separated by spaces (default: all)
# Last line: "N passed, N failed[, N skipped]".
set -u

here=$(dirname "$(readlink -f "$0")")
flavor=test_patch_files
dest=build
verbose=false
limit=90 # seconds that one test may take

usage() {
	sed -n '4,10s/^# //p' "$0"
}

while getopts f:d:vh option; do
	case $option in
	f) flavor=$OPTARG ;;
	d) dest=$OPTARG ;;
	v) verbose=true ;;
	h)
		usage
		exit 0
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
done
shift $((OPTIND - 1))

case $flavor in
test_patch_files | test_patch_dir | test_patch_patchlevel | test_unpatch_files) ;;
test_patch_startup)
	echo "$flavor: patching at process start is not there yet"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
	;;
*)
	echo "run_tests.sh: no flavor $flavor" >&2
	exit 2
	;;
esac

# A test runs in all flavors but test_patch_patchlevel, unless its "expect"
# lists those that it's for ("flavors: ..."); "builds:" likewise.
should_skip() {
	local list expect=$here/$1/expect
	list=$(sed -n 's/^flavors: //p' "$expect")
	: "${list:=test_patch_files test_patch_dir test_unpatch_files}"
	case " $list " in
	*" $flavor "*) ;;
	*) return 0 ;;
	esac
	list=$(sed -n 's/^builds: //p' "$expect")
	case " ${list:-build kpmake} " in
	*" $dest "*) ;;
	*) return 0 ;;
	esac
	# What the processor lacks can't be tested.
	list=$(sed -n 's/^needs-cpu: //p' "$expect")
	[ -n "$list" ] && ! grep -qw "$list" /proc/cpuinfo
}

section() {
	if [ -s "$2" ]; then
		echo "    --- $1"
		tail -n "$3" "$2" | sed 's/^/    /'
	fi
}

show() {
	local name=$1 work=$2
	section steps "$work/steps" 100
	section "test script" "$work/stderr" 40
	section doctor "$work/doctor" 100
	section "patient (last lines)" "$work/output" 40
	for diff in "$here/$name/$name.diff" "$here/$name/lib$name.diff"; do
		section "$(basename "$diff")" "$diff" 100
	done
}

# Ends what a test left behind: processes that it started and whose program
# is still one of ours.
end_leftovers() {
	local pid exe
	while read -r pid; do
		exe=$(readlink "/proc/$pid/exe" 2>/dev/null)
		case $exe in
		"$here"/* | "$1"/* | */strace) kill -KILL "$pid" 2>/dev/null ;;
		esac
	done < <(cat "$1/pids" 2>/dev/null)
}

passed=0
failed=0
skipped=0
failures=()

run_test() {
	local name=$1 work rc
	if [ ! -f "$here/$name/desc" ]; then
		echo "FAIL $name: there is no such test"
		failed=$((failed + 1))
		return
	fi
	if should_skip "$name"; then
		skipped=$((skipped + 1))
		return
	fi
	work=$(mktemp -d)
	timeout -k 5 "$limit" "$here/run_one.sh" "$name" "$flavor" "$dest" \
		"$work" </dev/null >"$work/stderr" 2>&1
	rc=$?
	end_leftovers "$work"
	case $rc in
	0)
		echo "ok   $name: $(cat "$here/$name/desc")"
		passed=$((passed + 1))
		;;
	77)
		echo "skip $name: $(tail -n 1 "$work/steps")"
		skipped=$((skipped + 1))
		;;
	*)
		echo "FAIL $name: $(cat "$here/$name/desc")"
		if [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
			echo "    took longer than $limit s"
		fi
		failures+=("$name")
		failed=$((failed + 1))
		;;
	esac
	if $verbose || { [ "$rc" -ne 0 ] && [ "$rc" -ne 77 ]; }; then
		show "$name" "$work"
	fi
	rm -rf "$work"
}

names=$*
if [ -z "$names" ]; then
	names=$(cd "$here" && printf '%s\n' */desc | sed 's|/desc$||')
fi
for name in $names; do
	run_test "$name"
done

if [ ${#failures[@]} -gt 0 ]; then
	echo "failed in $dest, $flavor: ${failures[*]}"
fi
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
