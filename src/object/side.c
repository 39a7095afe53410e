// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/side.h"

#include <stdlib.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "base/cleanup.h"

#define MAX_DEPTH 4u

static int by_place(const void *x, const void *y)
{
	const struct side_symbol *a = x, *b = y;
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	int order = memcmp(a->name, b->name, n);
	if (order)
		return order;
	return a->name_len < b->name_len ? -1 : a->name_len > b->name_len;
}

static int by_address(const void *x, const void *y)
{
	const struct side_rela *a = x, *b = y;

	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

static void add_symbol(struct side *s, const struct elf_symbol *sym)
{
	if (!sym->section || !sym->size || !sym->name[0] ||
	    !(sym->section->h.sh_flags & SHF_ALLOC) ||
	    (sym->type != STT_FUNC && sym->type != STT_OBJECT &&
	     sym->type != STT_GNU_IFUNC))
		return;
	VEC_GROW(s->symbols, s->n, s->cap);
	s->symbols[s->n++] = (struct side_symbol){
		.name = sym->name,
		.name_len = strcspn(sym->name, "@"),
		.addr = sym->value,
		.size = sym->size,
		.is_function = sym->type != STT_OBJECT,
	};
}

static struct error *read_relas(struct side *s, const struct elf_section *sec)
{
	_cleanup_(elf_relas_deinit) struct elf_relas relas = {0};

	TRY(elf_relas_read(s->image, sec,
			   s->dynsym.count ? s->dynsym.count : 1, &relas));
	for (size_t i = 0; i < relas.count; i++) {
		const Elf64_Rela *r = &relas.relas[i];
		size_t symbol = ELF64_R_SYM(r->r_info);

		VEC_GROW(s->relas, s->nrelas, s->cap_relas);
		s->relas[s->nrelas++] = (struct side_rela){
			.addr = r->r_offset,
			.type = ELF64_R_TYPE(r->r_info),
			.name = symbol ? s->dynsym.syms[symbol].name : "",
			.addend = (uint64_t)r->r_addend,
		};
	}
	return NULL;
}

static struct error *read_side(struct side *s, const struct elf_image *names)
{
	TRY(elf_symtab_read(names, SHT_SYMTAB, &s->symtab));
	TRY(elf_symtab_read(s->image, SHT_DYNSYM, &s->dynsym));
	for (size_t i = 0; i < s->symtab.count; i++)
		add_symbol(s, &s->symtab.syms[i]);
	for (size_t i = 1; i < s->image->nsections; i++) {
		const struct elf_section *sec = &s->image->sections[i];

		if (sec->h.sh_type == SHT_RELA && (sec->h.sh_flags & SHF_ALLOC))
			TRY(read_relas(s, sec));
	}
	if (s->n)
		qsort(s->symbols, s->n, sizeof(*s->symbols), by_place);
	if (s->nrelas)
		qsort(s->relas, s->nrelas, sizeof(*s->relas), by_address);
	return NULL;
}

struct error *side_read(const struct elf_image *image,
			const struct elf_image *names, struct side *ret)
{
	struct side s = {.image = image};
	struct error *err = read_side(&s, names);

	if (err)
		side_deinit(&s);
	else
		*ret = s;
	return err;
}

void side_deinit(struct side *s)
{
	elf_symtab_deinit(&s->symtab);
	elf_symtab_deinit(&s->dynsym);
	free(s->symbols);
	free(s->relas);
	*s = (struct side){0};
}

void side_borrow_names(struct side *s, const struct side *other)
{
	for (size_t i = 0; i < other->n; i++) {
		struct side_symbol sym = other->symbols[i];
		const struct elf_section *from =
			elf_section_at(other->image, sym.addr, false);
		const struct elf_section *to =
			from ? elf_section_named(s->image, from->name) : NULL;

		if (!to || to->h.sh_size != from->h.sh_size)
			continue;
		sym.addr += to->h.sh_addr - from->h.sh_addr;
		VEC_GROW(s->symbols, s->n, s->cap);
		s->symbols[s->n++] = sym;
	}
	if (s->n)
		qsort(s->symbols, s->n, sizeof(*s->symbols), by_place);
}

const struct side_symbol *side_symbol_at(const struct side *s, uint64_t addr)
{
	const struct side_symbol *best = NULL;
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->symbols[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	/* Few are inside of others. */
	for (size_t i = 0; i < 64 && low-- > 0; i++) {
		const struct side_symbol *sym = &s->symbols[low];

		if (best && sym->addr != best->addr)
			break;
		if (addr - sym->addr < sym->size)
			best = sym;
	}
	return best;
}

const struct side_rela *side_rela_at(const struct side *s, uint64_t addr)
{
	const struct side_rela key = {.addr = addr};

	return s->nrelas ? bsearch(&key, s->relas, s->nrelas,
				   sizeof(*s->relas), by_address)
			 : NULL;
}

const uint8_t *side_bytes(const struct side *s, uint64_t addr, uint64_t len)
{
	const struct elf_section *sec = elf_section_at(s->image, addr, false);

	if (!sec || !sec->data || len > sec->h.sh_size - (addr - sec->h.sh_addr))
		return NULL;
	return sec->data + (addr - sec->h.sh_addr);
}

/* ---- what an address means ---- */

static void describe(const struct side *s, uint64_t addr, unsigned int depth,
		     struct buf *out);

static void describe_rela(const struct side *s, const struct side_rela *r,
			  unsigned int depth, struct buf *out)
{
	if (r->type == R_X86_64_RELATIVE || r->type == R_X86_64_IRELATIVE) {
		buf_add_str(out, r->type == R_X86_64_RELATIVE ? "" : "ifunc:");
		describe(s, r->addend, depth + 1, out);
		return;
	}
	buf_addf(out, "%s:%s+%#llx", elf_reloc_name(r->type), r->name,
		 (unsigned long long)r->addend);
}

void side_describe_rela(const struct side *s, const struct side_rela *r,
			struct buf *out)
{
	describe_rela(s, r, 0, out);
}

static void describe_slot(const struct side *s, uint64_t addr,
			  unsigned int depth, struct buf *out)
{
	const struct side_rela *r = side_rela_at(s, addr);
	const uint8_t *bytes = side_bytes(s, addr, sizeof(uint64_t));
	uint64_t value;

	buf_add_str(out, "slot:");
	if (r) {
		describe_rela(s, r, depth, out);
	} else if (bytes) {
		memcpy(&value, bytes, sizeof(value));
		describe(s, value, depth + 1, out);
	}
}

/* A PLT entry is a jump through its slot, maybe behind an endbr64. */
static uint64_t slot_of_plt(const struct side *s, uint64_t addr)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction insn;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	for (unsigned int i = 0; i < 2; i++) {
		const uint8_t *bytes = side_bytes(s, addr, 1);
		const struct elf_section *sec =
			elf_section_at(s->image, addr, false);

		if (!bytes ||
		    !ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
			    &decoder, NULL, bytes,
			    sec->h.sh_size - (addr - sec->h.sh_addr), &insn)))
			return 0;
		addr += insn.length;
		if (insn.mnemonic == ZYDIS_MNEMONIC_JMP && insn.raw.disp.size)
			return addr + (uint64_t)insn.raw.disp.value;
	}
	return 0;
}

