// SPDX-License-Identifier: GPL-2.0-or-later
/* What the patients share: when to stop, and functions that stay functions. */
#ifndef PATIENT_H
#define PATIENT_H

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Never inlined, cloned, or assumed anything of by its callers. */
#ifdef __clang__
#define NOIPA __attribute__((noinline))
#else
#define NOIPA __attribute__((noipa))
#endif

static volatile sig_atomic_t patient_told_to_stop;

static void patient_on_term(int sig)
{
	(void)sig;
	patient_told_to_stop = 1;
}

/*
 * For `while (patient_runs())`: true until SIGTERM. A patient that a broken
 * test leaves behind ends by itself after two minutes.
 */
static __attribute__((unused)) int patient_runs(void)
{
	static int started;

	if (!started) {
		started = 1;
		setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
		signal(SIGTERM, patient_on_term);
		alarm(120);
	}
	return !patient_told_to_stop;
}

#endif
