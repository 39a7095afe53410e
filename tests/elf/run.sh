#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# From hand-written .kpatch sections through as, ld -q, kpatch_strip, strip and
# kpatch_make: which relocations come out, and which message where none may.
# Needs gcc and binutils. Last line: N passed, N failed.
# `condition && ok || not_ok`: ok never fails.
# shellcheck disable=SC2015,SC2016
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
bin=${BIN:-$top/src}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
passed=0
failed=0

ok() {
	passed=$((passed + 1))
	echo "ok   $name"
}

not_ok() {
	failed=$((failed + 1))
	echo "FAIL $name"
	printf '%s\n' "$@" | sed 's/^/     /'
}

# program SOURCE.c CFLAGS...: SOURCE.s, and the same with an end label for f
program() {
	local source=$1
	shift
	gcc "$@" -S "$source.c" -o "$source.s"
	sed 's/^\t\.size\tf, .*/&\nf.Lfe:/' "$source.s" >"$source.base.s"
}

# patched SOURCE OUT.s < BODY: f replaced by BODY, as kpatch_gensrc writes it
patched() {
	{
		cat "$1.base.s"
		cat <<-'END'
			.section .kpatch.text,"xR",@progbits
			.balign 16
			.globl f.kpatch
			.hidden f.kpatch
			.type f.kpatch, @function
			f.kpatch:
		END
		cat
		cat <<-'END'
			.section .kpatch.text,"xR",@progbits
			.size f.kpatch, .-f.kpatch
			f.kpatch_end:
			.section .kpatch.strtab,"R",@progbits
			9: .string "f"
			.section .kpatch.info,"R",@progbits
			.balign 8
			.quad f, f.Lfe - f, f.kpatch, f.kpatch_end - f.kpatch, 9b, 0
		END
	} >"$2"
}

# chain ORIGINAL LINKED OUT [nostrip]: OUT.o, or the error line
chain() {
	"$bin/kpatch_strip" --strip "$2" "$3.o" &&
		"$bin/kpatch_strip" --rel-fixup "$1" "$3.o" &&
		{ [ "${4:-}" = nostrip ] || strip --strip-unneeded "$3.o"; } &&
		"$bin/kpatch_strip" --undo-link "$1" "$3.o"
}

# "SECTION OFFSET TYPE SYMBOL ADDEND", one a line
relocations() {
	readelf -rW "$1" | awk '
		/^Relocation section/ { gsub(/[\x27]/, ""); sub(/\.rela/, "", $3); s = $3 }
		/^[0-9a-f]+ +[0-9a-f]+ R_/ {
			off = $1; sub(/^0+/, "", off); if (off == "") off = 0
			sub(/R_X86_64_/, "", $3)
			printf "%s %s %s %s %s%s\n", s, off, $3, $5, $6, $7 }'
}

# expect OUT.o < EXPECTED RELOCATIONS of .kpatch.text, .got, .tlsgd
expect() {
	relocations "$1" | grep -v -F .kpatch.info >got
	if diff -u - got >differences; then ok; else not_ok "$(cat differences)"; fi
}

# refuse TEXT COMMAND...: fails, and its message has TEXT
refuse() {
	local text=$1 out
	shift
	if out=$("$@" 2>&1); then
		not_ok "succeeded"
	elif [[ $out == *"$text"* ]]; then
		ok
	else
		not_ok "expected: $text" "message:  $out"
	fi
}

# exits CODE COMMAND...
exits() {
	local code=$1
	shift
	"$@" >out 2>&1
	local got=$?
	if [ $got = "$code" ]; then ok; else not_ok "exit $got" "$(cat out)"; fi
}

