// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/same.h"

#include <string.h>

#include <Zydis/Zydis.h>

#include "base/cleanup.h"

#define LONGEST_STRING 65536u
#define CONSTANT 16u /* bytes looked at where no instruction says how many */

/* Both of a pair, with what is being compared. */
struct pair {
	const struct side *a, *b;
	const struct side_symbol *x, *y;
	struct buf *why;
};

static uint64_t room(const struct side *s, uint64_t addr)
{
	const struct elf_section *sec = elf_section_at(s->image, addr, false);

	return sec && sec->data ? sec->h.sh_addr + sec->h.sh_size - addr : 0;
}

static bool same_bytes(const struct pair *p, uint64_t at_a, uint64_t at_b,
		       uint64_t len)
{
	const uint8_t *m = side_bytes(p->a, at_a, len);
	const uint8_t *n = side_bytes(p->b, at_b, len);

	return m && n && !memcmp(m, n, len);
}

static bool same_string(const struct pair *p, uint64_t at_a, uint64_t at_b)
{
	uint64_t m = room(p->a, at_a), n = room(p->b, at_b), most;

	most = m < n ? m : n;
	if (most > LONGEST_STRING)
		most = LONGEST_STRING;
	const uint8_t *s = side_bytes(p->a, at_a, most);
	const uint8_t *end = s ? memchr(s, 0, most) : NULL;
	return end && end > s &&
	       same_bytes(p, at_a, at_b, (uint64_t)(end - s) + 1);
}

/* The place in its function that an entry of a jump table leads to. */
static bool entry_offset(const struct side *s, const struct side_symbol *f,
			 uint64_t table, uint64_t i, unsigned int width,
			 uint64_t *ret)
{
	const uint8_t *bytes = side_bytes(s, table + i * width, width);
	uint64_t target;
	int32_t distance;

	if (!bytes)
		return false;
	if (width == sizeof(distance)) {
		memcpy(&distance, bytes, sizeof(distance));
		target = table + (uint64_t)(int64_t)distance;
	} else {
		memcpy(&target, bytes, sizeof(target));
	}
	*ret = target - f->addr;
	return *ret < f->size;
}

static bool same_table(const struct pair *p, uint64_t at_a, uint64_t at_b,
		       unsigned int width)
{
	uint64_t m, n, i = 0;

	/* up to where the first one ends, as far as can be told */
	while (entry_offset(p->a, p->x, at_a, i, width, &m)) {
		if (!entry_offset(p->b, p->y, at_b, i, width, &n) || m != n)
			return false;
		i++;
	}
	return i > 0;
}

/* `len` 0: how much is used isn't known. */
static bool same_content(const struct pair *p, uint64_t at_a, uint64_t at_b,
			 uint64_t len)
{
	uint64_t m = room(p->a, at_a), n = room(p->b, at_b);

	if (len)
		return same_bytes(p, at_a, at_b, len) ||
		       same_table(p, at_a, at_b, sizeof(uint64_t));
	/* The end of a section, as a limit for instance. */
	if (!m || !n)
		return m == n;
	len = m < n ? m : n;
	return same_string(p, at_a, at_b) ||
	       same_bytes(p, at_a, at_b, len < CONSTANT ? len : CONSTANT) ||
	       same_table(p, at_a, at_b, sizeof(int32_t)) ||
	       same_table(p, at_a, at_b, sizeof(uint64_t));
}

static bool is_content(const struct buf *text)
{
	static const char end[] = SIDE_CONTENT;
	size_t n = sizeof(end) - 1;

	return text->len > n && !memcmp(text->data + text->len - n, end, n);
}

static bool same_target(const struct pair *p, uint64_t at_a, uint64_t at_b,
			uint64_t len)
{
	_cleanup_(buf_deinit) struct buf m = BUF_INIT, n = BUF_INIT;

	if (at_a - p->x->addr < p->x->size && at_b - p->y->addr < p->y->size)
		return at_a - p->x->addr == at_b - p->y->addr;
	side_describe(p->a, at_a, &m);
	side_describe(p->b, at_b, &n);
	bool same = m.len && m.len == n.len &&
		    !memcmp(m.data, n.data, m.len) &&
		    (!is_content(&m) || same_content(p, at_a, at_b, len));
	if (!same && !p->why->len)
		buf_addf(p->why, "refers to %s, in the other to %s",
			 m.len ? m.data : "?", n.len ? n.data : "?");
	return same;
}

