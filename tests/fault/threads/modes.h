// SPDX-License-Identifier: GPL-2.0-or-later
/* What the patient's modes are made of. */
#ifndef MODES_H
#define MODES_H

#include <pthread.h>
#include <stdbool.h>

#include "board.h"
#include "patient.h"

extern struct board *board;
extern char **patient_argv;

/* answer.c: what is patched; 20 yields OLD_ANSWER or NEW_ANSWER. */
int answer(int x);

/* Calls answer() and checks what it says; returns it. (threads.c) */
int check_answer(void);

/*
 * Checks the value that a call had in another thread or process, of which is
 * known that it began not before the epoch was `before`, and has ended.
 */
void check_value(uint32_t before, int got);

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void count(volatile uint64_t *counter);

/* Ready, and `pid` is to be patched. */
void ready(pid_t pid);

/* Works (with some rest) until told to quit. */
void work(void);
void *work_thread(void *arg);
void start_thread(void *(*fn)(void *), void *arg);

/* Waits for `go`, and then for the delay. */
void await_go(void);
void sleep_us(long us);

/* The modes. */
void creators(void), chains(void), odd_clones(void), shared_memory(void);
void dead_leader(void), crowd(void), plain(void);
void forks(void), vforks(void), spawns(void), children_stay(void);
void exec_main(void), exec_thread(void), exec_other(void);
void exits(void), aborts(void), killed(void);
void alarms(void), queue(void), jumps(void);
void vfork_waits(void), job(void), parent_dies(void);

#endif
