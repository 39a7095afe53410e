#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's redis, with the security fixes of its next update applied to the
# running server under load, and taken back. Needs the network once.
# Usage: run.sh [-k] (-k: keep the build of the last run)
# Last line: "N passed, N failed".
# shellcheck disable=SC2317 # functions are called through must and trap
set -u

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../..")
build=$top/build/real/redis
vulnerable=5:7.0.15-1~deb12u7
fixed=5:7.0.15-1~deb12u10
fixes="CVE-2026-23631 CVE-2026-25243 CVE-2026-66373 CVE-2026-81934
CVE-2026-92925"
keep=false
if [ "${1:-}" = -k ]; then
	keep=true
fi

passed=0
failed=0
# shellcheck source=tests/real/redis/server.sh
. "$here/server.sh"

ok() {
	passed=$((passed + 1))
	echo "ok: $1"
}

not_ok() {
	failed=$((failed + 1))
	echo "NOT OK: $1"
	if [ -n "${2:-}" ]; then
		echo "    ${2//$'\n'/$'\n'    }"
	fi
}

# check DESCRIPTION EXPECTED (a pattern) ACTUAL
check() {
	# shellcheck disable=SC2053 # a pattern is meant
	if [[ $3 == $2 ]]; then
		ok "$1"
	else
		not_ok "$1: expected \"$2\", got:" "$3"
	fi
}

# Nothing that follows makes sense without this.
must() {
	local what=$1 log=$build/step.log
	shift
	if ! "$@" >"$log" 2>&1; then
		not_ok "$what, see the end of its output:" "$(tail -n 30 "$log")"
		finish
	fi
	ok "$what"
}

finish() {
	trap - EXIT
	stop_all
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
}
trap finish EXIT
trap 'exit 1' INT TERM

fetch() {
	old_source=$("$here/../fetch_source.sh" "$build/fetch" redis \
		"$vulnerable") &&
		new_source=$("$here/../fetch_source.sh" "$build/fetch" redis \
			"$fixed")
}

# The source as Debian builds it, and the fixes beside it.
unpack() {
	local patch
	rm -rf "$build/redis" "$build/debian-old" "$build/debian-new" "$build/fixes"
	mkdir -p "$build/redis" "$build/debian-old" "$build/debian-new" \
		"$build/fixes"
	tar -xf "$old_source"/*.orig.tar.gz -C "$build/redis" \
		--strip-components=1 &&
		tar -xf "$old_source"/*.debian.tar.xz -C "$build/debian-old" &&
		tar -xf "$new_source"/*.debian.tar.xz -C "$build/debian-new" ||
		return 1
	while read -r patch; do
		echo "$patch"
		patch -d "$build/redis" -p1 -s --no-backup-if-mismatch \
			<"$build/debian-old/debian/patches/$patch" || return 1
	done <"$build/debian-old/debian/patches/series"
	for patch in $fixes; do
		cp "$build/debian-new/debian/patches/$patch.patch" \
			"$build/fixes/" || return 1
	done
}

# As debian/rules does, but for the allocator and systemd, which would need
# more packages. TLS is in: one of the fixes is in tls.c.
build_patch() {
	export CFLAGS="-g -O2 -fstack-protector-strong -Wformat"
	export CPPFLAGS="-Wdate-time -D_FORTIFY_SOURCE=2"
	export LDFLAGS="-Wl,-z,relro -Wl,-z,now"
	export BUILD_TLS=yes USE_SYSTEMD=no USE_JEMALLOC=no PYTHON=
	# shellcheck disable=SC2016 # for make to expand
	export PREFIX='$(DESTDIR)/usr'
	export SOURCE_DATE_EPOCH=1778544000 # release.h has the time of build
	export GIT_CEILING_DIRECTORIES=$build # and else our own commit
	cd "$build/redis" && "$top/src/kpmake" -j2 \
		--description "redis $fixed" --cve "$(tr -s ' \n' ,, <<<"$fixes" |
			sed 's/,$//')" "$build"/fixes/*.patch
}

# The functions whose source the fixes change, in the order of the program:
# asserts below an inserted line are no change.
check_contents() {
	local contents
	contents=$("$top/src/kpatch_user" show "$1" |
		sed -n '/^functions:/,/^[a-z]*:$/{ /^ /p }')
	check "the patch replaces what the fixes change" \
		"_sdsnewlen zipmapValidateIntegrity readSyncBulkPayload \
rdbLoadObject clusterProcessPacket tlsProcessPendingData" \
		"$(sed -n 's/^  \(.*\): .*, replaced by .*/\1/p' <<<"$contents" | xargs)"
	echo "$contents"
	check "the patch names what it fixes" "*CVEs:*CVE-2026-92925*" \
		"$("$top/src/kpatch_user" show "$1")"
}

