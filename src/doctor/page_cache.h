/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads of what doesn't change in a patient's memory, such as its objects'
 * symbol tables: many small ones of a few pages.
 */
#ifndef DOCTOR_PAGE_CACHE_H
#define DOCTOR_PAGE_CACHE_H

#include <stdbool.h>

#include "target/target.h"

#define PAGE_CACHE_SLOTS 16u
#define PAGE_CACHE_PAGE 4096u

struct page_cache {
	struct {
		uint64_t addr; /* 0: empty */
		uint8_t bytes[PAGE_CACHE_PAGE];
	} slots[PAGE_CACHE_SLOTS];
	unsigned int next; /* slot to be used anew */
};

/* As target_read_partial(), of memory that doesn't change meanwhile. */
size_t page_cache_read(struct page_cache *c, struct target *t, uint64_t addr,
		       void *data, size_t len);

#endif
