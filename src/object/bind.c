// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Binds each relocation of the patch the way the link would have bound it, had
 * the patch been a part of the program (ARCHITECTURE.md, "What binds to what").
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "object/fixup.h"
#include "object/patch_object.h"

#define EXT ".kpatch_ext"

/* What a relocation's symbol turns out to be. */
enum kind {
	KIND_PATCH,  /* in the patch itself */
	KIND_STUB,   /* in the original: section and offset */
	KIND_TLS,    /* in the original's TLS block: offset */
	KIND_IMPORT, /* in another object */
	KIND_ABS,    /* a number */
};

struct bound {
	enum kind kind;
	struct model_section *stub;
	uint64_t offset;
	struct model_symbol *import;
	const char *name; /* without version; NUL-terminated, may be "" */
};

/* A relocation on its way, with what messages need. */
struct site {
	struct fixup *f;
	struct model_section *section;
	struct model_rela *rela;
};

static struct error *refuse(const struct site *at, const char *name,
			    const char *why)
{
	return error_new(
		ERR_FAILED, "%s: %s (%s+0x%llx, %s): %s: %s", at->f->m->name,
		names_function_at(at->f, at->section, at->rela->offset),
		at->section->name, (unsigned long long)at->rela->offset,
		elf_reloc_name(at->rela->type), name, why);
}

static bool in_section(const struct site *at, const char *name)
{
	return !strcmp(at->section->name, name);
}

/* Facts about functions, not uses of them: always the thing itself. */
static bool is_descriptive(const struct site *at)
{
	return in_section(at, ".kpatch.info") ||
	       in_section(at, ".kpatch.eh_frame") ||
	       in_section(at, ".kpatch.lsda");
}

static bool is_indirect(uint32_t type)
{
	switch (type) {
	case R_X86_64_GOTPCREL:
	case R_X86_64_GOTPCRELX:
	case R_X86_64_REX_GOTPCRELX:
	case R_X86_64_GOTTPOFF:
		return true;
	}
	return false;
}

/* A reference that the dynamic linker would have bound, in a library. */
static bool is_dynamic_use(const struct site *at)
{
	uint32_t type = at->rela->type;

	if (is_descriptive(at))
		return false;
	return type == R_X86_64_PLT32 || type == R_X86_64_64 ||
	       is_indirect(type) || in_section(at, ".kpatch.got") ||
	       in_section(at, ".kpatch.tlsgd") ||
	       in_section(at, ".kpatch.tlsdesc");
}

/*
 * A weak symbol that nothing defines, which ld has made 0: so it stays,
 * whatever is loaded later. That is so in programs without ld.so, and for
 * direct references in those with fixed addresses.
 */
static bool is_zero_for_ever(const struct site *at, const char *name)
{
	const struct model *m = at->f->m;
	uint32_t type = at->rela->type;

	if (at->f->can_import &&
	    (m->type != ET_EXEC || strmap_gets(&at->f->dyn_imports, name) ||
	     (type != R_X86_64_32 && type != R_X86_64_32S)))
		return false;
	for (size_t i = 0; i < m->nsymbols; i++) {
		const struct model_symbol *sym = m->symbols[i];

		if (!sym->section && sym->special == SHN_UNDEF &&
		    (sym->bind == STB_WEAK || !at->f->can_import) &&
		    !strcmp(sym->name, name))
			return true;
	}
	return false;
}

static struct error *bind_import(const struct site *at, const char *name,
				 const char *version, struct bound *b)
{
	struct fixup *f = at->f;
	const struct elf_symbol *dyn = strmap_gets(&f->dyn_imports, name);

	if (is_zero_for_ever(at, name)) {
		b->kind = KIND_ABS;
		b->offset = 0;
		b->name = name;
		return NULL;
	}
	if (!f->can_import)
		return refuse(at, name,
			      "is not in the original, which is "
			      "linked statically");
	if (dyn && !version)
		version = dyn->version;
	b->kind = KIND_IMPORT;
	b->import = names_import(f, name, version,
				 patch_reloc_is_tls(at->rela->type));
	if (dyn && !b->import->type)
		b->import->type = dyn->type;
	b->name = name;
	return NULL;
}

