// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Invariant B2: what the patched link has outside .kpatch.* is the original.
 *
 * -q makes ld keep empty output sections (crtbegin's .tm_clone_table), which
 * can move the sections behind them by some bytes (measured with binutils
 * 2.40: .bss only). So a byte may differ only if it belongs to a field that
 * holds an address, or a distance between two, and the field differs by just
 * what its target and itself have moved. Which fields hold addresses is known
 * from the relocations that -q kept, and from the format of what ld makes
 * itself (verify_made.c).
 */
#include "object/verify.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "object/patch_object.h"
#include "object/strip.h"

/* The innermost symbol that holds this offset, from either table. */
static const char *symbol_at(const struct pair *p, uint64_t offset)
{
	uint64_t best = UINT64_MAX;
	const char *name = "";

	for (size_t i = 0; i < p->f->m->nsymbols; i++) {
		const struct model_symbol *sym = p->f->m->symbols[i];

		if (sym->section == p->link && sym->name[0] &&
		    offset >= sym->value && offset - sym->value < sym->size &&
		    sym->size < best) {
			best = sym->size;
			name = sym->name;
		}
	}
	for (size_t i = 0; i < p->f->orig_symtab.count; i++) {
		const struct elf_symbol *sym = &p->f->orig_symtab.syms[i];
		uint64_t value = sym->value - p->orig->h.sh_addr;

		if (sym->section == p->orig && sym->name[0] &&
		    sym->type != STT_TLS && offset >= value &&
		    offset - value < sym->size && sym->size < best) {
			best = sym->size;
			name = sym->name;
		}
	}
	return name;
}

struct error *verify_differs(const struct pair *p, uint64_t offset,
			     const char *what)
{
	const char *name = symbol_at(p, offset);

	return error_new(ERR_FAILED,
			 "%s: %s+0x%llx%s%s%s: %s: the patched build differs "
			 "from %s outside the patch",
			 p->f->m->name, p->link->name,
			 (unsigned long long)offset, *name ? " (" : "", name,
			 *name ? ")" : "", what, p->f->orig->name);
}

int64_t verify_move(const struct model_section *s)
{
	return s->orig ? (int64_t)(s->orig->h.sh_addr - s->addr) : 0;
}

/* .tbss has no addresses of its own: they are those of what follows. */
static bool has_addresses(const struct model_section *s)
{
	return model_is_stub(s) && s->orig && !elf_section_is_tbss(s->orig);
}

const struct model_section *verify_section_at(const struct fixup *f,
					      uint64_t addr)
{
	const struct model_section *at_end = NULL;

	for (size_t i = 0; i < f->m->nsections; i++) {
		const struct model_section *s = f->m->sections[i];

		if (!has_addresses(s) || addr < s->addr)
			continue;
		if (addr - s->addr < s->size)
			return s;
		if (addr - s->addr == s->size)
			at_end = s;
	}
	return at_end;
}

int64_t verify_move_of(const struct fixup *f, uint64_t addr)
{
	const struct model_section *s = verify_section_at(f, addr);

	return s ? verify_move(s) : 0;
}

/* Sections around an address that lies in none, or at a border of some. */
struct neighbours {
	const struct model_section *inside, *before, *after;
};

static struct neighbours find_neighbours(const struct fixup *f, uint64_t addr)
{
	struct neighbours n = {0};

	for (size_t i = 0; i < f->m->nsections; i++) {
		const struct model_section *s = f->m->sections[i];

		if (!has_addresses(s))
			continue;
		uint64_t end = s->addr + s->size;
		if (s->addr < addr && addr < end)
			n.inside = s;
		if (end <= addr &&
		    (!n.before || end >= n.before->addr + n.before->size))
			n.before = s;
		if (addr <= s->addr && (!n.after || s->addr < n.after->addr))
			n.after = s;
	}
	return n;
}

bool verify_same_place(const struct fixup *f, uint64_t in_link,
		       uint64_t in_orig)
{
	struct neighbours n = find_neighbours(f, in_link);
	int64_t move = (int64_t)(in_orig - in_link);

	if (n.inside)
		return move == verify_move(n.inside);
	return move == 0 || (n.before && move == verify_move(n.before)) ||
	       (n.after && move == verify_move(n.after));
}

static uint64_t read_field(const uint8_t *at, unsigned int width)
{
	int32_t narrow;
	int64_t wide;

	if (width == 4) {
		memcpy(&narrow, at, sizeof(narrow));
		return (uint64_t)(int64_t)narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return (uint64_t)wide;
}

/* Kinds of fields, by what is to be known of their change. */
enum field { FIELD_OTHER, FIELD_ADDRESS, FIELD_DISTANCE, FIELD_SLOT };

static enum field field_kind(uint32_t type, unsigned int *ret_width)
{
	*ret_width = type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_32:
	case R_X86_64_32S:
		return FIELD_ADDRESS;
	case R_X86_64_PC32:
	case R_X86_64_PC64:
		return FIELD_DISTANCE;
	case R_X86_64_PLT32:
	case R_X86_64_GOTPCREL:
	case R_X86_64_GOTPCRELX:
	case R_X86_64_REX_GOTPCRELX:
	case R_X86_64_GOTTPOFF:
	case R_X86_64_GOTPC32:
	case R_X86_64_GOTPC32_TLSDESC:
	case R_X86_64_TLSGD:
	case R_X86_64_TLSLD:
		return FIELD_SLOT;
	}
	return FIELD_OTHER;
}

/* The symbol's section says which way it moved; a border doesn't. */
static bool knows_section(const struct model_symbol *sym)
{
	return sym && sym->section && sym->section->orig &&
	       sym->type != STT_TLS &&
	       (sym->type == STT_SECTION || sym->value < sym->section->size);
}

/*
 * The field's value as an address, in the link and in the original, less the
 * addend: what the symbol, or its PLT or GOT entry, was bound to.
 */
static void field_targets(const struct pair *p, const struct model_rela *r,
			  enum field kind, unsigned int width,
			  uint64_t *ret_link, uint64_t *ret_orig)
{
	*ret_link = read_field(p->link_bytes + r->offset, width) -
		    (uint64_t)r->addend;
	*ret_orig = read_field(p->orig->data + r->offset, width) -
		    (uint64_t)r->addend;
	if (kind != FIELD_ADDRESS) {
		*ret_link += p->link->addr + r->offset;
		*ret_orig += p->orig->h.sh_addr + r->offset;
	}
}

/* What ld makes itself, and what grows if the patch is a part of the link. */
static bool is_made_by_linker(const char *name)
{
	static const char *const names[] = {
		".plt",      ".plt.got",  ".plt.sec",     ".got",
		".got.plt",  ".dynamic",  ".dynsym",      ".dynstr",
		".gnu.hash", ".hash",     ".gnu.version", ".gnu.version_r",
		".rela.dyn", ".rela.plt", ".eh_frame",    ".eh_frame_hdr",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

/* An entry that the link with the patch inside may have put elsewhere. */
static bool is_made_slot(const struct fixup *f, uint64_t target)
{
	const struct model_section *s = verify_section_at(f, target);

	return f->allocated && s && is_made_by_linker(s->name);
}

static struct error *check_field(const struct pair *p,
				 const struct model_rela *r, uint8_t *explained)
{
	uint64_t in_link, in_orig;
	unsigned int width;
	enum field kind = field_kind(r->type, &width);

	if (kind == FIELD_OTHER || r->offset > p->len ||
	    width > p->len - r->offset)
		return NULL;
	bool same_bytes = !memcmp(p->link_bytes + r->offset,
				  p->orig->data + r->offset, width);
	/* ld.so fills it by a RELATIVE relocation, which is compared. */
	if (same_bytes && r->type == R_X86_64_64 && p->f->m->type == ET_DYN)
		return NULL;
	/* Undefined and weak: 0 in both. */
	if (same_bytes && (!r->sym || (!r->sym->section && kind != FIELD_SLOT)))
		return NULL;
	field_targets(p, r, kind, width, &in_link, &in_orig);
	bool same = kind != FIELD_SLOT && knows_section(r->sym)
			    ? in_orig - in_link ==
				      (uint64_t)verify_move(r->sym->section)
			    : verify_same_place(p->f, in_link, in_orig) ||
				      is_made_slot(p->f, in_link);
	if (!same)
		return verify_differs(p, r->offset, "refers to something else");
	memset(explained + r->offset, 1, width);
	return NULL;
}

static struct error *check_bytes(const struct pair *p)
{
	if (!p->f->moved && !memcmp(p->link_bytes, p->orig->data, p->len))
		return NULL;
	_autofree_ uint8_t *explained = xcalloc(p->len, 1);
	for (size_t i = 0; i < p->link->nrelas; i++)
		TRY(check_field(p, &p->link->relas[i], explained));
	TRY(verify_made(p, explained));
	for (uint64_t i = 0; i < p->len; i++) {
		if (p->link_bytes[i] != p->orig->data[i] && !explained[i])
			return verify_differs(p, i, "other bytes");
	}
	return NULL;
}

/* The original's variable of this name: where `var` is, or any other. */
static const struct elf_symbol *find_variable(const struct pair *p,
					      const struct model_symbol *var)
{
	const struct elf_symbol *other = NULL;

	for (size_t i = 0; i < p->f->orig_symtab.count; i++) {
		const struct elf_symbol *sym = &p->f->orig_symtab.syms[i];

		if (sym->section != p->orig || sym->type != STT_OBJECT ||
		    strcmp(sym->name, var->name))
			continue;
		other = sym;
		if (sym->value - p->orig->h.sh_addr == var->value)
			break;
	}
	return other;
}

/* Without contents there are the symbols, if the original isn't stripped. */
static struct error *check_variables(const struct pair *p)
{
	for (size_t i = 0; p->f->orig_symtab.count && i < p->f->m->nsymbols;
	     i++) {
		const struct model_symbol *var = p->f->m->symbols[i];

		if (var->section != p->link || var->type != STT_OBJECT)
			continue;
		const struct elf_symbol *sym = find_variable(p, var);
		if (!sym)
			return verify_differs(p, var->value,
					      "a variable that the original "
					      "doesn't have");
		if (sym->size != var->size ||
		    sym->value - p->orig->h.sh_addr != var->value)
			return verify_differs(p, var->value,
					      "a variable of another size or "
					      "at another place");
	}
	return NULL;
}

static bool orig_has(const struct pair *p, const struct model_symbol *sym)
{
	for (size_t i = 0; i < p->f->orig_symtab.count; i++) {
		const struct elf_symbol *other = &p->f->orig_symtab.syms[i];

		if (other->section == p->orig && other->type == sym->type &&
		    other->size == sym->size && !strcmp(other->name, sym->name))
			return true;
	}
	return false;
}

/* A function or variable that may be why this section has another size. */
static const char *extra_symbol(const struct pair *p)
{
	for (size_t i = 0; p->f->orig_symtab.count && i < p->f->m->nsymbols;
	     i++) {
		const struct model_symbol *sym = p->f->m->symbols[i];

		if (sym->section == p->link && sym->size &&
		    (sym->type == STT_FUNC || sym->type == STT_OBJECT) &&
		    !orig_has(p, sym))
			return sym->name;
	}
	return NULL;
}

/* .bss ends where the next multiple of its alignment is: that may move. */
static struct error *check_size(const struct pair *p)
{
	uint64_t a = p->link->size, b = p->orig->h.sh_size, slack = 1;

	if (p->orig->h.sh_type == SHT_NOBITS && p->f->moved)
		slack = p->link->align > 8 ? p->link->align : 8;
	if ((a > b ? a - b : b - a) < slack)
		return NULL;
	const char *extra = extra_symbol(p);
	_autofree_ char *hint =
		extra ? xasprintf("; %s is not in it, or of another size (did "
				  "--gc-sections drop it?)",
				  extra)
		      : xstrdup("");
	return error_new(ERR_FAILED,
			 "%s: section %s has %llu bytes, in %s %llu: the "
			 "patched build differs from it outside the patch%s",
			 p->f->m->name, p->link->name, (unsigned long long)a,
			 p->f->orig->name, (unsigned long long)b, hint);
}

static struct error *check_pair(struct pair *p,
				const struct model_section *contents)
{
	bool is_bss = p->orig->h.sh_type == SHT_NOBITS;

	TRY(check_size(p));
	if (is_bss != !contents)
		return verify_differs(
			p, 0, is_bss ? "has contents" : "has no contents");
	if (is_bss)
		return check_variables(p);
	if (contents->size != p->link->size)
		return verify_differs(p, 0, "was cut off");
	p->link_bytes = (const uint8_t *)contents->data.data;
	p->len = contents->size;
	return p->len ? check_bytes(p) : NULL;
}

const struct model_section *verify_contents(const struct fixup *f,
					    const struct model_section *stub)
{
	for (size_t i = 0; i < f->m->nsections; i++) {
		const struct model_section *s = f->m->sections[i];

		if (s->info == stub &&
		    !strncmp(s->name, KPATCH_LINK, strlen(KPATCH_LINK)))
			return s;
	}
	return NULL;
}

static bool is_compared(const struct fixup *f, const struct model_section *s)
{
	if (!model_is_stub(s) || !s->orig ||
	    !strcmp(s->name, ".note.gnu.build-id"))
		return false;
	return !f->allocated || !is_made_by_linker(s->name);
}

struct error *verify_link(struct fixup *f)
{
	for (size_t i = 0; i < f->m->nsections; i++)
		f->moved |= verify_move(f->m->sections[i]) != 0;
	for (size_t i = 0; i < f->m->nsections; i++) {
		const struct model_section *s = f->m->sections[i];
		struct pair p = {.f = f, .link = s, .orig = s->orig};

		if (is_compared(f, s))
			TRY(check_pair(&p, verify_contents(f, s)));
	}
	if (f->allocated)
		log_warn("%s: the .kpatch sections are allocated: what the "
			 "linker makes itself (.plt, .got, .dynsym, ...) is "
			 "not compared with %s",
			 f->m->name, f->orig->name);
	return NULL;
}
