// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where thread-local variables are: x86-64 has TLS variant II, so the blocks
 * of the objects that were loaded at the start lie below the thread pointer.
 * The distance of a block is what glibc noted in its link_map; where the
 * fields are there, libc tells debuggers through the _thread_db_* descriptors
 * (nptl_db/structs.def). Else GOT entries that are already bound tell it.
 */
#include <string.h>

#include "doctor/ifunc.h"
#include "doctor/symbols.h"

/* A descriptor: size in bits, number of elements, offset in bytes. */
struct thread_db_desc {
	uint32_t bits, count, offset;
};

#define NO_STATIC_TLS UINT64_MAX /* glibc's FORCED_DYNAMIC_TLS_OFFSET */

/* A 64-bit field of glibc's struct link_map. */
static bool link_map_field(struct binder *b, const struct dynamic *d,
			   const char *descriptor, uint64_t *ret)
{
	struct thread_db_desc desc;
	Elf64_Sym sym;

	for (size_t i = 0; d->link_map && i < b->scope.count; i++) {
		struct dynamic *in = b->scope.order[i];

		if (!dynamic_lookup(in, descriptor, NULL, false, &sym))
			continue;
		return target_read_partial(b->ds->target,
					   in->obj->load_bias + sym.st_value,
					   &desc, sizeof(desc)) ==
			       sizeof(desc) &&
		       desc.bits == 64 && desc.count == 1 &&
		       target_read_partial(b->ds->target,
					   d->link_map + desc.offset, ret,
					   8) == 8;
	}
	return false;
}

/* As _dl_determine_tlsoffset() lays out the first block. */
static bool program_offset(const struct dynamic *d, uint64_t *ret)
{
	const Elf64_Phdr *ph = object_segment(d->obj, PT_TLS);

	if (!ph)
		return false;
	uint64_t align = ph->p_align ? ph->p_align : 1;
	if (align & (align - 1))
		return false;
	uint64_t first = -(ph->p_vaddr & (align - 1)) & (align - 1);
	*ret = ((ph->p_memsz - first + align - 1) & ~(align - 1)) + first;
	return true;
}

/*
 * A slot that holds the thread-pointer offset of a variable of `d`, filled by
 * ld.so: the block is that much below, and the variable's place in it above.
 */
static bool bound_offset(const struct dynamic *in, const struct dynamic *d,
			 uint64_t *ret)
{
	for (size_t i = 0; i < in->nbound; i++) {
		const struct bound *s = &in->bound[i];

		if (s->type != R_X86_64_TPOFF64 || in != d ||
		    (s->name && s->sym.st_shndx == SHN_UNDEF) || !s->value)
			continue;
		*ret = s->sym.st_value + (uint64_t)s->addend - s->value;
		return true;
	}
	return false;
}

/* How far below the thread pointer the block of `d` begins. */
static struct error *block_offset(struct binder *b, struct dynamic *d,
				  uint64_t *ret)
{
	size_t n;

	if (!object_segment(d->obj, PT_TLS))
		return error_new(ERR_FAILED,
				 "%s has no thread-local variables",
				 d->obj->path);
	if (d == dynamics_program(b->ds) && program_offset(d, ret))
		return NULL;
	uint64_t off = 0;
	if (link_map_field(b, d, "_thread_db_link_map_l_tls_offset", &off) &&
	    off && off != NO_STATIC_TLS) {
		*ret = off;
		return NULL;
	}
	dynamic_bound(d, &n);
	if (off != NO_STATIC_TLS && bound_offset(d, d, ret))
		return NULL;
	return error_new(ERR_FAILED,
			 "%s has no static thread-local storage here: it has "
			 "no fixed distance from the thread pointer",
			 d->obj->path);
}

struct error *binder_tls_offset(void *arg, const char *name,
				const char *version, int64_t *ret_tpoff)
{
	struct binder *b = arg;
	struct dynamic *d;
	Elf64_Sym sym;
	uint64_t off;
	size_t n;
	const struct bound *all = dynamic_bound(b->self, &n);

	for (size_t i = 0; i < n; i++) {
		if (all[i].type != R_X86_64_TPOFF64 || !all[i].value ||
		    !bound_is_for(&all[i], name, version))
			continue;
		*ret_tpoff = (int64_t)all[i].value - all[i].addend;
		return NULL;
	}
	TRY(binder_find_tls(b, name, version, &d, &sym));
	TRY(block_offset(b, d, &off));
	*ret_tpoff = (int64_t)(sym.st_value - off);
	return NULL;
}

struct error *binder_own_tls_offset(void *arg, uint64_t off,
				    int64_t *ret_tpoff)
{
	struct binder *b = arg;
	uint64_t block;

	TRY(block_offset(b, b->self, &block));
	*ret_tpoff = (int64_t)(off - block);
	return NULL;
}

static struct error *module_id(struct binder *b, struct dynamic *d,
			       uint64_t *ret)
{
	size_t n;
	const struct bound *all = dynamic_bound(d, &n);

	if (d == dynamics_program(b->ds)) {
		*ret = 1;
		return NULL;
	}
	if (link_map_field(b, d, "_thread_db_link_map_l_tls_modid", ret) &&
	    *ret)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (all[i].type != R_X86_64_DTPMOD64 || !all[i].value ||
		    (all[i].name && all[i].sym.st_shndx == SHN_UNDEF))
			continue;
		*ret = all[i].value;
		return NULL;
	}
	return error_new(ERR_FAILED,
			 "the module number of the thread-local variables of "
			 "%s is not known", d->obj->path);
}

struct error *binder_tls_module(void *arg, const char *name,
				const char *version, uint64_t *ret_module,
				uint64_t *ret_offset)
{
	struct binder *b = arg;
	struct dynamic *d = b->self;
	Elf64_Sym sym = {0};

	if (name)
		TRY(binder_find_tls(b, name, version, &d, &sym));
	TRY(module_id(b, d, ret_module));
	*ret_offset = sym.st_value;
	return NULL;
}
