// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking for words in the patient's writable memory while it runs: addresses
 * in some ranges, plain or as glibc mangles what it saves in a jmp_buf.
 */
#ifndef DOCTOR_WORDS_H
#define DOCTOR_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/target.h"

struct word_range {
	uint64_t lo, len;
};

struct found_word {
	const struct map *map;
	uint64_t addr;	/* where it is */
	uint64_t raw;	/* what is there */
	uint64_t value; /* demangled, if `mangled` */
	/* Its neighbours, demangled likewise; 0 if they are not known. */
	uint64_t before, after;
	bool mangled;
	bool self; /* holds its own address, and so does the word 16 on */
};

#define MAX_WORD_RANGES 8u

struct word_search {
	struct word_range ranges[MAX_WORD_RANGES];
	size_t nranges;
	bool has_guard;
	uint64_t guard;
	bool selves; /* report words that hold their own address, too */
	uint64_t deadline; /* microseconds of CLOCK_MONOTONIC; 0: none */
	void (*fn)(void *arg, const struct found_word *w);
	void *arg;
	uint64_t bytes; /* out: how much was read */
};

/*
 * Makes few ranges of many, [lo, hi] each, ascending by lo: what is near is
 * joined, so that values between them are found as well.
 */
void word_ranges(struct word_search *s, const struct word_range *all, size_t n);

/*
 * Goes through all writable mappings of t->maps but devices, reading pages
 * that were written. False if the deadline came first.
 */
bool words_search(struct target *t, struct word_search *s);

/* glibc's PTR_DEMANGLE (sysdeps/unix/sysv/linux/x86_64/pointer_guard.h). */
uint64_t word_demangle(uint64_t word, uint64_t guard);

/*
 * The pointer guard of the process: the second half of the random bytes that
 * the kernel gave it (elf/dl-support.c, _dl_setup_pointer_guard()). False if
 * they can't be read; a program without glibc has no use for it.
 */
bool word_pointer_guard(struct target *t, uint64_t *ret_guard);

#endif
