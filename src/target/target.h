// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process: its maps, threads, memory, registers and remote system calls.
 * Knows nothing of patches.
 *
 * States of a `struct target` and of its threads:
 *
 *   opened    target_open(): nothing is traced, the process runs
 *   parked    target_park(): traced; what was blocked is in a ptrace stop
 *   stopped   target_stop(): every thread listed is in a ptrace stop and its
 *             registers are read
 *   opened    target_release(): detached, running as if nothing had been
 *
 * A target is closed in any state: what is stopped is restored and released.
 *
 * All of it belongs to the thread that calls: only that one may trace what it
 * has seized. A thread of the patient that falls into an uninterruptible wait
 * (vfork, a hung file server) between the look at its state and the seizing
 * cannot be let go of before it stops; the kernel does it when the thread
 * that traces it ends. So who goes on to live, such as one that works on many
 * processes, works on each in a target_session().
 */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "base/error.h"

enum map_prot { MAP_R = 1, MAP_W = 2, MAP_X = 4 };

/* One line of /proc/PID/maps. */
struct map {
	uint64_t start, end, offset;
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint8_t prot; /* enum map_prot */
	bool shared;
	char *path; /* "" for anonymous; without " (deleted)" */
	bool deleted;
};

struct maps {
	struct map *all; /* ascending by address */
	size_t count;
};

void maps_deinit(struct maps *m);

/* Parses text as in /proc/PID/maps. ERR_BADFILE for a malformed line. */
struct error *maps_parse(const char *text, size_t len,
			 struct maps *ret_maps) MUST_CHECK;

/* The mapping that holds `addr`, or NULL. */
const struct map *maps_find(const struct maps *m, uint64_t addr);

/*
 * The lowest-distance gap of at least `size` bytes (page multiple) in which
 * every byte is within `reach` of all of [lo, hi). Keeps guard pages free
 * below [stack] and above [heap]. Returns false if there is none.
 */
bool maps_find_gap(const struct maps *m, uint64_t lo, uint64_t hi, size_t size,
		   uint64_t reach, uint64_t *ret_addr);

struct thread {
	pid_t tid;
	bool seized, stopped;
	bool was_blocked; /* in a system call when it was stopped */
	struct user_regs_struct regs; /* as at the stop; valid when stopped */
	struct thread_priv *priv;
};

struct target {
	pid_t pid;
	char comm[32];
	struct maps maps;
	struct thread *threads;
	size_t nthreads;
	uint64_t parked_from; /* CLOCK_MONOTONIC, us: when the last
				 target_park() began to stop threads */
	struct target_priv *priv;
};

/*
 * Opens the process without attaching: maps and /proc/PID/mem. Fails with
 * ERR_FAILED (no such process, zombie, kernel thread), ERR_PRIVILEGE (says
 * which remedy: root, CAP_SYS_PTRACE, Yama's ptrace_scope).
 */
struct error *target_open(pid_t pid, struct target **ret_target) MUST_CHECK;

/*
 * The same for who only reads its memory: a debugger may be attached to it.
 * Nothing can be written or stopped.
 */
struct error *target_open_to_read(pid_t pid,
				  struct target **ret_target) MUST_CHECK;
void target_close(struct target *t);
void target_closep(struct target **t);

/*
 * What is known of all processes in a run over many: which of these share their
 * memory with others (to find that out takes a look at all processes; without
 * it each target does by itself), and what was found in those treated before.
 * NULL if it can't be told. census_free() accepts NULL.
 */
struct census;
struct census *census_take(const pid_t *pids, size_t n);
void census_free(struct census *c);

/*
 * To be used before the first target_park(); `c` may be NULL, and must live as
 * long as the target.
 */
void target_use_census(struct target *t, struct census *c);

/*
 * Runs fn(arg) in a thread of its own, and returns what it returns. At its
 * end nothing that it has opened is traced any more, whatever happened.
 */
struct error *target_session(struct error *(*fn)(void *arg),
			     void *arg) MUST_CHECK;