/* The original exports it and leaves the binding to ld.so. */
static const struct elf_symbol *find_preemptible(const struct site *at,
						 const struct model_symbol *sym,
						 const char *name)
{
	if (!at->f->is_library || at->f->symbolic ||
	    (at->f->symbolic_functions && sym->type == STT_FUNC) ||
	    sym->bind == STB_LOCAL || sym->visibility != STV_DEFAULT ||
	    !is_dynamic_use(at))
		return NULL;
	const struct elf_symbol *dyn = strmap_gets(&at->f->dyn_exports, name);
	return dyn && dyn->visibility == STV_DEFAULT ? dyn : NULL;
}

static struct error *bind_tls(const struct site *at,
			      const struct model_symbol *sym, struct bound *b)
{
	b->kind = KIND_TLS;
	b->stub = sym->section;
	b->offset = sym->value;
	if (sym->type == STT_SECTION)
		b->offset += sym->section->addr - at->f->tls_start;
	else if (sym->type != STT_TLS)
		return refuse(at, sym->name, "is not thread-local");
	return NULL;
}

static struct model_section *stub_of(const struct fixup *f,
				     const struct elf_section *orig)
{
	for (size_t i = 0; i < f->m->nsections; i++) {
		if (f->m->sections[i]->orig == orig)
			return f->m->sections[i];
	}
	return NULL;
}

static struct error *bind_ifunc(const struct site *at,
				const struct model_symbol *sym, struct bound *b)
{
	const struct elf_section *plt;
	uint64_t resolver = sym->section->orig->h.sh_addr + sym->value;

	if (!ifunc_find_plt(at->f->orig, resolver, &plt, &b->offset))
		return refuse(at, sym->name,
			      "is an ifunc for which the original has no PLT "
			      "entry; call it from code that already does");
	b->stub = stub_of(at->f, plt);
	if (!b->stub)
		return refuse(at, sym->name, "its PLT is not in the link");
	return NULL;
}

/* A symbol that is defined in the original. */
static struct error *bind_original(const struct site *at,
				   const struct model_symbol *sym,
				   const char *name, struct bound *b)
{
	const struct elf_symbol *dyn = find_preemptible(at, sym, name);

	b->name = name;
	if (dyn) {
		b->kind = KIND_IMPORT;
		b->import = names_import(at->f, name, dyn->version,
					 sym->type == STT_TLS);
		if (!b->import->type)
			b->import->type = dyn->type;
		return NULL;
	}
	if (!sym->section->orig)
		return refuse(at, name, "its section is not in the original");
	if (patch_reloc_is_tls(at->rela->type))
		return bind_tls(at, sym, b);
	if (sym->type == STT_TLS)
		return refuse(at, name, "is thread-local");
	b->kind = KIND_STUB;
	b->stub = sym->section;
	b->offset = sym->value;
	if (sym->type == STT_GNU_IFUNC && !is_descriptive(at))
		return bind_ifunc(at, sym, b);
	return NULL;
}

/* NAME.kpatch_ext: the global NAME, else a new NAME.kpatch, else an import. */
static struct error *bind_ext(const struct site *at, const char *name,
			      struct bound *b)
{
	struct fixup *f = at->f;
	struct model_symbol *sym = strmap_gets(&f->globals, name);

	if (sym)
		return bind_original(at, sym, name, b);
	_autofree_ char *in_patch = xasprintf("%s.kpatch", name);
	sym = strmap_gets(&f->patch_globals, in_patch);
	if (!sym) {
		sym = names_local_ifunc(f, name);
		return sym ? bind_original(at, sym, name, b)
			   : bind_import(at, name, NULL, b);
	}
	at->rela->sym = sym;
	b->kind = KIND_PATCH;
	return NULL;
}

static bool ends_with(const char *s, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len > n && !memcmp(s + len - n, suffix, n);
}

static struct error *bind_undefined(const struct site *at,
				    const struct model_symbol *sym,
				    struct bound *b, char *name)
{
	size_t len = strlen(name);
	const char *version = sym->name + len;

	if (ends_with(name, len, EXT)) {
		name[len - strlen(EXT)] = '\0';
		return bind_ext(at, name, b);
	}
	while (*version == '@')
		version++;
	return bind_import(at, name, *version ? version : NULL, b);
}

/* `name` is the symbol's, without version; it lives as long as `b`. */
static struct error *bind_symbol(const struct site *at, struct bound *b,
				 char *name)
{
	const struct model_symbol *sym = at->rela->sym;

	if (!sym)
		return refuse(at, name, "nothing to bind");
	b->name = name;
	if (sym->section) {
		if (model_is_stub(sym->section))
			return bind_original(at, sym, name, b);
		b->kind = KIND_PATCH;
		return NULL;
	}
	if (sym->special == SHN_UNDEF)
		return bind_undefined(at, sym, b, name);
	if (sym->special != SHN_ABS)
		return refuse(at, name, "is a common symbol");
	b->kind = KIND_ABS;
	b->offset = sym->value;
	return NULL;
}