/* ---- instructions ---- */

struct insn {
	ZydisDecodedInstruction i;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	const uint8_t *bytes;
	uint64_t addr;
};

static bool decode(const ZydisDecoder *decoder, const struct side *s,
		   const struct side_symbol *f, uint64_t at, struct insn *ret)
{
	ret->addr = f->addr + at;
	ret->bytes = side_bytes(s, ret->addr, f->size - at);
	return ret->bytes &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeFull(decoder, ret->bytes,
						   f->size - at, &ret->i,
						   ret->operands));
}

static bool is_rip_relative(const struct insn *n)
{
	return (n->i.attributes & ZYDIS_ATTRIB_HAS_MODRM) &&
	       n->i.raw.modrm.mod == 0 && n->i.raw.modrm.rm == 5;
}

/* Bytes that the instruction reads or writes there; 0: it takes the address. */
static uint64_t operand_size(const struct insn *n)
{
	for (unsigned int i = 0; i < n->i.operand_count; i++) {
		const ZydisDecodedOperand *op = &n->operands[i];

		if (op->type == ZYDIS_OPERAND_TYPE_MEMORY)
			return op->mem.type == ZYDIS_MEMOP_TYPE_MEM
				       ? op->size / 8
				       : 0;
	}
	return 0;
}

static bool is_address(const struct side *s, uint64_t value)
{
	return s->image->ehdr.e_type == ET_EXEC &&
	       elf_section_at(s->image, value, true);
}

/* A field of both: is it the same, or an address of the same thing? */
static bool same_field(const struct pair *p, const struct insn *m,
		       const struct insn *n, unsigned int offset,
		       unsigned int bits, bool relative, uint64_t in_m,
		       uint64_t in_n, uint64_t len)
{
	if (relative)
		return same_target(p, m->addr + m->i.length + in_m,
				   n->addr + n->i.length + in_n, len);
	if (bits < 32 || !is_address(p->a, in_m) || !is_address(p->b, in_n))
		return !memcmp(m->bytes + offset, n->bytes + offset, bits / 8);
	return same_target(p, in_m, in_n, len);
}

static void hide(uint8_t *bytes, unsigned int offset, unsigned int bits)
{
	memset(bytes + offset, 0, bits / 8);
}

static bool same_insn(const struct pair *p, const struct insn *m,
		      const struct insn *n)
{
	uint8_t left[ZYDIS_MAX_INSTRUCTION_LENGTH];
	uint8_t right[ZYDIS_MAX_INSTRUCTION_LENGTH];

	if (m->i.length != n->i.length ||
	    m->i.raw.disp.offset != n->i.raw.disp.offset ||
	    m->i.raw.disp.size != n->i.raw.disp.size)
		return false;
	memcpy(left, m->bytes, m->i.length);
	memcpy(right, n->bytes, n->i.length);
	if (m->i.raw.disp.size) {
		if (!same_field(p, m, n, m->i.raw.disp.offset,
				m->i.raw.disp.size, is_rip_relative(m),
				(uint64_t)m->i.raw.disp.value,
				(uint64_t)n->i.raw.disp.value, operand_size(m)))
			return false;
		hide(left, m->i.raw.disp.offset, m->i.raw.disp.size);
		hide(right, m->i.raw.disp.offset, m->i.raw.disp.size);
	}
	for (unsigned int k = 0; k < 2 && m->i.raw.imm[k].size; k++) {
		if (!same_field(p, m, n, m->i.raw.imm[k].offset,
				m->i.raw.imm[k].size,
				m->i.raw.imm[k].is_relative,
				m->i.raw.imm[k].value.u,
				n->i.raw.imm[k].value.u, 0))
			return false;
		hide(left, m->i.raw.imm[k].offset, m->i.raw.imm[k].size);
		hide(right, m->i.raw.imm[k].offset, m->i.raw.imm[k].size);
	}
	return !memcmp(left, right, m->i.length);
}

