// SPDX-License-Identifier: GPL-2.0-or-later
/* How a patient confines itself. */
#ifndef MODES_H
#define MODES_H

#define NOIPA __attribute__((noipa))

extern int (*confine_libs[4])(int);
extern int confine_nlibs;

/* A function that is patched, for those that do odd things to its page. */
int report(void);

/* Applies "NAME" or "NAME:ARGUMENT"; ends the process if it can't be. */
void confine_apply(const char *mode);

/* Modes of memory.c; false if there is none of this name. */
int memory_apply(const char *name, const char *arg);

/* Says what failed, and ends with exit code 77 (the case is skipped). */
void confine_fail(const char *what) __attribute__((noreturn));

/* A seccomp filter "ACTION:SET" for the calling thread. */
void filter_apply(const char *spec);

#endif