cat >prog.c <<'END'
#include <stdio.h>
int global = 4;
static int counter;
__attribute__((visibility("hidden"), noinline)) int hidden(int x)
{
	return x * 3 + counter++;
}
__thread int tls_init = 5;
static __thread int tls_zero;
__attribute__((noinline)) int f(int x)
{
	fputs("x", stdout);
	return hidden(x) + global + counter + tls_init++ + tls_zero++;
}
int main(int argc, char **argv)
{
	(void)argv;
	return f(argc) > 7;
}
END
cat >other.c <<'END'
static int counter[99] = {1};
int *get_counter(void) { return counter; }
static int used(void) { return 1; }
int (*use)(void) = used;
END
cat >body <<'END'
	call puts.kpatch_ext@PLT
	call fputc.kpatch_ext@PLT
	call hidden
	call hidden.kpatch_ext@PLT
	movl counter(%rip), %eax
	movq global.kpatch_got(%rip), %rax
	movq stdout.kpatch_got(%rip), %rax
	movq tls_init.kpatch_tpoff(%rip), %rax
	movq tls_zero.kpatch_tpoff(%rip), %rax
	leaq .Ltext(%rip), %rdi
	jmp f.kpatch
	.irp n, puts, fputc, hidden, stdout
	.weak \n\().kpatch_ext
	.hidden \n\().kpatch_ext
	.endr
	.section .kpatch.got,"R",@progbits
	.balign 8
	global.kpatch_got: .quad global
	stdout.kpatch_got: .quad stdout.kpatch_ext
	tls_init.kpatch_tpoff: .quad tls_init@dtpoff
	tls_zero.kpatch_tpoff: .quad tls_zero@dtpoff
	.section .kpatch.rodata,"R",@progbits
	.Ltext: .string "text"
END

# --- what comes out, in each kind of link