static bool is_constant(const struct elf_section *sec)
{
	return sec->data && !(sec->h.sh_flags & (SHF_WRITE | SHF_EXECINSTR));
}

static void describe(const struct side *s, uint64_t addr, unsigned int depth,
		     struct buf *out)
{
	const struct side_symbol *sym = side_symbol_at(s, addr);
	const struct elf_section *sec = elf_section_at(s->image, addr, true);
	uint64_t slot;

	if (depth > MAX_DEPTH)
		return;
	if (sym) {
		buf_addf(out, "%.*s+%#llx", (int)sym->name_len, sym->name,
			 (unsigned long long)(addr - sym->addr));
	} else if (!sec) {
		buf_addf(out, "%#llx", (unsigned long long)addr);
	} else if (!strncmp(sec->name, ".got", 4)) {
		describe_slot(s, addr, depth, out);
	} else if (!strncmp(sec->name, ".plt", 4) &&
		   (slot = slot_of_plt(s, addr)) != 0) {
		buf_add_str(out, "plt:");
		describe_slot(s, slot, depth, out);
	} else if (is_constant(sec)) {
		buf_addf(out, "%s" SIDE_CONTENT, sec->name);
	} else {
		buf_addf(out, "%s+%#llx", sec->name,
			 (unsigned long long)(addr - sec->h.sh_addr));
	}
}

void side_describe(const struct side *s, uint64_t addr, struct buf *out)
{
	describe(s, addr, 0, out);
}
