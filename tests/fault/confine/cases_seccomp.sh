# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# Filters of system calls, W^X policies, and who may look at a process.

# With CAP_SYS_PTRACE, but without CAP_SYS_ADMIN.
without_admin() {
	need_root
	doctor_as=(setpriv --inh-caps=-sys_admin --bounding-set=-sys_admin)
}

case_plain() { ok; }

case_seccomp_log() { need_root; ok filter:log:all; }
case_seccomp_kill_mmap() { need_root; ok filter:kill:mmap; }
case_seccomp_killthread_exec() { need_root; ok filter:killthread:exec; }
case_seccomp_trap_all() { need_root; ok filter:trap:all; }
case_seccomp_errno_mmap() { need_root; ok filter:errno:mmap; }
case_seccomp_errno_munmap() { need_root; ok filter:errno:munmap; }
case_seccomp_kill_memfd() { need_root; ok filter:kill:memfd; }
case_seccomp_errno_memfd() { need_root; ok filter:errno:memfd; }
case_seccomp_kill_ftruncate() { need_root; ok filter:kill:ftruncate; }
case_seccomp_kill_close() { need_root; ok filter:kill:close; }
case_seccomp_kill_sigreturn() { need_root; ok filter:kill:sigreturn; }
case_seccomp_kill_write() { need_root; ok filter:kill:write; }
case_seccomp_trace() { need_root; ok filter:trace:mmap; }
case_seccomp_two_filters() { need_root; ok filter:errno:memfd filter:kill:wx; }
case_seccomp_strict() {
	need_root
	end_by=kill
	ok strict
}
# One thread is confined, and one is not.
case_seccomp_thread() { need_root; ok thread:kill:all; }
case_seccomp_main_only() { need_root; ok thread:log:all filter:kill:all; }
case_seccomp_all_threads() {
	need_root
	ok thread:kill:all thread:trap:mmap filter:kill:all
}
# A sleep that a stop has interrupted goes on by restart_syscall(): filters
# that list what a program calls don't have it.
case_seccomp_no_restart() { need_root; ok waiter:kill:restart; }
case_seccomp_no_restart_main() { need_root; ok filter:kill:restart waiter:kill:restart; }
case_seccomp_no_restart_no_admin() {
	without_admin
	ok waiter:kill:restart
}
# As systemd's MemoryDenyWriteExecute=.
case_seccomp_wx() { need_root; ok filter:kill:wx; }
case_seccomp_wx_memfd() { need_root; ok filter:kill:wxmemfd; }

case_seccomp_no_admin() {
	without_admin
	refused 4 "seccomp filter.*CAP_SYS_ADMIN" filter:kill:mmap
}
case_seccomp_no_admin_strict() {
	without_admin
	end_by=kill
	refused 4 "strict mode.*CAP_SYS_ADMIN" strict
}

case_mdwe() { ok mdwe; }

case_not_dumpable() { need_root; ok nodump; }
case_set_user_id() { need_root; ok become:65534; }

# The doctor as another user, in a place that the user can reach.
as_nobody() {
	need_root
	mkdir "$case_dir/doctor"
	chmod 755 "$work" "$case_dir" "$case_dir/doctor"
	cp "$doctor" "$here/build/pie/confine.kpatch" "$case_dir/doctor"
	chmod -R a+rX "$case_dir/doctor"
	doctor=$case_dir/doctor/kpatch_user
	patches=$case_dir/doctor/confine.kpatch
	doctor_as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
}

case_other_user() {
	as_nobody
	refused 4 "belongs to user 0.*run as root or with CAP_SYS_PTRACE"
}
# Its own user may.
case_same_user() {
	as_nobody
	wrap=("${doctor_as[@]}")
	program=$case_dir/doctor/confine
	cp "$here/build/pie/confine" "$program"
	ok
}
case_same_user_not_dumpable() {
	as_nobody
	wrap=("${doctor_as[@]}")
	program=$case_dir/doctor/confine
	cp "$here/build/pie/confine" "$program"
	refused 4 "not dumpable.*run as root or with CAP_SYS_PTRACE" nodump
}
case_no_cap_sys_ptrace() {
	need_root
	doctor_as=(setpriv --inh-caps=-sys_ptrace --bounding-set=-sys_ptrace)
	refused 4 "has capabilities.*run as root or with CAP_SYS_PTRACE"
}

# The doctor is killed again and again while a guard makes the calls: patient
# and filter never meet, and the next doctor finishes the work.
killed_doctors() {
	local i pid before
	need_root
	start filter:kill:all
	before=$(ask)
	for i in $(seq 1 "$1"); do
		"$doctor" patch -p "$patient" "$(patches)" >/dev/null 2>&1 &
		pid=$!
		sleep "0.0$((RANDOM % 3))$((RANDOM % 10))"
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		[[ $(ask) == [12] ]] || fail "the patient died with doctor $i"
	done
	# A guard may still be at it.
	sleep 0.2
	"$doctor" unpatch -p "$patient" >/dev/null 2>&1
	answers "$before"
	run_doctor 0 patch -p "$patient" "$(patches)"
	answers 2
	run_doctor 0 unpatch -p "$patient"
	answers 1
	end_patient
}
case_seccomp_killed_doctors() { killed_doctors 20; }
full_seccomp_killed_doctors() { killed_doctors 500; }
