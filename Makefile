# SPDX-License-Identifier: GPL-2.0-or-later
# make            the programs, in src/ (SAN=1: under ASan and UBSan)
# make tests      all patients, in all builds and flavors
# make check      everything: scripts/check
# make install    programs and manual pages below $(DESTDIR)$(PREFIX)

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR := $(DESTDIR)$(PREFIX)/bin
INCLUDEDIR := $(DESTDIR)$(PREFIX)/include
SHAREDIR := $(DESTDIR)$(PREFIX)/share/libcare
MANDIR := $(DESTDIR)$(PREFIX)/share/man
PROGRAMS := kpatch_gensrc kpatch_cc kpatch_lines kpatch_strip kpatch_make kpatch_user
MANUALS := $(wildcard docs/man/*.[1-8])

all:
	$(MAKE) -C src

tests: all
	$(MAKE) -C tests

check:
	scripts/check

install: all
	install -d $(BINDIR)
	install -m 755 $(PROGRAMS:%=src/%) src/kpmake $(BINDIR)
	ln -sf kpatch_user $(BINDIR)/kpatch_ctl
	ln -sf kpatch_cc $(BINDIR)/kpatch_c++
	install -d $(INCLUDEDIR)
	install -m 644 src/include/*.h $(INCLUDEDIR)
	install -d $(SHAREDIR)
	install -m 644 src/kpmake_sources.sh $(SHAREDIR)
	set -e; for page in $(MANUALS); do \
		dir=$(MANDIR)/man$${page##*.}; \
		install -d $$dir; install -m 644 $$page $$dir; \
	done

clean:
	$(MAKE) -C src clean
	$(MAKE) -C tests clean

.PHONY: all tests check install clean
