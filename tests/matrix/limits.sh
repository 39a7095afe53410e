#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/limits.md names each case that is refused, and no case that isn't there.
# Says what is wrong.
set -u
here=$(dirname "$(readlink -f "$0")")
page=$(readlink -f "$here/../../docs/limits.md")
errors=0
q='`'

wrong() {
	echo "docs/limits.md: $*"
	errors=$((errors + 1))
}

cd "$here/cases" || exit 1
for file in *.c *.cc; do
	name=${file%.*}
	grep -Eq '^// *(may-)?refuse(-patch)?(/[^:]*)?:' "$file" || continue
	grep -qF "$q$name$q" "$page" || wrong "$name is refused, and isn't named"
done
# Names in the last column of tables, and alone in brackets.
names=$(sed -nE -e 's/^\|.*\|([^|]*)\|$/\1/p' \
	-e "s/.*\(((${q}[a-z_0-9]+$q(, )?)+)\).*/\1/p" "$page" |
	grep -oE "${q}[a-z_0-9]+$q" | tr -d "$q" | sort -u)
for name in $names; do
	[ -f "$name.c" ] || [ -f "$name.cc" ] || wrong "there is no case $name"
done
[ "$errors" -eq 0 ]
