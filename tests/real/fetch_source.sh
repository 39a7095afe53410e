#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Downloads a Debian source package, without unpacking it, and keeps it.
# Usage: fetch_source.sh CACHE PACKAGE [VERSION]
# Prints the directory with the files. It asks the mirrors that this machine's
# apt is configured with, through a configuration of its own below CACHE:
# nothing of the system's is changed, and nothing is installed.
set -u

if [ $# -lt 2 ]; then
	echo "usage: fetch_source.sh CACHE PACKAGE [VERSION]" >&2
	exit 2
fi
mkdir -p "$1/apt" || exit 1
cache=$(readlink -f "$1")
package=$2
version=${3:-}
apt=$cache/apt
dir=$cache/$package${version:+_${version//[:~]/_}}

if [ -e "$dir/complete" ]; then
	echo "$dir"
	exit 0
fi

# Sources of the same places as the system's packages. Only those of this
# Debian: a third party's need not have sources.
write_lists() {
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	rm -f "$apt"/sources.d/*
	mkdir -p "$apt/sources.d" "$apt/state/lists/partial" \
		"$apt/cache/archives/partial"
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -n 's/^deb\([[:space:]]\)/deb-src\1/p' |
		grep -E "[[:space:]]$codename(-[a-z]+)*[[:space:]/]" \
			>"$apt/sources.d/debian.list"
	cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
		awk -v code="$codename" 'BEGIN { RS = ""; ORS = "\n\n" }
			$0 ~ "Suites:[^\n]*" code' |
		sed 's/^Types:.*/Types: deb-src/' >"$apt/sources.d/debian.sources"
	if ! [ -s "$apt/sources.d/debian.list" ] &&
		! [ -s "$apt/sources.d/debian.sources" ]; then
		echo "fetch_source: apt has no source of ${codename:-Debian} here" >&2
		return 1
	fi
}

private=(-o Dir::Etc::sourcelist=/dev/null
	-o "Dir::Etc::sourceparts=$apt/sources.d"
	-o "Dir::State=$apt/state" -o "Dir::Cache=$apt/cache"
	-o Dir::State::status=/var/lib/dpkg/status
	-o APT::Sandbox::User=root)

private_apt() {
	apt-get -qq "${private[@]}" "$@" 2>&1
}

private_apt_cache() {
	apt-cache "${private[@]}" "$@" 2>/dev/null
}

download() {
	private_apt source --download-only "$package${version:+=$version}"
}

# A mirror may lack what its lists name: without a version wanted, another.
older() {
	local each
	[ -z "$version" ] || return 1
	for each in $(private_apt_cache showsrc "$package" |
		sed -n 's/^Version: //p' | sort -Vru); do
		private_apt source --download-only "$package=$each" && return
	done
	return 1
}

fail() {
	echo "fetch_source: $package $version: $1" >&2
	sed 's/^/    /' "$apt/log" >&2
	exit 1
}

write_lists || exit 1
rm -rf "$dir"
mkdir -p "$dir" && cd "$dir" || exit 1
# What apt has of its lists may do. Else new ones, whose failure doesn't
# matter if the package is found nevertheless.
if ! download >"$apt/log"; then
	private_apt update >"$apt/log"
	download >>"$apt/log" || older >>"$apt/log" || fail "not to be had:"
fi
set -- *.dsc
[ -e "$1" ] || fail "apt-get left no .dsc"
touch complete
echo "$dir"
