// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether an .eh_frame may be given to libdw. It is the patient's, who may
 * wish us ill, and libdw 0.188 takes memory for as many registers as an
 * instruction names (2 GB for one of 6 bytes; found by fuzz_unwind), once more
 * for each state that is remembered, and follows .eh_frame_hdr's table to any
 * place. So: records in a chain, FDEs that refer back to a CIE of it, a table
 * that leads to FDEs of it, and instructions that stay within bounds. What
 * libdw itself stops at needs no judgement: an unknown instruction, a record
 * that ends too early.
 */
#include "unwind/priv.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define REGISTER_MAX 255u /* the psABI's last is 130 */
#define REMEMBERED_MAX 64u /* gcc nests one */
#define RECORD_MAX (1u << 20)

struct reader {
	const uint8_t *p, *end;
};

/* As much of it as there is. */
static uint64_t uleb(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; r->p < r->end; shift += 7) {
		uint8_t byte = *r->p++;

		if (shift < 64)
			v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return v;
}

static void skip(struct reader *r, uint64_t n)
{
	r->p = n < (uint64_t)(r->end - r->p) ? r->p + n : r->end;
}

/* Width of an encoded pointer; 0 if it's none that compilers use. */
static unsigned int pointer_width(uint8_t encoding)
{
	switch (encoding & 0x7f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
	case DW_EH_PE_pcrel:
	case DW_EH_PE_pcrel | DW_EH_PE_sdata8:
	case DW_EH_PE_pcrel | DW_EH_PE_udata8:
		return 8;
	case DW_EH_PE_udata4:
	case DW_EH_PE_sdata4:
	case DW_EH_PE_pcrel | DW_EH_PE_sdata4:
	case DW_EH_PE_pcrel | DW_EH_PE_udata4:
	case DW_EH_PE_datarel | DW_EH_PE_sdata4:
		return 4;
	}
	return 0;
}

/* ---- instructions ---- */

/* What follows an instruction's byte. */
enum operands {
	NOTHING,
	UNKNOWN, /* libdw stops here */
	BYTES_1,
	BYTES_2,
	BYTES_4,
	BYTES_8,
	POINTER,
	LEB,
	REG,
	REG_LEB,
	REG_REG,
	BLOCK,
	REG_BLOCK,
};

static enum operands operands_of(uint8_t op)
{
	switch (op) {
	case DW_CFA_nop:
	case DW_CFA_remember_state:
	case DW_CFA_restore_state:
	case DW_CFA_GNU_window_save:
		return NOTHING;
	case DW_CFA_advance_loc1:
		return BYTES_1;
	case DW_CFA_advance_loc2:
		return BYTES_2;
	case DW_CFA_advance_loc4:
		return BYTES_4;
	case DW_CFA_MIPS_advance_loc8:
		return BYTES_8;
	case DW_CFA_set_loc:
		return POINTER;
	case DW_CFA_def_cfa_offset:
	case DW_CFA_def_cfa_offset_sf:
	case DW_CFA_GNU_args_size:
		return LEB;
	case DW_CFA_restore_extended:
	case DW_CFA_undefined:
	case DW_CFA_same_value:
	case DW_CFA_def_cfa_register:
		return REG;
	case DW_CFA_offset_extended:
	case DW_CFA_offset_extended_sf:
	case DW_CFA_def_cfa:
	case DW_CFA_def_cfa_sf:
	case DW_CFA_val_offset:
	case DW_CFA_val_offset_sf:
	case DW_CFA_GNU_negative_offset_extended:
		return REG_LEB;
	case DW_CFA_register:
		return REG_REG;
	case DW_CFA_def_cfa_expression:
		return BLOCK;
	case DW_CFA_expression:
	case DW_CFA_val_expression:
		return REG_BLOCK;
	}
	return UNKNOWN;
}

/* False if one of its registers is impossible. */
static bool skip_operands(struct reader *r, enum operands what,
			  unsigned int pointer)
{
	static const uint8_t width[] = {
		[BYTES_1] = 1, [BYTES_2] = 2, [BYTES_4] = 4, [BYTES_8] = 8};

	if (what >= REG && what != BLOCK && uleb(r) > REGISTER_MAX)
		return false;
	switch (what) {
	case BYTES_1 ... BYTES_8:
		skip(r, width[what]);
		return true;
	case POINTER:
		skip(r, pointer);
		return true;
	case LEB:
	case REG_LEB:
		uleb(r);
		return true;
	case REG_REG:
		return uleb(r) <= REGISTER_MAX;
	case BLOCK:
	case REG_BLOCK:
		skip(r, uleb(r));
		return true;
	default:
		return true;
	}
}

static bool instructions_are_tame(struct reader r, unsigned int pointer)
{
	unsigned int remembered = 0;

	while (r.p < r.end) {
		uint8_t op = *r.p++;
		enum operands what;

		if (op & 0xc0) { /* its register has 6 bits */
			if ((op & 0xc0) == DW_CFA_offset)
				uleb(&r);
			continue;
		}
		what = operands_of(op);
		if (what == UNKNOWN)
			return true;
		if (!skip_operands(&r, what, pointer))
			return false;
		if (op == DW_CFA_restore_state && remembered)
			remembered--;
		if (op == DW_CFA_remember_state &&
		    ++remembered > REMEMBERED_MAX)
			return false;
	}
	return true;
}

/* ---- records ---- */

struct cie {
	size_t at;
	unsigned int pointer; /* width of an FDE's addresses */
	bool sized;	      /* FDEs tell the length of what they have more */
};