/* A symbol of its own at the spot: a GOT slot's addend is not the symbol's. */
static struct model_symbol *exact_symbol(struct fixup *f, const struct bound *b,
					 uint8_t type)
{
	for (size_t i = 0; i < f->m->nsymbols; i++) {
		struct model_symbol *sym = f->m->symbols[i];

		if (sym->section == b->stub && sym->value == b->offset &&
		    sym->type == type && sym->bind == STB_LOCAL &&
		    !strcmp(sym->name, b->name))
			return sym;
	}
	struct model_symbol *sym = model_add_symbol(f->m, b->name);
	sym->section = b->stub;
	sym->value = b->offset;
	sym->type = type;
	return sym;
}

static void set_stub(const struct site *at, const struct bound *b)
{
	struct model_rela *r = at->rela;

	if (is_indirect(r->type)) {
		r->sym = exact_symbol(at->f, b, STT_NOTYPE);
		return;
	}
	if (r->type == R_X86_64_PLT32)
		r->type = R_X86_64_PC32;
	r->sym = model_section_symbol(at->f->m, b->stub);
	r->addend += (int64_t)b->offset;
}

/* call, jmp or jcc with a 32-bit displacement: no ModRM byte of a
   RIP-relative operand (mod 0, rm 5) looks like these. */
static bool is_branch(const struct site *at)
{
	const uint8_t *code = (const uint8_t *)at->section->data.data;
	uint64_t off = at->rela->offset;

	if (!in_section(at, ".kpatch.text") || off < 2 ||
	    off > at->section->size)
		return false;
	return code[off - 1] == 0xe8 || code[off - 1] == 0xe9 ||
	       (code[off - 2] == 0x0f && (code[off - 1] & 0xf0) == 0x80);
}

/*
 * The PLT entry of a non-PIE program that is the function's address for
 * everybody: ld gives its undefined .dynsym symbol that value.
 */
static bool find_canonical_plt(const struct site *at, struct bound *b)
{
	const struct elf_symbol *dyn =
		strmap_gets(&at->f->dyn_imports, b->name);

	if (!dyn || !dyn->value || dyn->type == STT_TLS)
		return false;
	const struct elf_section *s =
		elf_section_at(at->f->orig, dyn->value, false);
	struct model_section *stub = s ? stub_of(at->f, s) : NULL;
	if (!stub)
		return false;
	b->kind = KIND_STUB;
	b->stub = stub;
	b->offset = dyn->value - s->h.sh_addr;
	return true;
}

static struct error *set_import(const struct site *at, struct bound *b)
{
	struct model_rela *r = at->rela;

	if (patch_reloc_is_tls(r->type) != (b->import->type == STT_TLS))
		return refuse(at, b->name,
			      "is used as thread-local and as not");
	switch (r->type) {
	case R_X86_64_PC32:
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC64:
		if (r->type == R_X86_64_PC32 && is_branch(at)) {
			r->type = R_X86_64_PLT32;
			break;
		}
		if (find_canonical_plt(at, b)) {
			set_stub(at, b);
			return NULL;
		}
		return refuse(at, b->name,
			      "is in another object, maybe out of reach of "
			      "this direct reference; reach it through a "
			      "volatile pointer, as in: static int *volatile p "
			      "= &VARIABLE");
	case R_X86_64_TPOFF32:
	case R_X86_64_DTPOFF32:
		return refuse(at, b->name,
			      "is a thread-local variable of another object, "
			      "this direct reference can't reach it");
	}
	r->sym = b->import;
	return NULL;
}

/*
 * ld may have turned `mov x@gottpoff(%rip), %reg` into `mov $tpoff, %reg`
 * without a word in the relocation that -q keeps: the instruction tells.
 */
static void undo_tls_relaxation(const struct site *at)
{
	struct model_rela *r = at->rela;
	const uint8_t *code = (const uint8_t *)at->section->data.data;

	if (r->type != R_X86_64_GOTTPOFF || r->offset < 1 ||
	    r->offset > at->section->size ||
	    (code[r->offset - 1] & 0xc7) == 0x05)
		return;
	r->type = R_X86_64_TPOFF32;
	r->addend += 4;
}

