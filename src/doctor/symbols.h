// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an object's references are bound to in a process, as ld.so binds them.
 * Everything is read from the patient while it runs.
 */
#ifndef DOCTOR_SYMBOLS_H
#define DOCTOR_SYMBOLS_H

#include "doctor/scope.h"
#include "link/link.h"

/* The view of one object that is to be patched. */
struct binder {
	struct dynamics *ds;
	struct dynamic *self;
	struct scope scope;
};

/* `ds` and `obj` must outlive the binder. */
void binder_init(struct binder *b, struct dynamics *ds,
		 const struct object *obj);
void binder_deinit(struct binder *b);

/*
 * Callbacks for link_resolve(). Their errors are ERR_FAILED and say what is
 * missing where; the linker adds the symbol's name.
 */
void binder_link_env(struct binder *b, struct link_env *ret_env);

/* For tls.c: the object and symbol that defines a thread-local variable. */
struct error *binder_find_tls(struct binder *b, const char *name,
			      const char *version, struct dynamic **ret_obj,
			      Elf64_Sym *ret_sym) MUST_CHECK;

/* Thread-local storage (tls.c): members of struct link_env, arg is a binder. */
struct error *binder_tls_offset(void *arg, const char *name,
				const char *version, int64_t *ret_tpoff);
struct error *binder_own_tls_offset(void *arg, uint64_t off,
				    int64_t *ret_tpoff);
struct error *binder_tls_module(void *arg, const char *name,
				const char *version, uint64_t *ret_module,
				uint64_t *ret_offset);

#endif
