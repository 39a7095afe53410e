// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dynamic sections made to keep the doctor busy for ever, or to take all its
 * memory. The process that has them is this test.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/scope.h"

/* Longer than any of this takes, even under ASan on a busy machine. */
enum { TOO_LONG_S = 120 };

enum { LONG_NAME = 65000, ROOM = 128 << 20 };

/* One object: its dynamic section, and what that leads to. */
struct image {
	uint8_t *bytes;
	size_t used;
	Elf64_Dyn *dyn;
	size_t ndyn;
	Elf64_Phdr ph;
	struct object obj;
	struct objects objs;
	struct target *t;
	struct dynamics ds;
};

static void *place(struct image *im, size_t len)
{
	void *p = im->bytes + im->used;

	im->used = (im->used + len + 15) & ~(size_t)15;
	assert_true(im->used <= ROOM);
	return p;
}

static void entry(struct image *im, int64_t tag, uint64_t value)
{
	im->dyn[im->ndyn++] = (Elf64_Dyn){.d_tag = tag, .d_un.d_val = value};
}

static void entry_to(struct image *im, int64_t tag, const void *p)
{
	entry(im, tag, (uintptr_t)p);
}

static void begin(struct image *im)
{
	*im = (struct image){0};
	im->bytes = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(im->bytes != MAP_FAILED);
	im->dyn = place(im, 64 * sizeof(*im->dyn));
	alarm(TOO_LONG_S);
}

static struct dynamic *read_it(struct image *im)
{
	struct error *err = target_open(getpid(), &im->t);

	if (err)
		fail_msg("%s", err->message);
	im->ph = (Elf64_Phdr){
		.p_type = PT_DYNAMIC,
		.p_vaddr = (uint64_t)((uint8_t *)im->dyn - im->bytes),
		.p_memsz = (im->ndyn + 1) * sizeof(*im->dyn)};
	im->obj = (struct object){
		.path = (char *)"/bin/hostile",
		.load_bias = (uintptr_t)im->bytes,
		.lo = (uintptr_t)im->bytes,
		.hi = (uintptr_t)im->bytes + ROOM,
		.segments = &im->ph,
		.nsegments = 1,
	};
	im->objs = (struct objects){.all = &im->obj, .count = 1};
	dynamics_read(im->t, &im->objs, &im->ds);
	assert_true(im->ds.all[0].present);
	return &im->ds.all[0];
}

static void end(struct image *im)
{
	alarm(0);
	dynamics_deinit(&im->ds);
	target_close(im->t);
	munmap(im->bytes, ROOM);
}

/* A symbol "x", which is not the one that is looked for. */
static void add_symbol(struct image *im)
{
	Elf64_Sym *sym = place(im, 2 * sizeof(*sym));
	char *names = place(im, 16);

	memcpy(names + 1, "x", 2);
	sym[1] = (Elf64_Sym){.st_name = 1,
			     .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			     .st_shndx = 1,
			     .st_value = 16};
	entry_to(im, DT_SYMTAB, sym);
	entry_to(im, DT_STRTAB, names);
}

static void a_chain_in_a_circle_ends(void **state)
{
	struct image im;
	Elf64_Sym sym;

	(void)state;
	begin(&im);
	add_symbol(&im);
	/* One bucket; a chain from symbol 1 to symbol 1; 2^32 - 1 symbols. */
	uint32_t *hash = place(&im, 5 * sizeof(*hash));
	memcpy(hash, (uint32_t[]){1, UINT32_MAX, 1, 0, 1}, 20);
	entry_to(&im, DT_HASH, hash);
	struct dynamic *d = read_it(&im);
	assert_true(dynamic_lookup(d, "x", NULL, false, &sym));
	assert_false(dynamic_lookup(d, "y", NULL, false, &sym));
	end(&im);
}

static void a_chain_without_end_ends(void **state)
{
	enum { LENGTH = 1 << 24 };
	struct image im;
	Elf64_Sym sym;

	(void)state;
	begin(&im);
	add_symbol(&im);
	uint32_t *hash = place(&im, 32 + 4ul * LENGTH);
	memcpy(hash, (uint32_t[]){1, 1, 1, 0, UINT32_MAX, UINT32_MAX, 1}, 28);
	/* Of symbol 1; those that follow are 0, and not the last either. */
	hash[7] = (5381 * 33 + 'x') & ~1u;
	entry_to(&im, DT_GNU_HASH, hash);
	struct dynamic *d = read_it(&im);
	assert_true(dynamic_lookup(d, "x", NULL, false, &sym));
	for (int i = 0; i < 50; i++)
		assert_false(dynamic_lookup(d, "y", NULL, false, &sym));
	end(&im);
}