bool same_function(const struct side *a, const struct side_symbol *x,
		   const struct side *b, const struct side_symbol *y,
		   uint64_t *ret_at, struct buf *why)
{
	struct pair p = {a, b, x, y, why};
	ZydisDecoder decoder;
	uint64_t at = 0;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	while (at < x->size && at < y->size) {
		struct insn m, n;
		unsigned int length = 1;
		bool same;

		if (decode(&decoder, a, x, at, &m) &&
		    decode(&decoder, b, y, at, &n)) {
			same = same_insn(&p, &m, &n);
			length = m.i.length;
		} else {
			same = same_bytes(&p, x->addr + at, y->addr + at, 1);
		}
		if (!same) {
			*ret_at = at;
			if (!why->len)
				buf_add_str(why, "other instructions");
			return false;
		}
		at += length;
	}
	*ret_at = at;
	if (x->size != y->size)
		buf_addf(why, "%llu bytes, in the other %llu",
			 (unsigned long long)x->size,
			 (unsigned long long)y->size);
	return x->size == y->size;
}

/* ---- variables ---- */

/* 8 bytes that hold an address in both, of the same thing. */
static bool same_word(const struct pair *p, uint64_t at_a, uint64_t at_b)
{
	_cleanup_(buf_deinit) struct buf m = BUF_INIT, n = BUF_INIT;
	const struct side_rela *r = side_rela_at(p->a, at_a);
	const struct side_rela *q = side_rela_at(p->b, at_b);
	const uint8_t *s = side_bytes(p->a, at_a, sizeof(uint64_t));
	const uint8_t *t = side_bytes(p->b, at_b, sizeof(uint64_t));
	uint64_t in_a, in_b;

	if (!s || !t || !r != !q)
		return false;
	memcpy(&in_a, s, sizeof(in_a));
	memcpy(&in_b, t, sizeof(in_b));
	if (!r)
		return is_address(p->a, in_a) && is_address(p->b, in_b) &&
		       same_target(p, in_a, in_b, 0);
	if (r->type != q->type)
		return false;
	if (r->type == R_X86_64_RELATIVE)
		return same_target(p, r->addend, q->addend, 0);
	side_describe_rela(p->a, r, &m);
	side_describe_rela(p->b, q, &n);
	return m.len && m.len == n.len && !memcmp(m.data, n.data, m.len);
}

bool same_variable(const struct side *a, const struct side_symbol *x,
		   const struct side *b, const struct side_symbol *y,
		   uint64_t *ret_at, struct buf *why)
{
	struct pair p = {a, b, x, y, why};
	const uint8_t *m = side_bytes(a, x->addr, x->size);
	const uint8_t *n = side_bytes(b, y->addr, y->size);

	*ret_at = 0;
	if (x->size != y->size) {
		buf_addf(why, "%llu bytes, in the other %llu",
			 (unsigned long long)x->size,
			 (unsigned long long)y->size);
		return false;
	}
	if (!m != !n)
		buf_add_str(why, "zeroed in one of them");
	if (!m || !n)
		return !m && !n;
	while (*ret_at < x->size) {
		uint64_t at = *ret_at;
		bool is_word = x->size - at >= 8 && at % 8 == 0;
		bool is_filled = is_word &&
				 (side_rela_at(a, x->addr + at) ||
				  side_rela_at(b, y->addr + at));

		if (is_filled || (is_word && memcmp(m + at, n + at, 8))) {
			if (!same_word(&p, x->addr + at, y->addr + at)) {
				if (!why->len)
					buf_add_str(why, "other contents");
				return false;
			}
			*ret_at += 8;
		} else if (m[at] != n[at]) {
			buf_add_str(why, "other contents");
			return false;
		} else {
			*ret_at += is_word ? 8 : 1;
		}
	}
	return true;
}