/* Reads the maps again. */
struct error *target_refresh_maps(struct target *t) MUST_CHECK;

/*
 * Whether this is a child of vfork() or posix_spawn() that is still in its
 * parent's memory.
 */
bool target_is_vfork_child(pid_t pid);

/*
 * ERR_FAILED if the memory that was opened has no program any more: the
 * process has exited, or started another one. What else was found wrong then
 * is only a consequence.
 */
struct error *target_check_alive(struct target *t) MUST_CHECK;

/* Memory, through /proc/PID/mem; the process may run. All or an error. */
struct error *target_read(struct target *t, uint64_t addr, void *data,
			  size_t len) MUST_CHECK;
struct error *target_write(struct target *t, uint64_t addr, const void *data,
			   size_t len) MUST_CHECK;

/* Reads as much as there is; returns the bytes read, 0 if none. */
size_t target_read_partial(struct target *t, uint64_t addr, void *data,
			   size_t len);

struct iorange {
	uint64_t addr;
	void *data;
	size_t len;
	size_t done; /* bytes read */
};

/* Many ranges in few process_vm_readv calls; fills `done` of each. */
void target_read_many(struct target *t, struct iorange *ranges, size_t n);

/*
 * Calls fn(arg, start, end) for the runs of pages of a mapping, from `from`
 * on, that may hold something else than zeroes or what the mapped file has:
 * others are not to be read, as reading a page that was never touched makes
 * the kernel map one. Pages are in ascending order. Ends when fn returns
 * false, and returns what it returned last. (pages.c)
 */
typedef bool page_run_fn(void *arg, uint64_t start, uint64_t end);
bool target_written_pages(struct target *t, const struct map *m, uint64_t from,
			  page_run_fn *fn, void *arg);

/*
 * The first half of target_stop(): seizes all threads, and stops those that
 * are blocked in the kernel (or stopped by SIGSTOP). The others run on, and
 * may start new ones. What is read of a parked thread stays true: it moves no
 * more, whatever other threads do. Fails, with everything released, as
 * target_stop().
 */
struct error *target_park(struct target *t, unsigned int timeout_ms) MUST_CHECK;

/*
 * Stops all threads: after target_park() those that aren't yet, else the
 * blocked ones first and running ones last. Complete: the kernel's count of
 * threads is that of the stopped ones, or else /proc/PID/task is read again
 * until no new one shows. Those parked keep their order in t->threads, before
 * any that were found later. Fails, with everything released, with ERR_UNSAFE
 * if a thread doesn't stop within `timeout_ms` or another process shares the
 * memory, ERR_PRIVILEGE if it may not be
 * traced (naming a debugger that is already attached), ERR_FAILED if the
 * process is gone.
 */
struct error *target_stop(struct target *t, unsigned int timeout_ms) MUST_CHECK;

/*
 * Releases all threads, running ones first: pending signals are kept, an
 * interrupted system call restarts or returns as if nothing had been, a
 * process that was stopped (SIGSTOP) stays stopped. Cannot fail: a thread
 * that is gone is forgotten.
 */
void target_release(struct target *t);

/*
 * Lets threads of a stopped target run on for about `us` microseconds while
 * the others stay stopped, and stops them again, with those that they have
 * started. `which` is parallel to t->threads (whose order may have changed
 * afterwards). Threads that were blocked or stopped by SIGSTOP stay as they
 * are. On failure all are released, as by target_stop(). If we die, all run.
 */
struct error *target_let_run(struct target *t, const bool *which,
			     unsigned int us,
			     unsigned int timeout_ms) MUST_CHECK;

/*
 * The same, but threads that sleep in a system call go on as well. Such a one
 * isn't interrupted again before it has moved: it is not `stopped` then, and
 * is where its registers say.
 */
struct error *target_let_move(struct target *t, const bool *which,
			      unsigned int us,
			      unsigned int timeout_ms) MUST_CHECK;

