#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks that the folders of src/ include each other one way only, as
# ARCHITECTURE.md ("Layers") says. Prints each line that doesn't; exit code 1.
# Usage: include_direction.sh [SRC]
set -u

src=${1:-$(dirname "$(readlink -f "$0")")/../../src}
cd "$src" || exit 2

# What a folder may include, beside itself and base.
declare -A allowed=(
	[base]=""
	[asm]=""
	[diff]="asm kpfile" # kpfile/info.h: the layout of .kpatch.info
	[cc]=""
	[elf]=""
	[kpfile]="elf"
	[store]="elf kpfile"
	[object]="elf kpfile"
	[target]=""
	[unwind]="target"
	[link]="elf kpfile"
	[doctor]="elf kpfile store target unwind link"
	[watch]="target"
	[include]="" # libcare.h, for authors of patches
)
bad=0

complain() {
	echo "src/$1"
	bad=1
}

check_include() {
	local file=$1 line=$2 from=$3 to=$4
	case " $from base ${allowed[$from]} " in
	*" $to "*) ;;
	*) complain "$file:$line: $from/ may not include $to/" ;;
	esac
}

for dir in */; do
	dir=${dir%/}
	if [ -z "${allowed[$dir]+known}" ]; then
		complain "$dir/: a folder that ARCHITECTURE.md doesn't place"
	fi
done

while IFS=: read -r file line text; do
	to=${text#*\"}
	to=${to%%/*}
	from=${file%%/*}
	if [ -n "${allowed[$from]+known}" ]; then
		check_include "$file" "$line" "$from" "$to"
	fi
done < <(grep -nH '^#[[:space:]]*include[[:space:]]*"[^"]*/' ./*/*.[ch] | sed 's|^\./||')

exit "$bad"
