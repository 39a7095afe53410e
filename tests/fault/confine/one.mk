# SPDX-License-Identifier: GPL-2.0-or-later
# One build of the patient and its patches, in B.
override CFLAGS += -O2 -Wall -Wextra -Werror -I$(CURDIR)
MORE_SOURCES = modes.c filter.c memory.c
LIB_OPTION =
LDLIBS = -ldl -pthread
include ../../makefile.inc