/*
 * Makes one thread carry out a system call; the others are not touched. The
 * target must not be stopped: stops one thread (a blocked one if there is),
 * and releases it. `ret_value` is what the kernel returned (-errno on
 * failure). Should the doctor die at any moment the thread goes on where it
 * was. ERR_UNSAFE if no thread can be stopped within `timeout_ms`.
 */
struct error *target_syscall(struct target *t, unsigned int timeout_ms, long nr,
			     const uint64_t args[6],
			     int64_t *ret_value) MUST_CHECK;

struct remote_call {
	long nr;
	uint64_t args[6];
	int64_t result;
	/*
	 * Data that the call needs in memory: put on the thread's stack below
	 * the red zone for the time of the call; its address replaces
	 * args[data_arg].
	 */
	const void *data;
	size_t data_len;
	int data_arg;
	/*
	 * Of a call with a file descriptor: only by a thread for which `fd` is
	 * the file that we have as `ours`. (Threads may have different ones:
	 * unshare(2), CLONE_FILES.) 0: it has none.
	 */
	int ours, fd;
	pid_t by; /* the thread that was to do it */
	/*
	 * A descriptor that an earlier call of these has returned: its index
	 * and 1, and the argument that gets it. 0: none. Such a call is done
	 * `always`, also when others in between have failed.
	 */
	unsigned int fd_from, fd_arg;
	bool always;
};

/*
 * Several calls in one stop of one thread; ends at the first one whose result
 * is -errno (that is no error of this function). The results of those not
 * done are -ECANCELED.
 */
struct error *target_syscalls(struct target *t, unsigned int timeout_ms,
			      struct remote_call *calls, size_t n) MUST_CHECK;

/*
 * Several calls, which a running thread does by itself in one go: stopped once,
 * it is hardly disturbed. No results are known: judge by their effects. All are
 * done, whatever comes of those before. Where no thread is fit for it, or
 * target_syscalls() would use one that sleeps, ret->tid is 0, and nothing was
 * done; as after an error.
 */
struct chain {
	pid_t tid;
	uint64_t lo, hi; /* of its stack */
};
struct error *target_chain(struct target *t, unsigned int timeout_ms,
			   struct remote_call *calls, size_t n,
			   struct chain *ret) MUST_CHECK;

/* Whether it would be a running thread that does calls now. */
bool target_has_runner(struct target *t);

/*
 * Where effects are missing after a while: waits until the thread isn't within
 * its calls any more. An error: it may still be, and they may come later.
 */
struct error *target_chain_settle(struct target *t, const struct chain *c,
				  unsigned int timeout_ms) MUST_CHECK;

/* A thread that had not exited when we looked last: perhaps not the leader. */
pid_t target_live_thread(const struct target *t);

/* Opens the file that a thread has as `fd` for us, to write; -1: it can't be. */
int target_open_fd(struct target *t, pid_t tid, int fd);

/* Whether a thread's descriptor `fd` is of the same file as ours is. */
bool target_has_fd(struct target *t, pid_t tid, int fd, int ours);

/*
 * Whether RLIMIT_FSIZE lets the process make a file of `size` bytes: more
 * would not only fail, but send it SIGXFSZ.
 */
bool target_may_have_file(struct target *t, uint64_t size);

/* Why a mapping of `size` bytes failed with ENOMEM, and what to do about it. */
struct error *target_no_memory(struct target *t, uint64_t size) MUST_CHECK;

/*
 * Code in the patient that one of its stopped threads is to carry out, come
 * what may: once begun, it goes on to its end even if we die.
 *
 *	void code(int64_t *data, void *syscall_ret)
 *
 * `data` is a copy of ours on the thread's stack; 256 bytes of stack are free,
 * all registers are. It must block all signals before anything else, do its
 * system calls by calling `syscall_ret` (a `syscall; ret`, registers as for
 * the call), set data[1] to how far it came and then data[0] to its result,
 * not 0, then sleep for some 50 ms by pselect6() (which does not disturb what
 * the thread's own system call is restarted with), and return.
 */
