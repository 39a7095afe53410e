// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reference to an ifunc of the same link goes through a PLT entry that the
 * linker made: `jmp *slot(%rip)`, the slot filled by R_X86_64_IRELATIVE with
 * the resolver as its addend.
 */
#include <string.h>

#include "object/fixup.h"

/* The GOT slot that ld.so fills with what the resolver returns. */
static bool find_slot(const struct elf_image *orig, uint64_t resolver,
		      uint64_t *ret_slot)
{
	for (size_t i = 1; i < orig->nsections; i++) {
		const struct elf_section *s = &orig->sections[i];
		Elf64_Rela rela;

		if (s->h.sh_type != SHT_RELA || !(s->h.sh_flags & SHF_ALLOC))
			continue;
		for (uint64_t off = 0; off + sizeof(rela) <= s->h.sh_size;
		     off += sizeof(rela)) {
			memcpy(&rela, s->data + off, sizeof(rela));
			if (ELF64_R_TYPE(rela.r_info) == R_X86_64_IRELATIVE &&
			    (uint64_t)rela.r_addend == resolver) {
				*ret_slot = rela.r_offset;
				return true;
			}
		}
	}
	return false;
}

/* The start of the entry whose indirect jump is at `jmp`. */
static uint64_t entry_start(const struct elf_section *s, uint64_t jmp)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

	if (jmp && s->data[jmp - 1] == 0xf2) /* bnd jmp */
		jmp--;
	if (jmp >= 4 && !memcmp(s->data + jmp - 4, endbr64, 4))
		jmp -= 4;
	return jmp;
}

static bool find_jump(const struct elf_section *s, uint64_t slot,
		      uint64_t *ret_offset)
{
	for (uint64_t off = 0; off + 6 <= s->h.sh_size; off++) {
		int32_t disp;

		if (s->data[off] != 0xff || s->data[off + 1] != 0x25)
			continue;
		memcpy(&disp, s->data + off + 2, sizeof(disp));
		if (s->h.sh_addr + off + 6 + (uint64_t)(int64_t)disp == slot) {
			*ret_offset = entry_start(s, off);
			return true;
		}
	}
	return false;
}

bool ifunc_find_plt(const struct elf_image *orig, uint64_t resolver,
		    const struct elf_section **ret_section,
		    uint64_t *ret_offset)
{
	uint64_t slot;

	if (!find_slot(orig, resolver, &slot))
		return false;
	for (size_t i = 1; i < orig->nsections; i++) {
		const struct elf_section *s = &orig->sections[i];

		/* With IBT .plt.sec has the entries, .plt no jump by slot. */
		if (s->data &&
		    (!strncmp(s->name, ".plt", 4) ||
		     !strcmp(s->name, ".iplt")) &&
		    find_jump(s, slot, ret_offset)) {
			*ret_section = s;
			return true;
		}
	}
	return false;
}
