#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is missing of the packages that build and tests need, and says
# which. Usage: deps.sh [build|demo|check|full]  (default: check)
set -u

build="gcc make binutils libc6-dev libelf-dev libdw-dev libsodium-dev libzydis-dev patch"
demo="$build netcat-openbsd procps"
check="$demo g++ gfortran gnat clang libclang-rt-14-dev libcmocka-dev shellcheck git strace diffutils ccache gdb dpkg-dev xz-utils bzip2"
full="$check golang-go libssl-dev libevent-dev pkg-config tcl time"

dnf="gcc gcc-c++ gcc-gfortran gcc-gnat libgnat-static golang make binutils glibc-devel glibc-static elfutils-libelf-devel
elfutils-devel libsodium-devel zydis-devel patch nmap-ncat procps-ng clang
compiler-rt libcmocka-devel ShellCheck git strace ccache gdb"
zypper="gcc gcc-c++ gcc-fortran gcc-ada go make binutils glibc-devel glibc-devel-static libelf-devel
libdw-devel libsodium-devel zydis-devel patch netcat-openbsd procps clang
libcmocka-devel ShellCheck git strace ccache gdb"

case ${1:-check} in
build) wanted=$build ;;
demo) wanted=$demo ;;
check) wanted=$check ;;
full) wanted=$full ;;
*)
	echo "usage: deps.sh [build|demo|check|full]" >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null; then
	echo "deps: no dpkg here, so nothing is installed. Needed are about:" >&2
	echo "  dnf install ${dnf//$'\n'/ }" >&2
	echo "  zypper install ${zypper//$'\n'/ }" >&2
	exit 0
fi

missing=()
for package in $wanted; do
	state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)
	if [ "$state" != "install ok installed" ]; then
		missing+=("$package")
	fi
done
if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
fi
echo "deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for command in "update" "install -y --no-install-recommends ${missing[*]}"; do
	# $command is words: a verb, options and package names.
	# shellcheck disable=SC2086
	if ! $sudo apt-get -q $command >"$log" 2>&1 </dev/null; then
		echo "deps: apt-get $command failed:" >&2
		tail -n 20 "$log" >&2
		exit 1
	fi
done
