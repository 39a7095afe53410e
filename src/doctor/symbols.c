// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/symbols.h"

#include <string.h>

#include "base/log.h"
#include "doctor/ifunc.h"

void binder_init(struct binder *b, struct dynamics *ds,
		 const struct object *obj)
{
	b->ds = ds;
	b->self = dynamics_of(ds, obj);
	dynamics_scope(ds, b->self, &b->scope);
}

void binder_deinit(struct binder *b)
{
	scope_deinit(&b->scope);
}

static bool is_function(const Elf64_Sym *sym)
{
	int type = ELF64_ST_TYPE(sym->st_info);

	return type == STT_FUNC || type == STT_GNU_IFUNC;
}

static bool in_object(const struct object *obj, uint64_t addr)
{
	return addr >= obj->lo && addr < obj->hi;
}

/* A weak reference that nobody defines: ld.so leaves its slot 0. */
static bool is_null_weak(const struct bound *s)
{
	return s->type == R_X86_64_GLOB_DAT &&
	       s->sym.st_shndx == SHN_UNDEF &&
	       ELF64_ST_BIND(s->sym.st_info) == STB_WEAK;
}

/*
 * What ld.so has bound the name to for this very object. A JUMP_SLOT that
 * points into the object itself may be lazy, and not tell anything yet.
 */
static bool find_bound(struct binder *b, const char *name, const char *version,
		       enum link_use use, uint64_t *ret_addr,
		       bool *ret_is_function)
{
	size_t n;
	const struct bound *all = dynamic_bound(b->self, &n);
	const struct bound *slot = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct bound *s = &all[i];

		if (!bound_is_for(s, name, version) ||
		    !(s->value || is_null_weak(s)))
			continue;
		if (s->type == R_X86_64_GLOB_DAT || s->type == R_X86_64_COPY) {
			slot = s;
			break;
		}
		if (s->type == R_X86_64_JUMP_SLOT && use == LINK_CALL &&
		    !in_object(b->self->obj, s->value))
			slot = s;
	}
	if (!slot)
		return false;
	*ret_addr = slot->value;
	*ret_is_function = slot->type == R_X86_64_JUMP_SLOT ||
			   is_function(&slot->sym);
	return true;
}

static struct error *not_found(const struct binder *b, const char *name,
			       const char *version)
{
	for (size_t i = 0; version && i < b->scope.count; i++) {
		Elf64_Sym sym;

		if (dynamic_lookup(b->scope.order[i], name, NULL, false, &sym))
			return error_new(ERR_FAILED,
					 "version %s of it is not in the "
					 "process; %s has another one",
					 version, b->scope.order[i]->obj->path);
	}
	return error_new(ERR_FAILED, "no object of the process defines it%s%s",
			 version ? " with version " : "",
			 version ? version : "");
}

static struct error *binder_symbol(void *arg, const char *name,
				   const char *version, enum link_use use,
				   uint64_t *ret_addr, bool *ret_is_function)
{
	struct binder *b = arg;
	Elf64_Sym sym;

	if (find_bound(b, name, version, use, ret_addr, ret_is_function))
		return NULL;
	for (size_t i = 0; i < b->scope.count; i++) {
		struct dynamic *d = b->scope.order[i];

		if (!dynamic_lookup(d, name, version, use == LINK_ADDRESS,
				    &sym))
			continue;
		uint64_t addr = sym.st_value;
		if (ELF64_ST_TYPE(sym.st_info) == STT_TLS)
			return error_new(ERR_FAILED,
					 "is thread-local in %s, the patch "
					 "takes it for an ordinary symbol",
					 d->obj->path);
		if (sym.st_shndx != SHN_ABS)
			addr += d->obj->load_bias;
		if (ELF64_ST_TYPE(sym.st_info) == STT_GNU_IFUNC &&
		    sym.st_shndx != SHN_UNDEF)
			TRY(ifunc_resolve(b->ds, d, addr, name, version,
					  &addr));
		log_debug("%s%s%s: %#llx in %s", name, version ? "@" : "",
			  version ? version : "", (unsigned long long)addr,
			  d->obj->path);
		*ret_addr = addr;
		*ret_is_function = is_function(&sym);
		return NULL;
	}
	return not_found(b, name, version);
}

struct error *binder_find_tls(struct binder *b, const char *name,
			      const char *version, struct dynamic **ret_obj,
			      Elf64_Sym *ret_sym)
{
	for (size_t i = 0; i < b->scope.count; i++) {
		Elf64_Sym sym;

		if (!dynamic_lookup(b->scope.order[i], name, version, false,
				    &sym))
			continue;
		if (ELF64_ST_TYPE(sym.st_info) != STT_TLS)
			return error_new(ERR_FAILED, "is not thread-local in %s",
					 b->scope.order[i]->obj->path);
		*ret_obj = b->scope.order[i];
		*ret_sym = sym;
		return NULL;
	}
	return not_found(b, name, version);
}

void binder_link_env(struct binder *b, struct link_env *ret_env)
{
	*ret_env = (struct link_env){
		.arg = b,
		.load_bias = b->self->obj->load_bias,
		.symbol = binder_symbol,
		.tls_offset = binder_tls_offset,
		.own_tls_offset = binder_own_tls_offset,
		.tls_module = binder_tls_module,
	};
}
