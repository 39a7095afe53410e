# shellcheck shell=bash disable=SC2154,SC2120,SC2119
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests are made of: patients, phases of their output, the doctor.
# Sourced by run_one.sh, which sets $test, $dest, $flavor, $work, $here.

doctor_program=$here/../src/kpatch_ctl
out=$work/output        # what the patient says
doctor_log=$work/doctor # all that the doctor said
last=$work/doctor.last  # what it said the last time
pids=$work/pids         # what we started
patient=
patience=10 # seconds that a phase may take

say() {
	echo "$*" >>"$work/steps"
}

fail() {
	echo "FAILED: $*" >>"$work/steps"
	exit 1
}

# The values of a key in the test's "expect", one a line.
expected() {
	sed -n "s/^$1: //p" "$here/$test/expect"
}

# Starts the patient, or the command given, with its output in $out.
start_patient() {
	say "start the patient"
	: >"$out"
	local command=("$@")
	if [ $# -eq 0 ]; then
		command=("$dest/$test")
	fi
	LD_PRELOAD=$here/fastsleep.so LD_LIBRARY_PATH=$dest \
		"${command[@]}" >"$out" 2>&1 </dev/null &
	patient=$!
	echo "$patient" >>"$pids"
}

lines() {
	wc -l <"$out"
}

# Lines $1.. of the output, whole ones only.
lines_from() {
	head -n "$(lines)" "$out" | tail -n "+$1"
}

alive() {
	[ "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$patient/status" 2>/dev/null)" != Z ] &&
		kill -0 "$patient" 2>/dev/null
}

# Waits until a command succeeds.
wait_until() {
	local end=$((SECONDS + patience))
	until "$@"; do
		alive || return 1
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

says_all_of() {
	local from=$1 regex text
	shift
	text=$(lines_from "$from")
	for regex in "$@"; do
		grep -Exq -- "$regex" <<<"$text" || return 1
	done
}

# From now on (but for one line that may be half out) the patient prints each
# kind of line of the phase, and nothing else. see before|after|KEY
see() {
	local key=$1 from kinds wrong
	from=$(($(lines) + 2))
	mapfile -t kinds < <(expected "$key")
	[ ${#kinds[@]} -gt 0 ] || fail "the test's expect says nothing of \"$key\""
	say "see \"$key\""
	wait_until says_all_of "$from" "${kinds[@]}" ||
		fail "the patient doesn't print as \"$key\" says from line $from on"
	wrong=$(lines_from "$from" | strangers "${kinds[@]}")
	[ -z "$wrong" ] ||
		fail "not as \"$key\" says, from line $from on: $wrong"
}

# The first lines of stdin (numbered) that are of none of these kinds.
strangers() {
	grep -Exvn "${@/#/-e}" | head -n 3
}

# doctor CODE ARGS...: runs it; its exit code must be CODE.
doctor() {
	local want=$1 rc
	shift
	say "kpatch_ctl -v $*"
	timeout 60 "$doctor_program" -v "$@" >"$last" 2>&1 </dev/null
	rc=$?
	{
		echo "\$ kpatch_ctl -v $*"
		cat "$last"
		echo "(exit code $rc)"
	} >>"$doctor_log"
	[ "$rc" -eq "$want" ] ||
		fail "the doctor's exit code is $rc, not $want"
}

# The doctor's last words must have a line with this.
said() {
	grep -Eq -- "$1" "$last" || fail "the doctor didn't say \"$1\""
}

# Refused: its exit code, and the message by which it names the reason.
refused() {
	local code=$1 regex=$2
	shift 2
	doctor "$code" "$@"
	said "$regex"
}

patch_dir() {
	doctor 0 patch -p "$patient" "${1:-$patchroot}"
	applied "$(expected hunks)"
}

applied() {
	said "^${1:-[0-9]+} patch hunk\(s\) have been successfully applied to PID '$patient'\$"
}

unpatch() {
	doctor 0 unpatch -p "$patient" "$@"
	said "^[0-9]+ patch hunk\(s\) were successfully cancelled from PID '$patient'\$"
}

buildid() {
	readelf -n "$1" | sed -n 's/.*Build ID: //p'
}

# The patch files of the test's own objects.
patch_files() {
	local object file
	for object in "$dest/$test" "$dest/lib$test.so"; do
		[ -f "$object" ] || continue
		file=$patchroot/$(buildid "$object").kpatch
		if [ -f "$file" ]; then
			echo "$file"
		fi
	done
}

apply_files() {
	local file n=0
	while read -r file; do
		doctor 0 patch -p "$patient" "$file"
		applied
		n=$((n + 1))
	done < <(patch_files)
	[ "$n" -gt 0 ] || fail "there is no patch for the test's objects in $patchroot"
}

state_of() {
	sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$patient/status"
}

# Tells the patient to end, and judges how it did and all that it said.
stop_patient() {
	local rc want wrong kinds
	say "stop the patient"
	alive || fail "the patient has died"
	kill -TERM "$patient"
	wait_until not_alive
	if alive; then
		fail "the patient doesn't end"
	fi
	wait "$patient" 2>/dev/null
	rc=$?
	want=$(expected exit)
	[ "$rc" -eq "${want:-0}" ] ||
		fail "the patient's exit code is $rc, not ${want:-0}"
	mapfile -t kinds < <(sed -n 's/^\(before\|after[0-9]*\|also\): //p' "$here/$test/expect")
	wrong=$(strangers "${kinds[@]}" <"$out")
	[ -z "$wrong" ] || fail "the patient printed what it never should: $wrong"
}

not_alive() {
	! alive
}

# The flavors. A test's "run" may define some of them anew.
test_patch_files() {
	start_patient
	see before
	apply_files
	see after
	stop_patient
}

test_patch_dir() {
	start_patient
	see before
	patch_dir
	see after
	doctor 0 info -p "$patient"
	stop_patient
}

test_unpatch_files() {
	start_patient
	see before
	apply_files
	see after
	unpatch
	see before
	patch_dir
	see after
	unpatch
	see before
	stop_patient
}
