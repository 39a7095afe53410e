// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The doctor's view of a process against that process's own: this program
 * looks at itself, and asks ld.so and the compiler for the same things.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/discover.h"
#include "doctor/symbols.h"

extern char **environ;

static __thread int tls_initialised = 42;
static __thread char tls_zero[100];

struct self {
	struct target *t;
	struct objects objs;
	struct dynamics ds;
	const struct object *exe, *libc;
};

static int setup(void **state)
{
	struct self *s = calloc(1, sizeof(*s));

	assert_null(target_open(getpid(), &s->t));
	assert_null(objects_discover(s->t, &s->objs));
	dynamics_read(s->t, &s->objs, &s->ds);
	s->exe = objects_at(&s->objs, (uintptr_t)&setup);
	s->libc = objects_at(&s->objs, (uintptr_t)dlsym(RTLD_DEFAULT, "getenv"));
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct self *s = *state;

	dynamics_deinit(&s->ds);
	object_list_deinit(&s->objs);
	target_close(s->t);
	free(s);
	return 0;
}

struct listed {
	struct self *s;
	size_t n;
};

static int check_listed(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct listed *l = arg;
	const struct object *obj = NULL;

	(void)size;
	/* The vDSO is no file's. */
	if (strstr(info->dlpi_name, "vdso"))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum && !obj; i++) {
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			obj = objects_at(&l->s->objs,
					 info->dlpi_addr +
						 info->dlpi_phdr[i].p_vaddr);
	}
	if (!obj)
		fail_msg("%s was not found", info->dlpi_name);
	assert_int_equal(obj->load_bias, info->dlpi_addr);
	assert_int_equal(obj->nsegments, info->dlpi_phnum);
	l->n++;
	return 0;
}

static void objects_are_those_that_ld_so_has(void **state)
{
	struct listed l = {.s = *state};

	dl_iterate_phdr(check_listed, &l);
	assert_int_equal(l.n, l.s->objs.count);
	assert_int_equal(l.s->ds.nlists, 1);
	assert_int_equal(l.s->ds.lists[0].count, l.n);
	assert_ptr_equal(dynamics_program(&l.s->ds)->obj, l.s->exe);
	assert_int_equal(l.s->libc->id.len, 20);
	assert_true(object_has_code_at(l.s->exe, (uintptr_t)&check_listed));
	assert_false(object_has_code_at(l.s->exe, (uintptr_t)&environ));
}

/* As the program itself and as libc would bind it. */
static void symbols_are_bound_as_ld_so_does(void **state)
{
	struct self *s = *state;
	const struct {
		const char *name, *version;
		bool function;
	} t[] = {
		{"getenv", NULL, true},
		{"getenv", "GLIBC_2.2.5", true},
		{"strlen", NULL, true}, /* an ifunc, unless ASan has its own */
		{"memcpy", NULL, true},
		{"strchr", NULL, true},
		{"gettimeofday", NULL, true}, /* an ifunc into the vDSO */
		{"printf", NULL, true},
		{"stderr", NULL, false},
		{"environ", NULL, false},
		{"program_invocation_name", NULL, false},
		{"pthread_getaffinity_np", NULL, true}, /* has two versions */
		{"pthread_cond_wait", NULL, true},
		{"_dl_argv", "GLIBC_PRIVATE", false}, /* in ld.so */
	};
	struct binder b;
	struct link_env env;

	binder_init(&b, &s->ds, s->exe);
	binder_link_env(&b, &env);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		void *expected = t[i].version ? dlvsym(RTLD_DEFAULT, t[i].name,
						       t[i].version)
					      : dlsym(RTLD_DEFAULT, t[i].name);
		uint64_t addr = 0;
		bool function = !t[i].function;
		struct error *err = env.symbol(env.arg, t[i].name, t[i].version,
					       LINK_CALL, &addr, &function);

		if (err)
			fail_msg("%s: %s", t[i].name, err->message);
		if (addr != (uintptr_t)expected)
			fail_msg("%s: %#lx, expected %p", t[i].name,
				 (unsigned long)addr, expected);
		assert_int_equal(function, t[i].function);
	}
	binder_deinit(&b);
}

static void old_versions_are_found_by_name_only(void **state)
{
	struct self *s = *state;
	struct binder b;
	struct link_env env;
	uint64_t now = 0, old = 0;
	bool function;

	binder_init(&b, &s->ds, s->exe);
	binder_link_env(&b, &env);
	assert_null(env.symbol(env.arg, "pthread_getaffinity_np", NULL, LINK_CALL, &now,
			       &function));
	struct error *err = env.symbol(env.arg, "pthread_getaffinity_np",
				       "GLIBC_2.3.3",
				       LINK_CALL, &old, &function);
	if (err)
		fail_msg("%s", err->message);
	assert_int_equal(old, (uintptr_t)dlvsym(RTLD_DEFAULT,
						"pthread_getaffinity_np",
						"GLIBC_2.3.3"));
	assert_true(old != now);

	err = env.symbol(env.arg, "getenv", "GLIBC_9.9", LINK_CALL, &old,
			 &function);
	assert_non_null(strstr(err->message,
			       "version GLIBC_9.9 of it is not in the process; "));
	error_free(err);
	err = env.symbol(env.arg, "no_such_function", NULL, LINK_CALL, &old,
			 &function);
	assert_string_equal(err->message,
			    "no object of the process defines it");
	assert_int_equal(err->code, ERR_FAILED);
	error_free(err);
	err = env.symbol(env.arg, "errno", NULL, LINK_ADDRESS, &old, &function);
	assert_non_null(err);
	error_free(err);
	binder_deinit(&b);
}