for kind in pie no-pie static static-pie; do
	[ $kind = no-pie ] && pic=-fno-pie || pic=-fPIE
	program prog -O1 "$pic"
	patched prog prog.p.s <body
	gcc -$kind -o orig prog.s other.c
	gcc -$kind -Wl,-q -o link prog.p.s other.c
	for strip in strip nostrip; do
		name="$kind, $strip: chain"
		out=$(chain orig link out-$strip $strip 2>&1)
		case $kind in
		static*) # puts is not in this program
			[[ $out == *"f.kpatch (.kpatch.text+0x1, R_X86_64_PLT32): puts: is not in the original, which is linked statically"* ]] &&
				ok || not_ok "$out" ;;
		*) [ -z "$out" ] && ok || not_ok "$out" ;;
		esac
	done
	[[ $kind == static* ]] && continue
	name="$kind: strip changes nothing that is needed"
	if diff <(relocations out-strip.o) <(relocations out-nostrip.o); then
		ok
	else
		not_ok
	fi
	text() { # offset of a symbol in .text
		local start
		start=$(readelf -SW orig | awk '$2 == ".text" || $3 == ".text" {
			print "0x" ($2 == ".text" ? $4 : $5) }')
		printf %x $((0x$(nm orig | awk -v s="$1" '$3 == s {print $1}') - start - 4))
	}
	of() { # SECTION SYMBOL [ADDEND]: its offset there
		local start
		start=$(readelf -SW orig | sed 's/\[ */[/' |
			awk -v s="$1" '$2 == s {print "0x" $4}')
		printf %x $((0x$(nm orig | awk -v s="$2" '
			$3 == s || index($3, s "@") == 1 {print $1; exit}') - start + ${3:-0}))
	}
	counter=$(nm orig | awk '$3 == "counter" && $2 == "b" {print $1}')
	bss=$(readelf -SW orig | sed 's/\[ */[/' | awk '$2 == ".bss" {print "0x" $4}')
	counter=$((0x$counter - bss - 4))
	name="$kind: relocations"
	expect out-strip.o <<-END
		.kpatch.text 1 PLT32 puts -4
		.kpatch.text 6 PLT32 fputc@GLIBC_2.2.5 -4
		.kpatch.text b PC32 .text +$(text hidden)
		.kpatch.text 10 PC32 .text +$(text hidden)
		.kpatch.text 16 PC32 .bss $([ $counter -lt 0 ] && printf -- -%x $((-counter)) || printf +%x $counter)
		.kpatch.text 1d PC32 .kpatch.got -4
		.kpatch.text 24 PC32 .kpatch.got +4
		.kpatch.text 2b PC32 .kpatch.got +c
		.kpatch.text 32 PC32 .kpatch.got +14
		.kpatch.text 39 PC32 .kpatch.rodata -4
		.kpatch.got 0 64 .data +$(of .data global)
		.kpatch.got 8 64 .bss +$(of .bss stdout)
		.kpatch.got 10 TPOFF64 tls_init +0
		.kpatch.got 18 TPOFF64 tls_zero +0
	END
done

# --- a library: what ld.so binds stays bound by ld.so

cat >lib.c <<'END'
int global = 4;
int exported(int x) { return x + global; }
__attribute__((visibility("protected"))) int protected(int x) { return x; }
__attribute__((visibility("hidden"))) int hidden(int x) { return x; }
__thread int tls_global;
static __thread int tls_static;
int f(int x)
{
	tls_static++;
	tls_global++;
	return exported(x) + hidden(x) + protected(x);
}
END
program lib -O1 -fPIC
cat >libbody <<'END'
	call exported@PLT
	call exported.kpatch_ext@PLT
	call protected@PLT
	call hidden.kpatch_ext@PLT
	movq global.kpatch_got(%rip), %rax
	leaq tls_global.kpatch_tlsgd(%rip), %rdi
	leaq tls_static.kpatch_tlsgd(%rip), %rdi
	call g.kpatch@PLT
	ret
	.type g.kpatch, @function
	g.kpatch: ret
	.size g.kpatch, 1
	.irp n, exported, hidden
	.weak \n\().kpatch_ext
	.hidden \n\().kpatch_ext
	.endr
	.section .kpatch.got,"R",@progbits
	.balign 8
	global.kpatch_got: .quad global
	.section .kpatch.tlsgd,"R",@progbits
	.balign 8
	tls_global.kpatch_tlsgd: .quad tls_global@dtpoff, 0
	tls_static.kpatch_tlsgd: .quad tls_static@dtpoff, 0
	.section .kpatch.tlsld,"R",@progbits
	.balign 8
	tls_static.kpatch_tlsld: .quad tls_static@dtpoff, 0
END
patched lib lib.p.s <libbody
gcc -shared -o orig lib.s
gcc -shared -Wl,-q -o link lib.p.s
chain orig link out
name="library: relocations"
sym() { printf %x $((0x$(nm orig | awk -v s="$1" '$3 == s {print $1}') - text - 4)); }
text=$(readelf -SW orig | sed 's/\[ */[/' | awk '$2 == ".text" {print "0x" $4}')
expect out.o <<-END
	.kpatch.text 1 PLT32 exported -4
	.kpatch.text 6 PLT32 exported -4
	.kpatch.text b PC32 .text +$(sym protected)
	.kpatch.text 10 PC32 .text +$(sym hidden)
	.kpatch.text 17 PC32 .kpatch.got -4
	.kpatch.text 1e PC32 .kpatch.tlsgd -4
	.kpatch.text 25 PC32 .kpatch.tlsgd +c
	.kpatch.got 0 64 global +0
	.kpatch.tlsgd 0 DTPMOD64 tls_global +0
	.kpatch.tlsgd 10 DTPMOD64 tls_static +0
	.kpatch.tlsgd 8 DTPOFF64 tls_global +0
	.kpatch.tlsgd 18 DTPOFF64 tls_static +0
	.kpatch.tlsld 0 DTPMOD64 tls_static +0
END
for flag in -Bsymbolic -Bsymbolic-functions; do
	gcc -shared -Wl,$flag -o orig lib.s
	gcc -shared -Wl,$flag -Wl,-q -o link lib.p.s
	chain orig link out
	name="library, $flag: its functions are its own"
	relocations out.o | grep -q 'exported' && not_ok "$(relocations out.o)" || ok
	name="library, $flag: data"
	want=global
	[ $flag = -Bsymbolic ] && want=.data
	[[ $(relocations out.o) == *".kpatch.got 0 64 $want +"* ]] && ok ||
		not_ok "$(relocations out.o)"
done

# --- a version that the library defines itself

echo 'V1 { global: exported; f; }; V2 { global: global; local: *; };' >map
# Without a soname the name of the output file goes into .dynstr.
gcc -shared -Wl,--version-script=map,-soname=libx -o orig lib.s
gcc -shared -Wl,--version-script=map,-soname=libx -Wl,-q -o link lib.p.s
chain orig link out
name="library with versions"
got=$(relocations out.o | grep -E 'text 1 |got 0 ')
[ "$got" = ".kpatch.text 1 PLT32 exported@V1 -4
.kpatch.got 0 64 global@V2 +0" ] && ok || not_ok "$got"

# --- the rest of the link must be the original

cat >b2.c <<'END'
short unused[3];
char odd = 1;
static short small;
static int *const table[] = {(int *)&small, (int *)&odd};
const char *name(void) { return "name"; }
int other(int x) { return x + 77 + small; }
int f(int x) { small++; return x + *table[x] + other(x); }
int main(int argc, char **argv) { (void)argv; return f(argc) + *name(); }
END
program b2 -O1 -fno-inline
echo '	movl small(%rip), %eax
	ret' | patched b2 b2.p.s
for kind in pie no-pie; do
	gcc -$kind -o orig b2.s
	gcc -$kind -Wl,-q -o link b2.p.s
	name="$kind: .bss moves by -q's empty section"
	addr() { readelf -SW "$1" | sed 's/\[ */[/' | awk '$2 == ".bss" {print $4}'; }
	[ "$(addr orig)" != "$(addr link)" ] && ok || not_ok "it didn't: test is void"
	name="$kind: and that is accounted for"
	out=$(chain orig link out 2>&1) && ok || not_ok "$out"

	differ() { # NAME SED MESSAGE
		sed "$2" b2.s >changed.s
		name="$kind: $1 differs"
		cmp -s b2.s changed.s && not_ok "nothing changed: test is void"
		gcc -$kind -o orig2 changed.s
		refuse "$3" chain orig2 link out
	}
	differ "a constant in code" 's/77(/78(/' '(other): other bytes: the patched build differs from orig2 outside the patch'
	differ "a string" 's/"name"/"nome"/' '.rodata'
	differ "a pointer" 's/\.quad\tsmall/.quad\todd/' '.data.rel.ro'
	differ "a call" 's/call\tother/call\tname/' 'refers to something else'
	differ "a reference to moved data" 's/addw\t\$1, small/addw\t$1, odd/' '(f): refers to something else'
	differ "a variable's size" 's/unused, 6/unused, 4/' '(unused): a variable of another size'
done
gcc -no-pie -o orig b2.s other.c
gcc -no-pie -Wl,-q -o link b2.p.s
name="another file in the link"
refuse 'section .text has' chain orig link out
gcc -no-pie -o orig b2.s
gcc -no-pie -Wl,-q -o link b2.p.s other.c
name="and what the original doesn't have is named"
refuse '; used is not in it' chain orig link out
gcc -pie -o orig b2.s
name="PIE and non-PIE mixed"
refuse 'one is position-independent' chain orig link out

# --- refusals

program prog -O1 -fPIE
refusal() { # NAME MESSAGE < BODY, linked as PIE
	name=$1
	patched prog bad.s
	gcc -pie -o orig prog.s other.c
	if ! gcc -pie -Wl,-q -o link bad.s other.c 2>err; then
		not_ok "$(cat err)"
		return
	fi
	refuse "$2" chain orig link out
}
refusal "a direct reference to another object's data" \
	'f.kpatch (.kpatch.text+0x3, R_X86_64_PC32): stderr: is in another object, maybe out of reach of this direct reference' <<-'END'
	movq stderr.kpatch_ext(%rip), %rax
	ret
	.weak stderr.kpatch_ext
	.hidden stderr.kpatch_ext
END
refusal "an unsupported relocation" \
	'f.kpatch (.kpatch.text+0x2, R_X86_64_SIZE64): global: this type of relocation is not supported' <<-'END'
	movabsq $global@SIZE, %rax
	ret
END
refusal "a relocation of 16 bits" 'R_X86_64_16): .bss: this type' <<-'END'
	movw $counter, %ax
	ret
END
refusal "thread-local and not" 'tls_init: is thread-local' <<-'END'
	movl tls_init(%rip), %eax
	ret
END
cat >tiny.c <<'END'
__attribute__((noinline)) int f(void) { return g(); }
END
printf '\t.text\n\t.globl f\n\t.type f, @function\nf:\tret\n\t.size\tf, .-f\n\t.globl main\nmain:\tcall f\n\txorl %%eax, %%eax\n\tret\n\t.section .note.GNU-stack,"",@progbits\n\t.text\n' >tiny.s
sed 's/^\t\.size\tf, .*/&\nf.Lfe:/' tiny.s >tiny.base.s
echo '	ret' | patched tiny tiny.p.s
gcc -pie -o orig tiny.s
gcc -pie -Wl,-q -o link tiny.p.s
name="a function without room for a jump"
refuse 'function f: its 1 bytes and 0 of padding have no room for a jump of 5' chain orig link out

# --- padding and original bytes

padding() { # NAME BYTES-AFTER-F EXPECTED
	name="padding: $1"
	printf '\t.text\n\t.globl f\n\t.type f, @function\nf:\tret\n\t.size\tf, .-f\n%b\n\t.globl main\nmain:\tcall f\n\txorl %%eax, %%eax\n\tret\n\t.section .note.GNU-stack,"",@progbits\n\t.text\n' "$2" >pad.s
	sed 's/^\t\.size\tf, .*/&\nf.Lfe:/' pad.s >pad.base.s
	echo '	ret' | patched pad pad.p.s
	gcc -pie -o orig pad.s
	gcc -pie -Wl,-q -o link pad.p.s
	chain orig link out >out.log 2>&1
	# flags, bits 32..63: the last word's upper half
	got=$(objcopy -O binary -j .kpatch.info out.o out.bin &&
		od -An -tu4 -j44 -N4 out.bin | tr -d ' ')
	if [ "$got" = "$3" ]; then ok; else not_ok "got $got" "$(cat out.log)"; fi
}
padding "nops" '\tnopw 0x0(%rax,%rax,1)\n' 5
padding "int3" '\t.rept 7\n\tint3\n\t.endr\n' 7
padding "at most 16" '\t.rept 40\n\tnop\n\t.endr\n' 16
padding "up to other code" '\t.rept 5\n\tnop\n\t.endr\n\tret\n' 5
padding "zeros up to the next symbol" '\t.zero 8\n' 8

name="original bytes"
echo '	ret' | patched prog small.s
gcc -pie -o orig prog.s other.c
gcc -pie -Wl,-q -o link small.s other.c
chain orig link out
objcopy -O binary -j .kpatch.orig out.o got.bin
read -r start size < <(nm -S orig | awk '$4 == "f" {print $1, $2}')
objcopy -O binary -j .text orig text.bin
text=$(readelf -SW orig | sed 's/\[ */[/' | awk '$2 == ".text" {print "0x" $4}')
tail -c +$((0x$start - text + 1)) text.bin | head -c $((0x$size)) | cmp - got.bin && ok || not_ok

# --- old form: allocated sections, no hidden aliases

sed 's/"xR"/"ax"/; s/"R"/"a"/; s/\.kpatch_ext//; /^\t\.\(irp\|weak\|hidden\|endr\)/d
	/tls_.*@dtpoff/d; /tls_.*kpatch_tpoff/d' prog.p.s 2>/dev/null >hand.s
program prog -O1 -fPIE
grep -v -E 'tls_|irp|weak|\.hidden .n|endr' body | sed 's/\.kpatch_ext//' | patched prog hand.s
sed -i 's/"xR"/"ax"/; s/"R"/"a"/' hand.s
gcc -pie -o orig prog.s other.c
gcc -pie -Wl,-q -o link hand.s other.c 2>/dev/null
name="allocated sections: chain"
out=$(chain orig link out 2>&1) && ok || not_ok "$out"
name="allocated sections: says what isn't compared"
[[ $out == *"the .kpatch sections are allocated"* ]] && ok || not_ok "$out"
name="allocated sections: an import with its version"
relocations out.o | grep -q '.kpatch.text 1 PLT32 puts@GLIBC_2.2.5 -4' && ok ||
	not_ok "$(relocations out.o)"

# --- nothing to do, wrong input, exit codes

name="nothing changed: exit 3"
exits 3 "$bin/kpatch_strip" --strip orig x.o
name="and it says so"
refuse 'nothing changed' "$bin/kpatch_strip" --strip orig x.o
name="not linked with -q"
gcc -pie -o noq small.s other.c
refuse 'must be linked with -Wl,-q' "$bin/kpatch_strip" --strip noq x.o
name="no ELF file: exit 6"
exits 6 "$bin/kpatch_strip" --strip "$top/tests/elf/run.sh" x.o
name="no file: exit 1"
exits 1 "$bin/kpatch_strip" --strip missing x.o
name="usage: exit 2"
exits 2 "$bin/kpatch_strip" --strip orig
name="two modes: exit 2"
exits 2 "$bin/kpatch_strip" --strip --undo-link orig x.o
name="help: exit 0"
exits 0 "$bin/kpatch_strip" --help
name="the wrong original in --undo-link"
gcc -pie -Wl,-q -o link small.s other.c
chain orig link out
cp out.o again.o
gcc -pie -o orig2 b2.s
refuse 'was not fixed up for orig2' "$bin/kpatch_strip" --undo-link orig2 again.o
name="--rel-fixup twice"
"$bin/kpatch_strip" --strip link twice.o
"$bin/kpatch_strip" --rel-fixup orig twice.o
exits 6 "$bin/kpatch_strip" --rel-fixup orig twice.o

# --- kpatch_make

id=$(readelf -n orig | sed -n 's/.*Build ID: //p')
name="kpatch_make"
SOURCE_DATE_EPOCH=77 exits 0 "$bin/kpatch_make" -b "$id" -n prog -l 3 \
	-d "what it does" -c CVE-2026-1 out.o -o a.kpatch
name="kpatch_make is reproducible"
SOURCE_DATE_EPOCH=77 "$bin/kpatch_make" -b "$id" -n prog -l 3 \
	-d "what it does" -c CVE-2026-1 out.o -o b.kpatch
cmp a.kpatch b.kpatch && ok || not_ok
name="kpatch_make: no BuildID"
refuse '-b BUILDID and -o FILE are needed' "$bin/kpatch_make" out.o -o c.kpatch
name="kpatch_make: a bad one, exit 2"
exits 2 "$bin/kpatch_make" -b xyz out.o -o c.kpatch
name="kpatch_make: bad level, exit 2"
exits 2 "$bin/kpatch_make" -b ab -l -1 out.o -o c.kpatch
name="kpatch_make: before --undo-link, exit 6"
exits 6 "$bin/kpatch_make" -b ab twice.o -o c.kpatch
name="kpatch_make: leaves nothing behind"
[ ! -e c.kpatch ] && ok || not_ok

echo "$passed passed, $failed failed"
[ $failed = 0 ]
