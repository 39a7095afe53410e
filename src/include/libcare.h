/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For authors of patches: what a fix needs beyond changed code. Include it in
 * the patched source only; kpatch_cc finds it. docs/callbacks.md tells how
 * each of these is used, with an example that migrates live state.
 *
 * For C (gnu89 and later) and C++, gcc and clang.
 */
#ifndef LIBCARE_H
#define LIBCARE_H

#include <errno.h>
#include <stddef.h>

/* ---- what is to be done with a function or a variable ---- */

#define LIBCARE_MARK_(kind, symbol)                                            \
	__asm__(".pushsection .libcare." kind ",\"\",@progbits\n\t"            \
		".string \"" symbol "\"\n\t.popsection")

/*
 * The function stays as it is though it changed in the source, or the variable
 * keeps its value though its initialiser changed.
 */
#define LIBCARE_IGNORE(name) LIBCARE_MARK_("ignore", #name)

/* The function is replaced although it didn't change. */
#define LIBCARE_FORCE(name) LIBCARE_MARK_("force", #name)

/* No thread may be inside the function when the code is switched. */
#define LIBCARE_QUIESCE(name) LIBCARE_MARK_("quiesce", #name)

/*
 * The new variable takes its value over from the same (by name and size) of
 * the patch that this one replaces. At file level, after its definition, which
 * needs __attribute__((used)) if it is static.
 */
#define LIBCARE_KEEP(name) LIBCARE_MARK_("keep", #name)

/* The same for C++, whose symbols aren't the names in the source. */
#define LIBCARE_IGNORE_SYMBOL(symbol) LIBCARE_MARK_("ignore", symbol)
#define LIBCARE_FORCE_SYMBOL(symbol) LIBCARE_MARK_("force", symbol)
#define LIBCARE_QUIESCE_SYMBOL(symbol) LIBCARE_MARK_("quiesce", symbol)
#define LIBCARE_KEEP_SYMBOL(symbol) LIBCARE_MARK_("keep", symbol)

/* ---- callbacks ---- */

/*
 * Functions of the patch that one of the process's threads calls while all
 * others are stopped at a place that is safe for the patch, before and after
 * the code is switched:
 *
 *	static int look(void);		LIBCARE_PRE_PATCH(look);
 *	static void migrate(void);	LIBCARE_POST_PATCH(migrate);
 *	static int may_go(void);	LIBCARE_PRE_UNPATCH(may_go);
 *	static void put_back(void);	LIBCARE_POST_UNPATCH(put_back);
 *
 * The first and third return 0, or -EAGAIN ("not now, try again"), or anything
 * else: the patch is refused. Where a patch replaces another, of the old one
 * none is called. They run like signal handlers: others may hold any lock, that
 * of malloc() for one, so they may use async-signal-safe functions, and those
 * of this header. If one crashes or doesn't come back soon it is abandoned, and
 * the code stays as it was.
 */
struct libcare_call_ { /* the doctor reads this: src/doctor/switch_data.h */
	int *errno_at;
	int errno_value;
};

#define LIBCARE_CALLBACK_(kind, name, call)                                    \
	static int libcare_##kind##_##name(struct libcare_call_ *)             \
		__asm__("libcare_" #kind "_" #name)                            \
		__attribute__((used, noinline));                               \
	static int libcare_##kind##_##name(struct libcare_call_ *libcare_c_)   \
	{                                                                      \
		int libcare_ret_ = 0;                                          \
		libcare_c_->errno_value = errno;                               \
		libcare_c_->errno_at = &errno;                                 \
		call;                                                          \
		errno = libcare_c_->errno_value;                               \
		return libcare_ret_;                                           \
	}                                                                      \
	LIBCARE_MARK_(#kind, "libcare_" #kind "_" #name)

#define LIBCARE_PRE_PATCH(name)                                                \
	LIBCARE_CALLBACK_(pre_patch, name, libcare_ret_ = name())
#define LIBCARE_POST_PATCH(name) LIBCARE_CALLBACK_(post_patch, name, name())
#define LIBCARE_PRE_UNPATCH(name)                                              \
	LIBCARE_CALLBACK_(pre_unpatch, name, libcare_ret_ = name())
#define LIBCARE_POST_UNPATCH(name) LIBCARE_CALLBACK_(post_unpatch, name, name())

/* ---- shadow variables: new fields of objects that exist ---- */

/*
 * Memory of `size` bytes (zeroed, aligned to 16) that belongs to the object at
 * `obj` under the number `id`, which the author chooses. It outlives upgrades
 * of the patch, which must use the same numbers for the same things.
 *
 * All may be called from any thread and from callbacks. The functions are in
 * the one file that defines LIBCARE_SHADOW_HERE before it includes this.
 */
#ifdef __cplusplus
extern "C" {
#endif

#define LIBCARE_HIDDEN_ __attribute__((visibility("hidden")))

/* NULL: there is none. */
LIBCARE_HIDDEN_ void *libcare_shadow_get(const void *obj, unsigned long id);

/* That, or a new one. NULL: no memory. */
LIBCARE_HIDDEN_ void *libcare_shadow_get_or_alloc(const void *obj,
						  unsigned long id,
						  size_t size);

/* When the object is freed. Nothing happens if it has none. */
LIBCARE_HIDDEN_ void libcare_shadow_free(const void *obj, unsigned long id);

/*
 * Calls `visit` for all of a number; what it returns nonzero for is freed. It
 * must not call functions of this group itself.
 */
LIBCARE_HIDDEN_ void
libcare_shadow_each(unsigned long id,
		    int (*visit)(const void *obj, void *shadow, void *arg),
		    void *arg);

/* For post-unpatch functions: frees all of this patch's. */
LIBCARE_HIDDEN_ void libcare_shadow_end(void);

/* ---- thread-local variables ---- */

/* See LIBCARE_THREAD_LOCAL. The key is 1 + that of pthread_key_create(). */
LIBCARE_HIDDEN_ void *libcare_thread_local(unsigned int *key, size_t size);

#ifdef __cplusplus
}
#endif

/*
 * A patch can't bring thread-local variables of the usual kind. This one is
 * reached by a call: `*name()`, a pointer to the calling thread's own, zeroed
 * at first use, freed when the thread ends. NULL: no memory. Not for callbacks
 * and signal handlers, as it may allocate. Kept in upgrades. The function behind
 * it is in the one file that defines LIBCARE_THREAD_LOCAL_HERE.
 */
#define LIBCARE_THREAD_LOCAL(type, name)                                       \
	static unsigned int name##_key __asm__(#name "_key")                   \
		__attribute__((used));                                         \
	LIBCARE_KEEP(name##_key);                                              \
	static type *name(void) __attribute__((unused));                       \
	static type *name(void)                                                \
	{                                                                      \
		return (type *)libcare_thread_local(&name##_key,               \
						    sizeof(type));             \
	}                                                                      \
	struct libcare_semicolon_

#ifdef LIBCARE_SHADOW_HERE
#include "libcare_shadow.h"
#endif
#ifdef LIBCARE_THREAD_LOCAL_HERE
#include "libcare_thread.h"
#endif

#endif