# The tests of two fixes (tests/integration/corrupt-dump.tcl) by redis-cli:
# payloads that the vulnerable server takes for good data, and that break its
# memory when they are used later. So each gets a key that nobody uses.
check_vulnerable() {
	check "$1: a stream entry that two consumers own is restored" \
		"OK" "$(restore_shared_nack "$2")"
	check "$1: a zipmap field with an overlong length is restored" \
		"OK" "$(restore_zipmap_field "$2")"
}

check_fixed() {
	local before after
	before=$(grep -c "already has a consumer assigned" "$run/log")
	check "$1: a stream entry that two consumers own is refused" \
		"ERR Bad data format*" "$(restore_shared_nack "$2")"
	after=$(grep -c "already has a consumer assigned" "$run/log")
	check "$1: the new message is in the log" "$((before + 1))" "$after"
	check "$1: a zipmap field with an overlong length is refused" \
		"ERR Bad data format*" "$(restore_zipmap_field "$2")"
	check "$1: a zipmap value with an overlong length is refused" \
		"ERR Bad data format*" "$(restore_zipmap_value "$2")"
	check "$1: a string of 2^64-9 bytes is refused" \
		"ERR Bad data format*" "$(restore_huge_string "$2")"
}

apply() {
	check "$1: applied" \
		"*patch hunk(s) have been successfully applied to PID '$server'*" \
		"$("$top/src/kpatch_user" -v patch -p "$server" "$patchroot" 2>&1)"
}

take_back() {
	check "$1: taken back" \
		"*patch hunk(s) were successfully cancelled from PID '$server'*" \
		"$("$top/src/kpatch_user" -v unpatch -p "$server" 2>&1)"
}

# One server from start to end, with more options of its own.
scenario() {
	local name=$1 keys
	shift
	if ! start_server "$@"; then
		not_ok "$name: redis-server starts" "$(tail -n 20 "$run/log")"
		return
	fi
	write_keys
	keys=$(digest_keys)
	check_vulnerable "$name, as it was" before
	start_load
	apply "$name, under load"
	check_fixed "$name, patched" patched
	check "$name, patched: data intact" "$keys" "$(digest_keys)"
	take_back "$name, under load"
	check_vulnerable "$name, unpatched" unpatched
	for i in 1 2 3 4 5; do
		apply "$name, round $i"
		sleep 0.3
		take_back "$name, round $i"
		sleep 0.1
	done
	check "$name: the load was there all the time" "running" "$(load_state)"
	stop_load
	check "$name: no request failed" "" "$load_failures"
	check "$name: no increment lost, none done twice" \
		"$increments_sent" "$(cli get known-counter)"
	check "$name, unpatched: data intact" "$keys" "$(digest_keys)"
	stop_server
	check "$name: the server ends by itself" 0 "$server_code"
}

# What the fix prevents: the unfixed server dies of one command.
check_crash() {
	start_server || return
	restore_huge_string x >/dev/null 2>&1
	check "the unpatched server dies of a string of 2^64-9 bytes" "gone" \
		"$(wait_gone)"
}

mkdir -p "$build"
must "redis $vulnerable and the patches of $fixed are fetched" fetch
if ! $keep || ! [ -d "$build/redis/patchroot" ]; then
	must "sources are unpacked, Debian's patches applied" unpack
	must "kpmake builds original and patch" build_patch
fi
patchroot=$build/redis/patchroot
bin=$build/redis/kpmake/usr/bin
patches=("$patchroot"/*.kpatch)
check "one patch is made: redis-server's" 1 "${#patches[@]}"
check_contents "${patches[0]}"
scenario "redis"
scenario "redis with I/O threads" --io-threads 2 --io-threads-do-reads yes
check_crash
finish
