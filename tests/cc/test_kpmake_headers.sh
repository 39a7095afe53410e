#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kpmake where the makefile doesn't say which headers an object depends on.
# shellcheck disable=SC2016 # for make to expand
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

out=$scratch/out
patch=$scratch/limit.patch

# A header in a folder of its own, read by two sources under other names.
make_project() {
	local project=$1
	rm -rf "$project"
	mkdir -p "$project/inc #1" "$project/sub"
	cd "$project" || exit 1
	cat >Makefile <<-'S'
		SUB = $(CC)
		all: server
		server: main.o sub/work.o same.o
		%LINK
		%.o: %.c
		%COMPILE
		sub/work.o: sub/work.c
		%SUB
		install: all
		%INSTALL
		clean:
		%CLEAN
	S
	sed -i -e 's,%LINK,\t$(CC) -o $@ $^,' \
		-e "s,%COMPILE,\t\$(CC) -O2 '-Iinc #1' -c -o \$@ \$<," \
		-e 's,%SUB,\tcd sub \&\& $(SUB) -O2 -c -o work.o work.c,' \
		-e 's,%INSTALL,\tinstall -D server $(DESTDIR)/bin/server,' \
		-e 's,%CLEAN,\trm -f server *.o sub/*.o,' Makefile
	echo 'static inline int limit(int n) { return n * 3; }' >'inc #1/limit.h'
	printf '#include <limit.h>\nint work(int);\nint same(int);\nint main(int c, char **v) { (void)v; return limit(c) + work(c) + same(c); }\n' >main.c
	printf '#include "../inc #1/limit.h"\nint work(int n) { return limit(n) + 1; }\n' >sub/work.c
	printf 'int same(int n) { return n; }\n' >same.c
	touch -d '2020-01-02 03:04:05' ./*.c sub/*.c inc*/*
}

functions() {
	"$bin/kpatch_user" show patchroot/*.kpatch
}

make_project "$scratch/p"
cat >"$patch" <<'S'
--- "a/inc #1/limit.h"
+++ "b/inc #1/limit.h"
@@ -1 +1 @@
-static inline int limit(int n) { return n * 3; }
+static inline int limit(int n) { return n * 5; }
S
# patch(1) takes a name with a space up to a tab
sed -i -e 's/"//g' -e "s/limit\.h\$/&\t/" "$patch"

check "a build" "$bin/kpmake" --clean "$patch" >"$out" 2>&1 || cat "$out" >&2
check "main is in the patch" grep -qw main <(functions)
check "work, by another name of the header, is in it" grep -qw work <(functions)
check "same is not" test -z "$(functions | grep -w same)"
check "the header is back" grep -q 'n \* 3' 'inc #1/limit.h'
check "same.c is not compiled again" test "$(find same.c ! -newermt 2021-01-01)"

# the objects in the folder are of the patched header
check "a build afterwards" make >"$out" 2>&1
./server
check "an ordinary make makes the original" test $? -eq 8

# and again, with what is there
check "another build" "$bin/kpmake" "$patch" >"$out" 2>&1 || cat "$out" >&2
check "main is in the patch again" grep -qw main <(functions)

# a source that is compiled no more under the name that it had
rm -rf "$scratch/p"
make_project "$scratch/p"
printf 'ifeq ($(KPATCH_STAGE),patched)\nSUB = :\nendif\n' >>Makefile
"$bin/kpmake" --clean "$patch" >"$out" 2>&1
check "one that isn't compiled again: exit 1" test $? -eq 1
check "it is named" grep -q "sub/work.c includes what the patches change" "$out"
check "no patch" test -z "$(ls patchroot 2>/dev/null)"
check "the header is back then, too" grep -q 'n \* 3' 'inc #1/limit.h'

finish
