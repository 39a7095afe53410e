# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Sourced: make_patch HUNKS FILE makes, in the current folder, `patient` and a
# patch for that many of its functions. Needs $top, $tools and ${flags[@]}.

compile_patient() { # ANSWER HUNKS OUTPUT
	gcc "${flags[@]}" -DANSWER="$1" -DHUNKS="$2" -S -o "$3" "$top/bench/${source:-patient.c}"
}

make_patch() {
	compile_patient 1 "$1" original.s
	compile_patient 2 "$1" patched.s
	"$tools/kpatch_gensrc" -i original.s -i patched.s -o both.s
	gcc -pthread -o patient original.s
	gcc -pthread -o both both.s -Wl,-q
	"$tools/kpatch_strip" --strip both patch.o
	"$tools/kpatch_strip" --rel-fixup patient patch.o
	strip --strip-unneeded patch.o
	"$tools/kpatch_strip" --undo-link patient patch.o
	"$tools/kpatch_make" -b "$(readelf -n patient | sed -n 's/.*Build ID: //p')" \
		patch.o -o "$2"
}
