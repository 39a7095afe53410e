// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The doctor can't make the patient call a resolver. But mostly something in
 * the patient is bound to the function already: libc itself to its string
 * functions, through IRELATIVE slots. Where nothing is, and the doctor has the
 * very same library (by BuildID) loaded itself, its own call of the resolver
 * tells: same code, same processor, and same kernel, so same vDSO.
 */
#include "doctor/ifunc.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/log.h"
#include "elf/elf_note.h"

#define CODE_COMPARED 16u

bool bound_is_for(const struct bound *b, const char *name, const char *version)
{
	return b->name && !strcmp(b->name, name) &&
	       (!version || !b->version || !strcmp(b->version, version));
}

/*
 * Whether a slot of object `in` may hold what the resolver of an ifunc of
 * object `def` returned: it is code, and no PLT entry of a lazy binding.
 */
static bool is_resolved(const struct dynamics *ds, const struct dynamic *in,
			const struct dynamic *def, uint64_t resolver,
			const struct bound *s)
{
	const struct map *m = maps_find(&ds->target->maps, s->value);

	if (!m || !(m->prot & MAP_X) || s->value == resolver)
		return false;
	if (s->type == R_X86_64_JUMP_SLOT)
		return in != def && (s->value < in->obj->lo ||
				     s->value >= in->obj->hi);
	return true;
}

static bool is_slot_of(const struct dynamic *in, const struct dynamic *def,
		       uint64_t resolver, const char *name,
		       const char *version, const struct bound *s)
{
	if (s->type == R_X86_64_IRELATIVE)
		return in == def &&
		       def->obj->load_bias + (uint64_t)s->addend == resolver;
	return (s->type == R_X86_64_JUMP_SLOT ||
		s->type == R_X86_64_GLOB_DAT) &&
	       bound_is_for(s, name, version);
}

static bool find_slot(struct dynamics *ds, struct dynamic *in,
		      struct dynamic *def, uint64_t resolver, const char *name,
		      const char *version, uint64_t *ret_addr)
{
	size_t n;
	const struct bound *all = dynamic_bound(in, &n);

	for (size_t i = 0; i < n; i++) {
		if (is_slot_of(in, def, resolver, name, version, &all[i]) &&
		    is_resolved(ds, in, def, resolver, &all[i])) {
			*ret_addr = all[i].value;
			return true;
		}
	}
	return false;
}

/* The same library in the doctor. */
struct twin {
	const struct buildid *id;
	bool found;
	uint64_t bias, lo, hi;
};

static int find_twin(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct twin *t = arg;
	struct elf_buildid id = {0};
	uint64_t lo = UINT64_MAX, hi = 0;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *ph = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_NOTE && !id.len)
			elf_notes_find_buildid((const void *)start,
					       ph->p_memsz, ph->p_align, &id);
		if (ph->p_type != PT_LOAD)
			continue;
		lo = start < lo ? start : lo;
		hi = start + ph->p_memsz > hi ? start + ph->p_memsz : hi;
	}
	if (id.len != t->id->len || memcmp(id.bytes, t->id->bytes, id.len))
		return 0;
	t->found = true;
	t->bias = info->dlpi_addr;
	t->lo = lo;
	t->hi = hi;
	return 1;
}

/* The doctor itself doesn't need libm, but patches may. */
static void load_libm(const struct object *obj)
{
	if (!strcmp(object_name(obj), "libm.so.6"))
		dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
}

static uint64_t vdso_of(const struct target *t)
{
	for (size_t i = 0; i < t->maps.count; i++) {
		if (!strcmp(t->maps.all[i].path, "[vdso]"))
			return t->maps.all[i].start;
	}
	return 0;
}

/* The address in the patient of code of the doctor's; 0 if there is none. */
static uint64_t translate(struct dynamics *ds, const struct object *obj,
			  const struct twin *twin, uint64_t own)
{
	uint64_t own_vdso = getauxval(AT_SYSINFO_EHDR);
	uint64_t vdso = vdso_of(ds->target);
	uint8_t code[CODE_COMPARED];
	uint64_t addr = 0;

	if (own >= twin->lo && own < twin->hi)
		addr = own - twin->bias + obj->load_bias;
	else if (vdso && own_vdso && own - own_vdso < 2 * 4096)
		addr = own - own_vdso + vdso;
	if (!addr || target_read_partial(ds->target, addr, code,
					 sizeof(code)) != sizeof(code) ||
	    memcmp(code, (const void *)own, sizeof(code)))
		return 0;
	return addr;
}

/*
 * What is called here was named by the patient's memory, which is not to be
 * trusted: only what is an ifunc by the doctor's own symbol table is called.
 */
static bool is_own_resolver(uint64_t addr, const struct twin *twin)
{
	Dl_info info;
	const Elf64_Sym *sym = NULL;

	return dladdr1((const void *)addr, &info, (void **)&sym,
		       RTLD_DL_SYMENT) &&
	       sym && ELF64_ST_TYPE(sym->st_info) == STT_GNU_IFUNC &&
	       twin->bias + sym->st_value == addr;
}

static bool call_own(struct dynamics *ds, const struct object *obj,
		     uint64_t resolver, uint64_t *ret_addr)
{
	struct twin twin = {.id = &obj->id};
	uint64_t (*call)(void);

	load_libm(obj);
	if (!obj->id.len || !dl_iterate_phdr(find_twin, &twin))
		return false;
	uint64_t own = resolver - obj->load_bias + twin.bias;
	if (!is_own_resolver(own, &twin))
		return false;
	/* x86-64 resolvers take no arguments (glibc's elf_ifunc_invoke()). */
	memcpy(&call, &own, sizeof(call));
	uint64_t addr = translate(ds, obj, &twin, call());
	if (!addr)
		return false;
	log_debug("an ifunc of %s, resolved in the doctor", obj->path);
	*ret_addr = addr;
	return true;
}

struct error *ifunc_resolve(struct dynamics *ds, struct dynamic *def,
			    uint64_t resolver, const char *name,
			    const char *version, uint64_t *ret_addr)
{
	/* The defining object first: its IRELATIVE slots leave no doubt. */
	if (find_slot(ds, def, def, resolver, name, version, ret_addr))
		return NULL;
	for (size_t i = 0; i < ds->count; i++) {
		if (find_slot(ds, &ds->all[i], def, resolver, name, version,
			      ret_addr))
			return NULL;
	}
	if (object_has_code_at(def->obj, resolver) &&
	    call_own(ds, def->obj, resolver, ret_addr))
		return NULL;
	return error_new(ERR_FAILED,
			 "is an indirect function (ifunc) of %s that nothing "
			 "in the process is bound to yet",
			 def->obj->path);
}
