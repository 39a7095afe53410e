# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# Namespaces, roots, files that are gone or are others now, odd ways to start.

in_namespaces() {
	need_root
	wrap=(unshare "$@")
}

case_user_namespace() { in_namespaces -U -r; ok; }
case_net_ipc_uts_namespaces() { in_namespaces -n -i -u; ok; }
case_pid_namespace() { in_namespaces --fork --pid --mount-proc; ok; }
case_all_namespaces() { in_namespaces -U -r -m -n -i -u --fork --pid --mount-proc; ok; }
case_no_proc() {
	need_root
	wrap=(unshare -m sh -c "umount -l /proc; exec \"\$0\" \"\$@\"")
	ok
}
# The doctor in a user namespace is nobody for a process outside of it.
case_doctor_in_user_namespace() {
	need_root
	doctor_as=(unshare -U -r)
	refused 4 "user namespace"
}

case_chroot() {
	need_root
	mkdir "$case_dir/empty"
	ok "chroot:$case_dir/empty"
}
case_pivot_root() {
	need_root
	mkdir "$case_dir/empty"
	ok "pivot:$case_dir/empty"
}

# A copy of the program whose file the case can do things to.
own_copy() {
	program=$case_dir/${1:-program}
	cp "$here/build/$build/confine" "$program"
}
case_deleted() { own_copy; ok "unlink:$program"; }
case_path_with_spaces() { own_copy "a b  c"; ok; }
case_path_with_newline() { own_copy $'a\nb \\012c'; ok; }
case_path_with_deleted() { own_copy "x (deleted)"; ok; }
case_path_deleted_with_deleted() { own_copy "x (deleted)"; ok "unlink:$program"; }
case_path_like_ours() { own_copy "memfd:kpatch:1"; ok; }

case_static() { build=static; ok; }
case_static_pie() { build=static-pie; ok; }
case_no_pie() { build=nopie; ok; }
case_ld_so() { wrap=(/lib64/ld-linux-x86-64.so.2); ok; }
case_memfd_program() { wrap=("$here/build/memexec"); ok; }
case_elf32() {
	program=$here/build/elf32
	refused 3 "32-bit"
}
case_kernel_thread() {
	need_root
	# 2 is kthreadd where /proc is of the first pid namespace.
	[ "$(cat /proc/2/comm 2>/dev/null)" = kthreadd ] || skip "no kernel threads to be seen"
	run_doctor 1 patch -p 2 "$here/build/pie/confine.kpatch"
	said "thread of the kernel"
}
case_no_process() {
	run_doctor 1 patch -p 4194304 "$here/build/pie/confine.kpatch"
	said "no such process"
}