struct table {
	const uint8_t *bytes;
	size_t len;
	uint8_t *fdes; /* bit per byte: an FDE begins there */
	struct cie *cies;
	size_t ncies, cies_cap;
};

static uint32_t word(const struct table *t, size_t at)
{
	uint32_t v;

	memcpy(&v, t->bytes + at, sizeof(v));
	return v;
}

/* Letters behind the 'z', by the data that they have in the CIE. */
static bool read_augmentation(struct reader *data, const char *letters,
			      struct cie *ret)
{
	for (; *letters; letters++) {
		if (*letters == 'S' || *letters == 'B')
			continue;
		if (data->p == data->end)
			return false;
		uint8_t encoding = *data->p++;

		if (*letters == 'P') {
			if (!pointer_width(encoding))
				return false;
			skip(data, pointer_width(encoding));
		} else if (*letters == 'R') {
			ret->pointer = pointer_width(encoding);
		} else if (*letters != 'L') {
			return false;
		}
	}
	return ret->pointer;
}

/* `r` is behind the CIE's id. */
static bool cie_is_tame(struct table *t, size_t at, struct reader r)
{
	struct cie cie = {.at = at, .pointer = 8};
	uint8_t version = r.p < r.end ? *r.p++ : 0;
	const char *letters = (const char *)r.p;
	size_t n = strnlen(letters, (size_t)(r.end - r.p));

	if ((version != 1 && version != 3) || n == (size_t)(r.end - r.p))
		return false;
	r.p += n + 1;
	uleb(&r);
	uleb(&r);
	if (version == 1)
		skip(&r, 1);
	else if (uleb(&r) > REGISTER_MAX)
		return false;
	if (*letters == 'z') {
		uint64_t len = uleb(&r);

		if (len > (uint64_t)(r.end - r.p))
			return false;
		struct reader data = {r.p, r.p + len};
		if (!read_augmentation(&data, letters + 1, &cie))
			return false;
		cie.sized = true;
		r.p += len;
	} else if (*letters) {
		return false;
	}
	VEC_GROW(t->cies, t->ncies, t->cies_cap);
	t->cies[t->ncies++] = cie;
	return instructions_are_tame(r, cie.pointer);
}

static bool fde_is_tame(struct table *t, size_t at, struct reader r)
{
	size_t back = word(t, at + 4);
	const struct cie *cie = NULL;

	for (size_t i = t->ncies; i-- > 0 && !cie;)
		if (t->cies[i].at == at + 4 - back)
			cie = &t->cies[i];
	if (!cie)
		return false;
	skip(&r, 2 * cie->pointer);
	if (cie->sized)
		skip(&r, uleb(&r));
	t->fdes[at / 8] |= (uint8_t)(1 << at % 8);
	return instructions_are_tame(r, cie->pointer);
}

/*
 * All records of the chain. Its end is a length of zero, or, as behind
 * .eh_frame other data of the segment may come, what cannot be a record.
 * `ret_whole`: it ended as it should.
 */
static bool records_are_tame(struct table *t, bool *ret_whole)
{
	size_t at = 0;

	while (t->len - at >= 8 && word(t, at)) {
		uint32_t len = word(t, at);

		if (len < 4 || len > t->len - at - 4 || len > RECORD_MAX)
			break;
		struct reader r = {t->bytes + at + 8, t->bytes + at + 4 + len};
		if (word(t, at + 4) ? !fde_is_tame(t, at, r)
				    : !cie_is_tame(t, at, r))
			return false;
		at += 4 + (size_t)len;
	}
	*ret_whole = t->len - at < 4 || !word(t, at);
	return true;
}

/* ---- the table of .eh_frame_hdr ---- */

static bool leads_to_fde(const struct table *t, uint64_t off)
{
	return off < t->len && t->fdes[off / 8] >> off % 8 & 1;
}

/*
 * `frame_off`: where .eh_frame is, from the start of .eh_frame_hdr. False if
 * there is a table and it isn't as ld writes it: sdata4 relative to itself.
 */
static bool search_is_tame(const struct table *t, const uint8_t *hdr,
			   size_t len, int64_t frame_off)
{
	enum { HEAD = 12, ENTRY = 8 };
	uint32_t n;

	if (len < HEAD || hdr[2] != DW_EH_PE_udata4 ||
	    hdr[3] != (DW_EH_PE_datarel | DW_EH_PE_sdata4))
		return false;
	memcpy(&n, hdr + 8, sizeof(n));
	if (n > (len - HEAD) / ENTRY)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		int32_t off;

		memcpy(&off, hdr + HEAD + i * ENTRY + 4, sizeof(off));
		if (!leads_to_fde(t, (uint64_t)(off - frame_off)))
			return false;
	}
	return true;
}

bool eh_frame_is_tame(const void *eh_frame, size_t len, const void *hdr,
		      size_t hdr_len, int64_t frame_off)
{
	_autofree_ uint8_t *fdes = xcalloc(len / 8 + 1, 1);
	struct table t = {.bytes = eh_frame, .len = len, .fdes = fdes};
	const uint8_t *h = hdr;
	bool whole = false;
	bool tame = records_are_tame(&t, &whole);

	free(t.cies);
	if (!tame)
		return false;
	/* Without a table libdw goes along the chain: to its very end. */
	if (!h || (hdr_len >= 4 && h[2] == DW_EH_PE_omit &&
		   h[3] == DW_EH_PE_omit))
		return whole;
	return search_is_tame(&t, h, hdr_len, frame_off);
}
