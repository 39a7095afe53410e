/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since some moment in the past (CLOCK_MONOTONIC). */
uint64_t now_us(void);

/* Sleeps for so many microseconds, on a busy machine for much longer. */
void sleep_us(uint64_t us);

#endif
