#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lines that move: only what the patch changes is replaced.
# shellcheck disable=SC2016 # for make to expand
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

out=$scratch/out
mkdir "$scratch/p"
cd "$scratch/p" || exit 1
printf 'all: server\nserver: server.c log.h\n\t$(CC) $(CFLAGS) -o $@ server.c
install: all\n\tinstall -D server $(DESTDIR)/bin/server
clean:\n\trm -f server\n' >Makefile
printf '#define LOG(text) printf("%%s:%%d: %%s\\n", __FILE__, __LINE__, text)\n' >log.h
cat >server.c <<'S'
#include <assert.h>
#include <stdio.h>
#include "log.h"

int first(int n)
{
	LOG("first");
	return n;
}

int second(int n)
{
	assert(n);
	LOG("second");
	return n;
}

int main(int argc, char **argv)
{
	(void)argv;
	return first(argc) + second(argc);
}
S
cp server.c original.c
sed -e '5i/* what is new */\n#include <string.h>' -e 's/^	return n;$/	if (n > 5)\n		return 5;\n&/;' \
	original.c >patched.c
# only in the first function
sed -i '14,$ { /n > 5/d; /return 5/d }' patched.c
diff -u --label a/server.c --label b/server.c server.c patched.c >"$scratch/fix.patch"

replaced() {
	"$bin/kpatch_user" show patchroot/*.kpatch |
		sed -n 's/^  \([^ :]*\): .*replaced by.*/\1/p' | sort | tr '\n' ' '
}

for flags in "-O2 -fno-inline" "-O0" "-O2 -g -fno-inline"; do
	export CFLAGS=$flags
	rm -rf patchroot
	check "$flags: kpmake" "$bin/kpmake" --clean "$scratch/fix.patch" \
		>"$out" 2>&1 || cat "$out" >&2
	check "$flags: only first is replaced, not: $(replaced)" \
		test "$(replaced)" = "first "
	check "$flags: the source is back" cmp server.c original.c
done
export CFLAGS="-O2 -fno-inline"
rm -rf patchroot
check "--move-lines" "$bin/kpmake" --move-lines --clean "$scratch/fix.patch" \
	>"$out" 2>&1
check "--move-lines: the others, too" test "$(replaced)" = "first second "

finish