struct carried {
	uint64_t entry, entry_len; /* its address */
	const void *data;
	size_t len;
	/* What it calls, for seccomp; the first one's args[data_arg] is set. */
	const struct remote_call *calls;
	size_t ncalls;

	/*
	 * It calls functions that may do anything, crash and hang included, on
	 * a stack of their own. If `data` has the address of an int at the
	 * offset `fixup`, and it is abandoned, the int behind that address (of
	 * 8 bytes) is put there. It goes on from where it waits when the
	 * 8 bytes at `go` aren't 0.
	 */
	bool calls_back;
	size_t fixup, go;
};

/*
 * Of a stopped process: whether a thread is about to unmap memory by a remote
 * system call that a doctor gave it, which was killed then. (Every doctor uses
 * the same instructions of the process: after target_carry_find().) ERR_UNSAFE:
 * it has to run first.
 */
struct error *target_check_unmapping(struct target *t) MUST_CHECK;

/*
 * Before threads are stopped for the first time, if code that calls back is to
 * come: what threads wait for is then taken up in a way that functions which
 * sleep can't spoil.
 */
void target_will_call_back(struct target *t);

/* Looks for what is needed of the process's code, while it runs. */
struct error *target_carry_find(struct target *t) MUST_CHECK;

/*
 * Chooses one of the threads that are stopped (parked ones suffice) and gets it
 * ready; `running_too`: if need be one that was running. It is what it was
 * until target_carry(). Any error: none will do.
 */
struct error *target_carry_prepare(struct target *t, const struct carried *code,
				   bool running_too) MUST_CHECK;
bool target_carry_prepared(struct target *t);

/*
 * With all threads stopped, and target_carry_prepared(): carries it out, and
 * returns as soon as it is done. target_release() puts the thread back.
 * ERR_UNSAFE: it was not begun. ERR_FAILED: it may not have come to its end.
 * If we are not scheduled for longer than it sleeps, the thread has used its
 * stack for other things, and the result is anything.
 */
struct error *target_carry(struct target *t, unsigned int timeout_ms,
			   int64_t *ret_result,
			   uint64_t *ret_progress) MUST_CHECK;

/*
 * Of code that calls back: after a result other than the last, which isn't
 * done but waits for us: on it goes. As target_carry(), and both: if it
 * crashes, or takes longer than the time-out, ERR_FAILED says so, its thread
 * is stopped where it was before, and nothing of the code will happen any more
 * (else target_carry_lost()).
 */
struct error *target_carry_on(struct target *t, unsigned int timeout_ms,
			      int64_t *result, uint64_t *ret_progress)
	MUST_CHECK;

/* A positive result with this in its lowest byte: it waits. */
#define CARRY_WAITING 16

static inline bool carry_is_waiting(int64_t result)
{
	return result > 0 && (result & 0xff) == CARRY_WAITING;
}

/* After target_release(): a thread may still be within the code. */
bool target_carry_lost(const struct target *t);

/*
 * A look at a process that isn't opened, for those who have many to look at:
 * its maps (none of a kernel thread), and pieces of its memory, all or nothing.
 * False says nothing of the reason: target_open() does. (peek.c)
 */
bool target_peek_maps(pid_t pid, struct maps *ret_maps);
bool target_peek(pid_t pid, const struct iorange *ranges, size_t n);

/*
 * For those who don't find process `pid` in /proc: while one of its threads is
 * about to become its leader by execve(), it may seem not to be there
 * (kill_pid_info() of the kernel tells of the same race). True if it does
 * exist: then look again; a millisecond has passed. False after 50 `tries`,
 * which begin at 0.
 */
bool target_exists(pid_t pid, int *tries);

/*
 * Why process `pid` can't be read or traced, from the `errno` of the attempt:
 * another tracer, its owner, yama; and what to do about it.
 */
struct error *target_diagnose(pid_t pid, int err) MUST_CHECK;

#endif
