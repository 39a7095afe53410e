# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# Namespaces, roots, files that are gone or are others now, odd ways to start.

in_namespaces() {
	need_unshare "$@"
	wrap=(unshare "$@")
}

case_user_namespace() { in_namespaces -U -r; ok; }
case_net_ipc_uts_namespaces() { in_namespaces -n -i -u; ok; }
case_pid_namespace() { in_namespaces --fork --pid --mount-proc; ok; }
case_all_namespaces() { in_namespaces -U -r -m -n -i -u --fork --pid --mount-proc; ok; }
case_no_proc() {
	need_unshare -m
	wrap=(unshare -m sh -c "umount -l /proc; exec \"\$0\" \"\$@\"")
	ok
}
# The doctor in a user namespace is nobody for a process outside of it.
case_doctor_in_user_namespace() {
	need_unshare -U -r
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

# Another file is at its place: renamed over it, and of another build.
case_replaced() {
	own_copy
	start
	cp "$here/build/nopie/confine" "$case_dir/new"
	mv "$case_dir/new" "$program"
	patched_and_back
	end_patient
}
# The library's file is written over: its pages, which the process shares,
# change with it. What is there then is compared, not the file.
case_library_overwritten() {
	cp "$here/build/pie/libconfine.so" "$case_dir/lib.so"
	patches=$here/build/pie/libconfine.so.kpatch
	start "dlopen:$case_dir/lib.so"
	[ "$(ask)" = "1 3" ] || fail "the patient doesn't answer"
	# Only the function: `imul` becomes `add`, so the patient lives on.
	local at
	at=$(nm "$case_dir/lib.so" | awk '$3 == "confine_library" {print $1}')
	printf '\x90' | dd of="$case_dir/lib.so" bs=1 conv=notrunc \
		seek=$((16#$at + 6)) status=none
	snapshot >"$case_dir/before"
	run_doctor 1 patch -p "$patient" "$patches"
	said "confine_library: the code in memory is not what the patch was made for"
	same_as before
	exec {to}>&-
}

case_set_user_id_program() {
	need_root
	own_copy
	chown 65534 "$program"
	chmod 4755 "$program"
	chmod 755 "$work" "$case_dir"
	# Somebody else starts it, so that it isn't dumpable.
	wrap=(setpriv --reuid=12345 --regid=12345 --clear-groups)
	ok
}
case_file_not_readable() {
	need_root
	own_copy
	chmod 711 "$program"
	chmod 755 "$work" "$case_dir"
	wrap=(setpriv --reuid=12345 --regid=12345 --clear-groups)
	ok
}

# On a file system of its own, which the doctor does not see.
mounted() {
	need_unshare -m
	mkdir "$case_dir/mnt"
	wrap=(unshare -m sh -c "$1 && cp $here/build/pie/confine $case_dir/mnt/p && shift && exec $case_dir/mnt/p \"\$@\"" sh)
	ok
}
case_private_tmpfs() { mounted "mount -t tmpfs none $case_dir/mnt"; }
case_private_overlay() {
	mkdir "$case_dir/lower"
	# An upper layer can't be on an overlay itself.
	mounted "mount -t tmpfs none $case_dir/lower && cd $case_dir/lower && mkdir u w l && mount -t overlay none -o lowerdir=l,upperdir=u,workdir=w $case_dir/mnt"
}
case_private_bind() { mounted "mount --bind $case_dir $case_dir/mnt"; }
# No memfd may be executed in this pid namespace.
case_memfd_noexec() {
	need_unshare --fork --pid --mount-proc
	[ -f /proc/sys/vm/memfd_noexec ] || skip "no vm.memfd_noexec (Linux 6.3)"
	wrap=(unshare --fork --pid --mount-proc sh -c "echo 2 >/proc/sys/vm/memfd_noexec && exec \"\$0\" \"\$@\"")
	ok
}
case_shm_noexec() {
	need_unshare -m
	mountpoint -q /dev/shm || skip "/dev/shm is no file system of its own"
	wrap=(unshare -m sh -c "mount -o remount,noexec,bind /dev/shm && exec \"\$0\" \"\$@\"")
	ok
}

# A process of a container, by the number it has outside; and the first
# process of that container.
case_first_process() {
	in_namespaces --fork --pid --mount-proc
	start
	grep -q "^NSpid:.*[^0-9]1\$" "/proc/$patient/status" || fail "it isn't process 1"
	patched_and_back
	end_patient
}
# The other way round: the doctor inside sees no process outside.
case_doctor_in_pid_namespace() {
	need_unshare --fork --pid --mount-proc
	doctor_as=(unshare --fork --pid --mount-proc)
	refused 1 "no such process"
}
case_the_doctor_itself() {
	# exec keeps the number: the doctor is told to patch itself.
	doctor_as=(sh -c "exec \"\$0\" -v patch -p \$\$ \"$here/build/pie/confine.kpatch\"")
	run_doctor 1 patch
	said "itself"
}