static int64_t from_thread_pointer(const void *p)
{
	return (const char *)p - (const char *)__builtin_thread_pointer();
}

/* The offset of a variable in the program's own TLS block. */
static uint64_t in_block(const struct object *obj, const void *p)
{
	const Elf64_Phdr *ph = object_segment(obj, PT_TLS);
	uint64_t align = ph->p_align;
	uint64_t size = (ph->p_memsz + align - 1) & ~(align - 1);

	assert_int_equal(ph->p_vaddr % align, 0);
	return (uint64_t)from_thread_pointer(p) + size;
}

static void thread_local_variables_are_where_they_are(void **state)
{
	struct self *s = *state;
	struct binder b;
	struct link_env env;
	int64_t off = 0;
	uint64_t module = 0, in_module = 0;

	binder_init(&b, &s->ds, s->exe);
	binder_link_env(&b, &env);
	assert_null(env.own_tls_offset(env.arg, in_block(s->exe,
							 &tls_initialised),
				       &off));
	assert_int_equal(off, from_thread_pointer(&tls_initialised));
	assert_null(env.own_tls_offset(env.arg, in_block(s->exe, tls_zero),
				       &off));
	assert_int_equal(off, from_thread_pointer(tls_zero));
	assert_null(env.tls_offset(env.arg, "errno", "GLIBC_PRIVATE", &off));
	assert_int_equal(off, from_thread_pointer(&errno));
	assert_null(env.tls_module(env.arg, NULL, NULL, &module, &in_module));
	assert_int_equal(module, 1);

	/* __tls_get_addr() takes what the linker would have put in the GOT. */
	assert_null(env.tls_module(env.arg, "errno", "GLIBC_PRIVATE", &module,
				   &in_module));
	extern void *__tls_get_addr(uint64_t pair[2]);
	uint64_t pair[2] = {module, in_module};
	assert_ptr_equal(__tls_get_addr(pair), &errno);

	struct error *err = env.tls_offset(env.arg, "getenv", NULL, &off);
	assert_non_null(strstr(err->message, "is not thread-local in"));
	error_free(err);
	binder_deinit(&b);

	/* As libc itself, which is no program. */
	binder_init(&b, &s->ds, s->libc);
	binder_link_env(&b, &env);
	assert_null(env.tls_module(env.arg, NULL, NULL, &module, &in_module));
	assert_null(env.own_tls_offset(env.arg, pair[1], &off));
	assert_int_equal(off, from_thread_pointer(&errno));
	assert_int_equal(module, pair[0]);
	binder_deinit(&b);
}

/* A library that came later is searched, but after what was there first. */
static void later_objects_are_in_the_scope(void **state)
{
	struct self *s = *state;
	void *lib = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
	struct binder b;
	struct link_env env;
	uint64_t addr = 0;
	bool function;

	assert_non_null(lib);
	dynamics_deinit(&s->ds);
	object_list_deinit(&s->objs);
	assert_null(target_refresh_maps(s->t));
	assert_null(objects_discover(s->t, &s->objs));
	dynamics_read(s->t, &s->objs, &s->ds);
	s->exe = objects_at(&s->objs, (uintptr_t)&setup);
	s->libc = objects_at(&s->objs,
			     (uintptr_t)dlsym(RTLD_DEFAULT, "getenv"));
	binder_init(&b, &s->ds, objects_at(&s->objs,
					   (uintptr_t)dlsym(lib, "cbrt")));
	binder_link_env(&b, &env);
	assert_null(env.symbol(env.arg, "cbrt", NULL, LINK_CALL, &addr,
			       &function));
	assert_int_equal(addr, (uintptr_t)dlsym(lib, "cbrt"));
	assert_null(env.symbol(env.arg, "qsort", NULL, LINK_CALL, &addr,
			       &function));
	assert_int_equal(addr, (uintptr_t)dlsym(RTLD_DEFAULT, "qsort"));
	assert_ptr_equal(b.scope.order[0]->obj, s->exe);
	binder_deinit(&b);
	dlclose(lib);
}

int main(void)
{
	tls_zero[0] = (char)tls_initialised;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_those_that_ld_so_has),
		cmocka_unit_test(symbols_are_bound_as_ld_so_does),
		cmocka_unit_test(old_versions_are_found_by_name_only),
		cmocka_unit_test(thread_local_variables_are_where_they_are),
		cmocka_unit_test(later_objects_are_in_the_scope),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
