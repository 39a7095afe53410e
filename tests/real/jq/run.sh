#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's jq, patched while it waits for input: an addition (hot), the limits of a
# slice (a static helper, inlined), and how null is printed, in the colours that
# a static variable has since the start.
# shellcheck disable=SC2317 # functions are called by run_program
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/real/lib.sh
. "$here/../lib.sh"

# Without autoconf and onigurama.
configure() {
	echo '#define JQ_VERSION "1.6"' >src/version.h
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' \
		src/builtin.jq >src/builtin.inc
	cat >Makefile <<-'EOF'
		CFLAGS = -g -O2 -fstack-protector-strong -D_GNU_SOURCE -DIEEE_8087 \
			-DHAVE_ISATTY -DHAVE_MEMMEM -DUSE_DECNUM=0 -w -I. -Isrc
		OBJECTS = $(patsubst %.c,%.o,$(filter-out src/inject_errors.c src/jq_test.c,$(wildcard src/*.c)))
		jq: $(OBJECTS) src/jq_test.o ; $(CC) $(CFLAGS) -o $@ $^ -lm -pthread
		install: jq ; install -D jq $(DESTDIR)/usr/bin/jq
		clean: ; rm -f jq src/*.o
	EOF
}

begin() {
	start env JQ_COLORS='0;35' "$src/kpmake/usr/bin/jq" -C -c --unbuffered \
		'if type == "array" then (.[0] + .[1]), .[7:9] else . end'
}

answers() {
	ask 2 '[1,2,3,4,5,6,7,8,9,10]' | sed 's/\x1b\[[0-9;]*m//g'
	ask 1 null | sed 's/\x1b/ESC/g'
}

run_program jq '3
[8,9]
ESC[0;35mnullESC[0m' '3.5
[1,2,3,4,5,6,7,8,9]
ESC[0;35mnilESC[0m' 'f_plus jv_dump_term jvp_clamp_slice_params'
finish
