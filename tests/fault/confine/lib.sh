# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How a case is run: a confined patient is started, patched or refused, and
# looked at closely. Sourced by run.sh, which sets $here, $work, $doctor.

# What a case may set before it starts; reset for each.
reset_case() {
	build=pie
	program=         # instead of build/$build/confine
	wrap=()          # the command that starts the patient
	doctor_as=()     # the command that starts the doctor
	patient_env=()
	end_by=eof       # or kill: it may not even exit by itself
	unmapped=true    # after unpatch the maps are as before
}

passed=0
failed=0
skipped=0

fail() {
	echo "  $*"
	exit 1
}

skip() {
	echo "$*" >"$case_dir/skip"
	exit 77
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

# In a container or a chroot namespaces may not be had.
need_unshare() {
	local message
	need_root
	message=$(unshare "$@" true 2>&1) ||
		skip "this machine doesn't allow it: $(head -n 1 <<<"$message")"
}

# The last descendant of a process: what a wrapper has started.
leaf() {
	local pid=$1 child
	while child=$(awk '{print $1}' "/proc/$pid/task/$pid/children") && [ -n "$child" ]; do
		pid=$child
	done
	echo "$pid"
}

# start MODES...: leaves $patient, and its answers at fd $from.
start() {
	local line
	[ -n "$program" ] || program=$here/build/$build/confine
	mkfifo "$case_dir/in" "$case_dir/out"
	env "${patient_env[@]}" "${wrap[@]}" "$program" "$@" \
		<"$case_dir/in" >"$case_dir/out" 2>"$case_dir/err" &
	started=$!
	echo "$started" >>"$work/pids"
	exec {to}>"$case_dir/in" {from}<"$case_dir/out"
	read -r -t 20 -u "$from" line || line=
	if [ "$line" != ready ]; then
		wait "$started"
		[ $? -ne 77 ] || skip "the kernel or this machine can't: $(head -n 1 "$case_dir/err")"
		fail "the patient didn't start: $(cat "$case_dir/err")"
	fi
	patient=$(leaf "$started")
	echo "$patient" >>"$work/pids"
}

# What the patient answers; nothing if it does not.
ask() {
	local line=
	echo -n x >&"$to"
	read -r -t 10 -u "$from" line
	echo "$line"
}

# answers WANTED: twice, as the first may be luck.
answers() {
	local i line
	for i in 1 2; do
		line=$(ask)
		[ "$line" = "$1" ] || fail "the patient answers \"$line\", not \"$1\" (time $i)"
	done
}

# Mappings, descriptors, threads, signals, and that nobody traces it. Stacks
# may have grown.
snapshot() {
	grep -v '\[stack\]' "/proc/$patient/maps" | awk '{print $1, $2, $6}'
	find "/proc/$patient/fd" -mindepth 1 -printf '%f %l\n' | sort
	find "/proc/$patient/task" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort
	grep -hE '^(TracerPid|SigPnd|ShdPnd|SigBlk|Seccomp)' \
		"/proc/$patient/task/"*/status
	if grep -lE '^State:.[tTZ]' "/proc/$patient/task/"*/status; then
		echo "stopped"
	fi
}

same_as() {
	snapshot >"$case_dir/now"
	diff "$case_dir/$1" "$case_dir/now" >"$case_dir/diff" && return
	echo "  the patient is not as it was \"$1\":"
	sed 's/^/    /' "$case_dir/diff" | head -n 20
	exit 1
}

# run_doctor CODE ARGS...
run_doctor() {
	local want=$1 rc
	shift
	timeout 60 "${doctor_as[@]}" "$doctor" -v "$@" >"$case_dir/last" 2>&1 </dev/null
	rc=$?
	{
		echo "\$ ${doctor_as[*]} kpatch_user -v $*"
		cat "$case_dir/last"
		echo "(exit code $rc)"
	} >>"$case_dir/log"
	[ "$rc" -eq "$want" ] || fail "the doctor's exit code is $rc, not $want"
}

said() {
	grep -Eq -- "$1" "$case_dir/last" || fail "the doctor didn't say \"$1\""
}

end_patient() {
	local rc
	if [ "$end_by" = kill ]; then
		kill -KILL "$patient"
		wait "$started" 2>/dev/null
		return 0
	fi
	exec {to}>&-
	wait "$started"
	rc=$?
	[ "$rc" -eq 0 ] || fail "the patient's exit code is $rc at its end"
}

patches() {
	echo "${patches:-$here/build/$build/patchroot}"
}

# ok MODES...: patched, taken back, and patched again.
ok() {
	start "$@"
	patched_and_back
	end_patient
}

patched_and_back() {
	local before after
	before=$(ask)
	[[ $before == 1* ]] || fail "the patient answers \"$before\""
	after=$(tr 13 24 <<<"$before")
	answers "$before"
	snapshot >"$case_dir/before"
	for _ in 1 2; do
		run_doctor 0 patch -p "$patient" "$(patches)"
		said "have been successfully applied to PID '$patient'"
		answers "$after"
		run_doctor 0 info -p "$patient"
		said "patched: level 0, 1 hunk\(s\), applied"
		run_doctor 0 unpatch -p "$patient"
		answers "$before"
		if $unmapped; then
			same_as before
		fi
	done
}

# refused CODE MESSAGE MODES...: nothing has changed.
refused() {
	local code=$1 message=$2 before
	shift 2
	start "$@"
	before=$(ask)
	answers "$before"
	snapshot >"$case_dir/before"
	run_doctor "$code" patch -p "$patient" "$(patches)"
	said "$message"
	same_as before
	answers "$before"
	end_patient
}

# Runs the function case_NAME in a place of its own.
run_case() {
	local name=$1 rc
	case_dir=$work/$name
	mkdir "$case_dir"
	reset_case
	("$(declare -F "case_$name" || echo "$name")") >"$case_dir/steps" 2>&1
	rc=$?
	if [ "$rc" -eq 0 ]; then
		passed=$((passed + 1))
	elif [ "$rc" -eq 77 ]; then
		skipped=$((skipped + 1))
		echo "confine: $name: skipped: $(cat "$case_dir/skip")"
	else
		failed=$((failed + 1))
		echo "confine: $name: FAILED"
		cat "$case_dir/steps"
		if [ -f "$case_dir/log" ]; then
			sed 's/^/  | /' "$case_dir/log" | tail -n 16
		fi
	fi
	end_all
}

# What a failed case has left: by process id, each started by us.
end_all() {
	local pid
	while read -r pid; do
		kill -KILL "$pid" 2>/dev/null
	done <"$work/pids"
	: >"$work/pids"
	wait
}
