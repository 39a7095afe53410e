# shellcheck shell=bash disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# Oddly mapped objects, limits, and no room.

library=$here/build/pie/libconfine.so

case_remapped_text() { ok remaptext; }
case_remapped_page() { ok remappage; }
case_split_by_mprotect() { ok split; }
case_exec_only_page() { ok execonly; }
case_locked_page() { ok lockpage; }
case_locked_all() { ok lockall; }
case_advise_hugepage() { ok advise:hugepage; }
case_advise_dontfork() { ok advise:dontfork; }
case_advise_dontdump() { ok advise:dontdump; }
case_advise_pageout() { ok advise:pageout; }
case_other_hook() {
	refused 1 "report: the code in memory is not what the patch was made for.*hook" hook
}
case_no_room() {
	refused 1 "no room for [0-9]+ bytes within 2 GiB" fence
}
case_library() { ok "dlopen:$library"; }
case_two_namespaces() { ok "dlopen:$library" "dlmopen:$library"; }
case_three_namespaces() { ok "dlopen:$library" "dlmopen:$library" "dlmopen:$library"; }
case_library_read_as_data() { ok "dlopen:$library" "mapdata:$library"; }
case_library_mapped_exec() { ok "dlopen:$library" "mapexec:$library"; }
case_program_mapped_exec() { ok "mapexec:$here/build/pie/confine"; }

case_limit_space() {
	refused 1 "RLIMIT_AS" space:4096
}
case_limit_file_size() { ok fsize:0; }
case_limit_files() { ok nofile:0; }
case_limit_data() { ok data:0; }
case_no_mapping_left() {
	refused 1 "vm.max_map_count" manymaps:0
}
# The first part of the patch fits, the next does not.
case_one_mapping_left() {
	refused 1 "vm.max_map_count" manymaps:1
}
case_enough_mappings_left() { ok manymaps:5; }

# A small memory cgroup: what the patch needs is the patient's.
case_memory_cgroup() {
	need_root
	local group=/sys/fs/cgroup limit=memory.max
	if [ -d "$group/memory" ]; then
		group+=/memory
		limit=memory.limit_in_bytes
	fi
	group+=/confine.$$
	mkdir "$group" 2>/dev/null || skip "no memory cgroup can be made here"
	if ! echo 4M >"$group/$limit"; then
		rmdir "$group"
		skip "no memory cgroup can be made here"
	fi 2>/dev/null
	wrap=(sh -c "echo \$\$ >$group/cgroup.procs && exec \"\$0\" \"\$@\"")
	ok
	rmdir "$group"
}

full_huge_object() {
	make -s -C "$here" huge >"$case_dir/log" 2>&1 || fail "not built"
	build=huge
	ok
	rm -r "$here/build/huge" "$here/build/huge.o"
}