static char *add_long_name(struct image *im)
{
	char *names = place(im, LONG_NAME + 1);

	memset(names, 'n', LONG_NAME);
	entry_to(im, DT_STRTAB, names);
	return names;
}

static void versions_beyond_number_end(void **state)
{
	enum { N = 4000 };
	struct image im;
	Elf64_Sym sym;

	(void)state;
	begin(&im);
	add_symbol(&im);
	add_long_name(&im);
	uint32_t *hash = place(&im, 5 * sizeof(*hash));
	memcpy(hash, (uint32_t[]){1, 2, 1, 0, 0}, 20);
	entry_to(&im, DT_HASH, hash);
	entry_to(&im, DT_VERSYM, place(&im, 4));
	/* Each needs all of the same N versions. */
	Elf64_Verneed *need = place(&im, N * sizeof(*need));
	Elf64_Vernaux *aux = place(&im, N * sizeof(*aux));
	for (size_t i = 0; i < N; i++) {
		need[i] = (Elf64_Verneed){
			.vn_aux = (uint32_t)((char *)aux - (char *)&need[i]),
			.vn_next = sizeof(*need)};
		aux[i] = (Elf64_Vernaux){.vna_other = (uint16_t)i,
					 .vna_next = sizeof(*aux)};
	}
	entry_to(&im, DT_VERNEED, need);
	struct dynamic *d = read_it(&im);
	size_t left = im.ds.common->left, kept = 0;
	/* The name is at offset 1 of what is now all n. */
	assert_false(dynamic_lookup(d, "x", "v", false, &sym));
	_autofree_ char *name = dynamic_string(d, d->strtab + 1);
	assert_true(dynamic_lookup(d, name, NULL, false, &sym));
	for (size_t i = 0; i < d->nversions; i++)
		kept += d->versions[i] ? strlen(d->versions[i]) + 1 : 0;
	assert_true(kept > 0 && kept <= left);
	end(&im);
}

static void names_without_end_are_not_kept(void **state)
{
	enum { N = 30000 };
	struct image im;
	size_t n, kept = 0;

	(void)state;
	begin(&im);
	add_symbol(&im);
	add_long_name(&im);
	Elf64_Rela *rela = place(&im, N * sizeof(*rela));
	for (size_t i = 0; i < N; i++)
		rela[i].r_info = ELF64_R_INFO(1, R_X86_64_GLOB_DAT);
	entry_to(&im, DT_RELA, rela);
	entry(&im, DT_RELASZ, N * sizeof(*rela));
	struct dynamic *d = read_it(&im);
	const struct bound *all = dynamic_bound(d, &n);
	assert_in_range(n, 1, N);
	for (size_t i = 0; i < n; i++)
		kept += sizeof(all[i]) + (all[i].name ? strlen(all[i].name) : 0);
	assert_in_range(kept, 1, DYNAMIC_BUDGET);
	end(&im);
}

static void needs_in_great_number_end(void **state)
{
	struct image im;
	struct scope s;

	(void)state;
	begin(&im);
	im.dyn = place(&im, 5000 * sizeof(*im.dyn));
	add_symbol(&im);
	add_long_name(&im);
	uint64_t *lm = place(&im, 40), *debug = place(&im, 48);
	entry_to(&im, DT_DEBUG, debug);
	entry(&im, DT_SONAME, 0);
	debug[0] = 2; /* its own next namespace */
	debug[1] = (uintptr_t)lm;
	debug[5] = (uintptr_t)debug;
	lm[2] = (uintptr_t)im.dyn;
	lm[3] = (uintptr_t)lm; /* its own next one */
	while (im.ndyn < 4095)
		entry(&im, DT_NEEDED, 1);
	struct dynamic *d = read_it(&im);
	dynamics_scope(&im.ds, d, &s);
	assert_true(s.count >= 1);
	assert_ptr_equal(dynamics_program(&im.ds), d);
	scope_deinit(&s);
	end(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_in_a_circle_ends),
		cmocka_unit_test(a_chain_without_end_ends),
		cmocka_unit_test(versions_beyond_number_end),
		cmocka_unit_test(names_without_end_are_not_kept),
		cmocka_unit_test(needs_in_great_number_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
