# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# The project's sources, for kpmake: what patches change is copied before, and
# put back at any end, also by the next run after one that was killed. Uses
# kpmake's $source_top, $work, $stash, $patches, $keep_lines, $tools and die.

# ---- applying patches ----

# The files that a patch names, relative to the sources, each ended by a NUL.
# Both sides are looked at: a new file has /dev/null on the other.
patch_files() {
	local strip=$1 patch=$2 line name i
	while IFS= read -r line; do
		name=${line#??? }
		name=${name%%$'\t'*}
		name=${name%$'\r'}
		[ "$name" = /dev/null ] && continue
		for ((i = 0; i < strip; i++)); do
			name=${name#*/}
		done
		case /$name/ in
		*/../*) die 1 "$patch: names $name, outside of the sources" ;;
		esac
		printf '%s\0' "$name"
	done < <(grep -E '^(---|\+\+\+) [^ ]' "$patch")
	# files that are only removed, made, or renamed
	while IFS= read -r line; do
		printf '%s\0' "${line#rename * }"
	done < <(grep -E '^rename (from|to) ' "$patch")
}

strip_level() {
	local patch=$1 level
	for level in 1 0; do
		if patch -d "$source_top" -p$level --dry-run -f -s \
			<"$patch" >"$work/dry-run.$level" 2>&1; then
			echo $level
			return 0
		fi
	done
	cat "$work/dry-run.1" >&2
	return 1
}

# Copies what the patch will change, unless a patch before it did.
stash_files() {
	local file
	while IFS= read -r -d '' file; do
		grep -qxzF -- "$file" "$work/files" && continue
		if [ -e "$source_top/$file" ] || [ -L "$source_top/$file" ]; then
			mkdir -p "$stash/$(dirname "$file")"
			cp -pP "$source_top/$file" "$stash/$file" ||
				die 1 "$file: cannot be copied to $stash"
		fi
		printf '%s\0' "$file" >>"$work/files"
	done
}

apply_patches() {
	local patch level

	restored=false
	: >"$work/files"
	echo "$source_top" >"$work/top"
	(cd "$source_top" && find . -type d -printf '%P\0') >"$work/folders"
	for patch in "${patches[@]}"; do
		echo "applying patch $patch"
		level=$(strip_level "$patch") ||
			die 1 "$patch does not apply to the sources in $source_top"
		patch_files "$level" "$patch" >"$work/names" || exit 1
		stash_files <"$work/names"
		patch -d "$source_top" -p"$level" -f --no-backup-if-mismatch \
			<"$patch" || die 1 "$patch: patch(1) failed"
	done
	remove_patch_leftovers
	! $keep_lines || number_lines
	list_dependents
	newer_than_objects
	# by these a later run knows the files, should this one be killed
	(cd "$source_top" && xargs -0 sha256sum -- <"$work/files" 2>/dev/null) \
		>"$work/sums"
}

remove_patch_leftovers() {
	local file
	while IFS= read -r -d '' file; do
		rm -f "$source_top/$file.orig"
	done <"$work/names"
}

# What is below a change has the line numbers that it had: see kpatch_lines.
number_lines() {
	local file
	while IFS= read -r -d '' file; do
		case $file in
		*.[chCH] | *.cc | *.cpp | *.cxx | *.c++ | *.hh | *.hpp | *.hxx | \
			*.inc | *.inl | *.ipp | *.tcc) ;;
		*) continue ;;
		esac
		if [ ! -f "$stash/$file" ] || [ ! -f "$source_top/$file" ]; then
			continue
		fi
		diff -U0 "$stash/$file" "$source_top/$file" |
			"$tools/kpatch_lines" "$source_top/$file" ||
			die 1 "$source_top/$file: kpatch_lines failed"
	done <"$work/files"
}

# Makefiles often don't know which headers an object depends on. kpatch_cc has
# noted what each compilation read: a rule "FOLDER: SOURCE HEADER..." in
# .kpatch_NAME.deps, with names relative to FOLDER. $work/dependents gets two
# lines for each compilation that read a changed file: the source, and the
# .patched.s that has to be made of it.
list_dependents() {
	local deps folder source name
	while IFS= read -r -d '' name; do
		printf '%s\n' "$source_top/$name"
	done <"$work/files" | sort -u >"$work/changed"
	find . \( -path "./$original_dir" -o -path "./$patched_dir" \) -prune -o \
		-name '.kpatch_*.deps' -type f -print0 | sort -z |
		xargs -0r awk -v changed="$work/changed" "$read_deps" |
		while IFS=$'\t' read -r deps folder source name; do
			name=$(cd "$folder" 2>/dev/null && readlink -f "$name") ||
				continue
			grep -qxF -- "$name" "$work/changed" || continue
			source=$(cd "$folder" && readlink -f "$source")
			[ -f "$source" ] || continue
			printf '%s\n%s\n' "$source" "${deps%.deps}.patched.s"
		done >"$work/dependents"
}

# Of each prerequisite with the name of a changed file: the .deps file, the
# folder, the source, the prerequisite.
# shellcheck disable=SC2016 # awk's own variables
read_deps='
function unescape(word) {
	gsub(/\001/, " ", word)
	gsub(/\\#/, "#", word)
	gsub(/\$\$/, "$", word)
	return word
}
function end_of_rule(	n, i, words, base) {
	gsub(/\\ /, "\001", rule)
	i = index(rule, ": ")
	if (!i)
		return
	folder = unescape(substr(rule, 1, i - 1))
	n = split(substr(rule, i + 2), words, /[ \t]+/)
	if (words[1] == "") {
		for (i = 1; i < n; i++)
			words[i] = words[i + 1]
		n--
	}
	for (i = 1; i <= n; i++) {
		base = unescape(words[i])
		sub(/.*\//, "", base)
		if (base != "" && base in names)
			print file "\t" folder "\t" unescape(words[1]) "\t" \
				unescape(words[i])
	}
	rule = ""
}
BEGIN {
	while ((getline line < changed) > 0) {
		sub(/.*\//, "", line)
		names[line]
	}
}
FNR == 1 { file = FILENAME; rule = "" }
/\\$/ { rule = rule substr($0, 1, length($0) - 1); next }
{ rule = rule $0; end_of_rule() }
'

# Make compares times: what changed, and what includes it, must be newer than
# what was just built, also where the file system's clock is coarse.
newer_than_objects() {
	local file
	sleep 0.05
	while IFS= read -r -d '' file; do
		if [ -f "$source_top/$file" ]; then
			touch "$source_top/$file"
		fi
	done <"$work/files"
	touch_dependents
	touch "$work/patched"
}

touch_dependents() {
	local source assembly
	[ -f "$work/dependents" ] || return 0
	while IFS= read -r source && IFS= read -r assembly; do
		touch "$source"
	done <"$work/dependents"
}

# What should have been compiled again, was it?
check_dependents() {
	local source assembly
	while IFS= read -r source && IFS= read -r assembly; do
		[ "$assembly" -ot "$work/patched" ] || [ ! -e "$assembly" ] ||
			continue
		die 1 "$source includes what the patches change, but make" \
			"didn't compile it again: its rules don't name it; if it" \
			"is no part of the project any more, use kpmake --clean"
	done <"$work/dependents"
}

# ---- putting them back ----

stash_kept=false
built_patched=false

# Puts back each file as it was, its time of change included where the patched
# build didn't use it. What was compiled from a patched file must be compiled
# again: its source gets the present time.
restore_sources() {
	local file

	$restored && return
	restored=true
	echo "restoring the sources"
	while IFS= read -r -d '' file; do
		if [ -e "$stash/$file" ] || [ -L "$stash/$file" ]; then
			mkdir -p "$(dirname "$source_top/$file")"
			# -f: a patch may have made it something else
			cp -pPf --remove-destination "$stash/$file" \
				"$source_top/$file" || stash_kept=true
			$built_patched && touch "$source_top/$file"
		else
			rm -f "$source_top/$file"
			remove_new_folders "$file"
		fi
	done <"$work/files"
	! $built_patched || touch_dependents
	if $stash_kept; then
		echo "kpmake: not all sources could be restored;" \
			"copies are in $stash" >&2
	fi
}

# Folders that a patch made for its new files, from the innermost outwards.
remove_new_folders() {
	local dir
	dir=$(dirname "$1")
	while [ "$dir" != . ] && [ "$dir" != / ] &&
		! grep -qxzF -- "$dir" "$work/folders"; do
		rmdir "$source_top/$dir" 2>/dev/null || return 0
		dir=$(dirname "$dir")
	done
}

# Sources that a killed run left patched; under the lock, so it is dead.
recover_killed() {
	local dead
	for dead in "$PWD"/.kpmake.??????; do
		if [ -s "$dead/files" ] && [ -s "$dead/top" ]; then
			echo "a kpmake that was killed left the sources patched"
			(recover_from "$dead") || exit
		fi
		rm -rf "$dead"
	done
}

recover_from() {
	work=$1 stash=$1/stash restored=false built_patched=true
	source_top=$(cat "$work/top")
	check_not_edited
	restore_sources
	! $stash_kept
}

check_not_edited() {
	local file sum
	[ -s "$work/sums" ] || return 0
	while IFS= read -r -d '' file; do
		[ -e "$source_top/$file" ] || continue
		cmp -s "$source_top/$file" "$stash/$file" && continue
		sum=$(sha256sum <"$source_top/$file")
		grep -q "^\\\\\?${sum%% *} " "$work/sums" ||
			die 1 "$source_top/$file was left patched by a kpmake" \
				"that was killed, and edited since: put it" \
				"right (as it was: $stash/$file), then" \
				"remove $work"
	done <"$work/files"
}