static struct error *set_absolute(const struct site *at, const struct bound *b)
{
	struct model_rela *r = at->rela;
	int64_t value = (int64_t)b->offset + r->addend;
	unsigned int width = patch_reloc_width(r->type);
	bool fits = r->type == R_X86_64_64 ||
		    (r->type == R_X86_64_32S && value == (int32_t)value) ||
		    (r->type == R_X86_64_32 && value == (uint32_t)value);

	if (!fits || r->offset > at->section->size ||
	    width > at->section->size - r->offset)
		return refuse(at, b->name, "an absolute symbol doesn't fit");
	memcpy(at->section->data.data + r->offset, &value, width);
	r->type = R_X86_64_NONE;
	return NULL;
}

static struct error *set_bound(const struct site *at, struct bound *b)
{
	struct model_rela *r = at->rela;

	switch (b->kind) {
	case KIND_PATCH:
		if (patch_reloc_is_tls(r->type))
			return refuse(at, b->name,
				      "is new thread-local data, "
				      "which a patch can't add");
		if (r->type == R_X86_64_PLT32)
			r->type = R_X86_64_PC32;
		return NULL;
	case KIND_STUB:
		set_stub(at, b);
		return NULL;
	case KIND_TLS:
		r->sym = exact_symbol(at->f, b, STT_TLS);
		return NULL;
	case KIND_IMPORT:
		return set_import(at, b);
	case KIND_ABS:
		return set_absolute(at, b);
	}
	return NULL;
}

/* Without its version; a section symbol's is that of its section. */
static char *symbol_name(const struct model_symbol *sym)
{
	if (!sym)
		return xstrdup("no symbol");
	if (sym->type == STT_SECTION && sym->section)
		return xstrdup(sym->section->name);
	return xstrndup(sym->name, base_name_len(sym->name));
}

/* `SYM@dtpoff` stands for SYM in what kpatch_gensrc writes. */
static struct error *bind_rela(const struct site *at)
{
	struct model_rela *r = at->rela;
	struct bound b = {0};

	if (r->type == R_X86_64_NONE)
		return NULL;
	_autofree_ char *name = symbol_name(r->sym);
	if (!patch_reloc_known(r->type))
		return refuse(at, name,
			      "this type of relocation is not "
			      "supported");
	undo_tls_relaxation(at);
	if (in_section(at, ".kpatch.got") && r->type == R_X86_64_DTPOFF64)
		r->type = R_X86_64_TPOFF64;
	TRY(bind_symbol(at, &b, name));
	return set_bound(at, &b);
}

/*
 * The pairs: the first word becomes the module; the second the offset, but in
 * .kpatch.tlsld, where it stays 0 and the code adds the offset.
 */
static struct error *split_pairs(struct fixup *f, struct model_section *s,
				 bool with_offset)
{
	size_t n = s->nrelas;

	for (size_t i = 0; i < n; i++) {
		struct model_rela offset = s->relas[i];

		if (offset.type != R_X86_64_DTPOFF64)
			continue;
		if (offset.offset % 16 || offset.offset + 16 > s->size)
			return error_new(ERR_BADFILE,
					 "%s: %s+0x%llx: not the first word of "
					 "a pair",
					 f->m->name, s->name,
					 (unsigned long long)offset.offset);
		offset.offset += 8;
		if (with_offset)
			model_add_rela(s, offset);
		s->relas[i].type = R_X86_64_DTPMOD64;
		s->relas[i].addend = 0;
	}
	return NULL;
}

static void drop_none(struct model_section *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nrelas; i++) {
		if (s->relas[i].type != R_X86_64_NONE)
			s->relas[kept++] = s->relas[i];
	}
	s->nrelas = kept;
}

struct error *bind_all(struct fixup *f)
{
	for (size_t i = 0; i < f->m->nsections; i++) {
		struct model_section *s = f->m->sections[i];

		if (!model_is_kpatch(s))
			continue;
		for (size_t k = 0; k < s->nrelas; k++) {
			struct site at = {f, s, &s->relas[k]};

			TRY(bind_rela(&at));
		}
		if (!strcmp(s->name, ".kpatch.tlsgd"))
			TRY(split_pairs(f, s, true));
		if (!strcmp(s->name, ".kpatch.tlsld"))
			TRY(split_pairs(f, s, false));
		drop_none(s);
	}
	return NULL;
}
