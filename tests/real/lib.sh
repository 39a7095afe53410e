# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# A real program, from Debian's sources, built by kpmake with seeded fixes
# (fixes.diff: in a hot function, in a static helper that is inlined in many
# places, in a function with static state), patched while it runs, and
# unpatched. Sourced by tests/real/NAME/run.sh, which says:
#   configure     a function that gets the sources in the current folder ready
#   begin         starts the program: start COMMAND...
#   answers       prints what the program says now, a line for each fix
# and calls run_program PACKAGE OLD NEW FUNCTIONS: the answers without and with
# the patch, and what it replaces, sorted.
# Last line: "N passed, N failed", and 1 skipped if there are no sources.
set -u

name=$(basename "$here")
top=$(readlink -f "$here/../../..")
build=$top/build/real/$name
src=$build/source
passed=0
failed=0
patient=
# Of kpmake: more words, the number of jobs.
kpmake_options=()

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

check() {
	if [ "$3" = "$2" ]; then
		ok "$1"
	else
		not_ok "$1: expected \"$2\", got:" "$3"
	fi
}

finish() {
	trap - EXIT
	end
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
}
trap finish EXIT
trap 'exit 1' INT TERM

# Nothing that follows makes sense without this.
must() {
	local what=$1 log=$build/${1//[^a-z]/-}.log
	shift
	if ! "$@" >"$log" 2>&1; then
		not_ok "$what, see the end of its output:" "$(tail -n 30 "$log")"
		finish
	fi
	ok "$what"
}

fetch() {
	fetched=$("$here/../fetch_source.sh" "$top/build/real/fetch" "$1") &&
		return
	echo "skipped: $name: no sources of $1 to be had from apt's mirrors"
	echo "0 passed, 0 failed, 1 skipped"
	trap - EXIT
	exit 0
}

unpack() {
	rm -rf "$src"
	dpkg-source --no-check -x "$fetched"/*.dsc "$src"
}

prepare() {
	cd "$src" && configure
}

build_patch() {
	cd "$src" && "$top/src/kpmake" -j2 "${kpmake_options[@]}" \
		"$here/fixes.diff"
}

# start COMMAND...: its input is file descriptor 8, its output $build/output.
start() {
	rm -f "$build/input"
	mkfifo "$build/input"
	exec 8<>"$build/input"
	: >"$build/output"
	"$@" <"$build/input" >>"$build/output" 2>&1 8>&- &
	patient=$!
}

# Says something to the program, and prints how it answers: N lines.
ask() {
	local n=$1 from
	shift
	from=$(($(wc -l <"$build/output") + n))
	printf '%s\n' "$@" >&8
	for _ in {1..200}; do
		[ "$(wc -l <"$build/output")" -ge "$from" ] && break
		sleep 0.05
	done
	sed -n "$((from - n + 1)),${from}p" "$build/output"
}

end() {
	exec 8>&-
	if [ -n "$patient" ]; then
		kill "$patient" 2>/dev/null
		wait "$patient" 2>/dev/null
		patient=
	fi
}

# What makes it end by itself, if the end of its input doesn't.
conclude() {
	sleep 0.3
}

# By SIGTERM if not by itself: it must not crash.
end_well() {
	exec 8>&-
	conclude
	kill "$patient" 2>/dev/null
	wait "$patient" 2>/dev/null
	local rc=$?
	patient=
	[ "$rc" -eq 0 ] || [ "$rc" -eq 143 ]
}

doctor() {
	"$top/src/kpatch_user" -v "$@" -p "$patient"
}

# The names of what the patch replaces, sorted.
replaced() {
	"$top/src/kpatch_user" show "$src"/patchroot/*.kpatch |
		sed -n 's/^  \(.*\): .*, replaced by .*/\1/p' | sort | xargs
}

# milliseconds COMMAND...: how long it takes, as a line.
milliseconds() {
	local from=${EPOCHREALTIME/./}
	"$@" >"$build/bench.log" 2>&1 || return 1
	echo $(((${EPOCHREALTIME/./} - from) / 1000))
}

plain_build() {
	cd "$src" && make -j2
}

fixed_build() {
	cd "$src" && patch -p1 -s \
		${kpmake_options[1]:+-d "${kpmake_options[1]}"} <"$here/fixes.diff" &&
		make -j2
}

# From a configured tree: timed_build COMMAND
timed_build() {
	rm -rf "$src"
	cp -a "$build/configured" "$src"
	milliseconds "$1"
}

# For bench/build: two plain builds, of the original and of the fixed sources,
# and kpmake; how much the second stage compiled.
build_times() {
	local n plain fixed ours
	cp -a "$src" "$build/configured"
	for n in 1 2 3; do
		plain=$(timed_build plain_build) && fixed=$(timed_build fixed_build) &&
			ours=$(timed_build build_patch) || return 1
		echo $((plain + fixed)) >>"$build/plain.ms"
		echo "$ours" >>"$build/ours.ms"
	done
	plain=$(sort -n "$build/plain.ms" | sed -n 2p)
	ours=$(sort -n "$build/ours.ms" | sed -n 2p)
	n=$(sed -n '/^BUILDING PATCHED/,$p' "$build/bench.log" |
		grep -cE 'kpatch_c(c|\+\+) (.* )?-c ')
	echo "| $name | $plain | $ours |" \
		"$(awk "BEGIN { printf \"%.2f\", $ours / $plain }") | $n |"
}

run_program() {
	local package=$1 old=$2 new=$3 functions=$4
	mkdir -p "$build"
	fetch "$package"
	must "unpack" unpack
	must "configure" prepare
	if [ -n "${BUILD_TIMES:-}" ]; then
		rm -rf "$build"/*.ms "$build/configured"
		build_times ||
			not_ok "its builds" "$(tail -n 30 "$build/bench.log")"
		return
	fi
	must "build with kpmake" build_patch
	check "it replaces what the fixes change" "$functions" "$(replaced)"
	begin
	check "as shipped" "$old" "$(answers)"
	for _ in 1 2 3; do
		must "patch it" doctor patch "$src/patchroot"
		check "patched" "$new" "$(answers)"
		must "unpatch it" doctor unpatch
		check "unpatched" "$old" "$(answers)"
	done
	must "it ends well" end_well
}
