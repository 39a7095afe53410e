// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is written where: a jump of 5 bytes behind the function's endbr64, if
 * it has one (indirect calls still find it), else at its entry. A function
 * that is shorter lends bytes of the padding behind it, if that is padding in
 * memory as well.
 */
#include <Zydis/Zydis.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor/plan.h"

#define JUMP_LEN 5u
#define ENDBR64 "\xf3\x0f\x1e\xfa"
#define ENDBR64_LEN 4u
#define MAX_FUNCTION ((uint64_t)64 << 20)

/*
 * Puts aside what the old patch has written in [addr, addr + len): `code` gets
 * the original's bytes. Fails if somebody has written over the jump.
 */
static struct error *undo_old(const struct state *old, uint64_t addr,
			      uint8_t *code, uint64_t len)
{
	for (uint32_t i = 0; old && i < old->header->nhunks; i++) {
		const struct state_hunk *h = &old->hunks[i];

		for (uint32_t k = 0; k < h->write_len; k++) {
			uint64_t at = h->write_addr + k - addr;

			if (at >= len)
				continue;
			if (code[at] != h->intended[k])
				return error_new(ERR_FAILED,
						 "the jump of the patch that "
						 "is applied was written over "
						 "by somebody else");
			code[at] = h->undo[k];
		}
	}
	return NULL;
}

/* The original's code in memory; `code` has room for h->orig_len + extra. */
static struct error *read_code(struct target *t, const struct change *c,
			       const struct link_hunk *h, uint64_t extra,
			       uint8_t *code)
{
	uint64_t addr = c->obj->load_bias + h->orig_vaddr;
	uint64_t len = h->orig_len + extra;

	TRY(target_read(t, addr, code, len));
	return undo_old(c->old, addr, code, len);
}

/* Whatever addresses the file has: other objects' code isn't its business. */
static bool is_own_code(const struct object *obj, uint64_t vaddr, uint64_t len)
{
	for (size_t i = 0; i < obj->nsegments; i++) {
		const Elf64_Phdr *p = &obj->segments[i];

		if (p->p_type == PT_LOAD && p->p_flags & PF_X &&
		    vaddr >= p->p_vaddr && vaddr - p->p_vaddr <= p->p_memsz &&
		    len <= p->p_memsz - (vaddr - p->p_vaddr))
			return true;
	}
	return false;
}

static struct error *verify_code(const struct link_hunk *h,
				 const uint8_t *code)
{
	for (uint64_t i = 0; i < h->orig_len; i++) {
		if (code[i] == h->orig_bytes[i])
			continue;
		return error_new(ERR_FAILED,
				 "the code in memory is not what the patch was "
				 "made for (at +%#" PRIx64 ": %02x instead of "
				 "%02x); another tool's hook, a breakpoint, or "
				 "another build",
				 i, code[i], h->orig_bytes[i]);
	}
	return NULL;
}

/* Whether all of it is NOPs and int3s, ending with an instruction's end. */
static bool is_padding(const uint8_t *code, size_t len, size_t needed)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction insn;
	size_t at = 0;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
			 ZYDIS_STACK_WIDTH_64);
	while (at < needed) {
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
			    &decoder, NULL, code + at, len - at, &insn)))
			return false;
		/* xchg %ax,%ax is a NOP that has kept its old name. */
		if (insn.mnemonic != ZYDIS_MNEMONIC_NOP &&
		    insn.mnemonic != ZYDIS_MNEMONIC_INT3 &&
		    !(insn.mnemonic == ZYDIS_MNEMONIC_XCHG &&
		      insn.opcode == 0x90))
			return false;
		at += insn.length;
	}
	return true;
}

static struct error *too_short(const struct link_hunk *h)
{
	return error_new(ERR_FAILED,
			 "the function is too short to be replaced: %" PRIu64
			 " bytes, and %u of padding behind it; a jump has %u",
			 h->orig_len, h->padding, JUMP_LEN);
}

static struct error *fill_jump(const struct link_hunk *h, const uint8_t *code,
			       struct state_hunk *out)
{
	uint64_t room = h->orig_len + h->padding;
	uint64_t at = 0;

	if (room >= ENDBR64_LEN + JUMP_LEN && h->orig_len >= ENDBR64_LEN &&
	    !memcmp(code, ENDBR64, ENDBR64_LEN))
		at = ENDBR64_LEN;
	uint64_t end = at + JUMP_LEN;
	if (end > room || (end > h->orig_len &&
			   !is_padding(code + h->orig_len, h->padding,
				       end - h->orig_len)))
		return too_short(h);
	int64_t rel = (int64_t)(out->new_addr -
				(out->orig_addr + at + JUMP_LEN));
	int32_t rel32 = (int32_t)rel;
	if (rel != rel32)
		return error_new(ERR_FAILED, "the new function is too far away");
	out->write_addr = out->orig_addr + at;
	out->write_len = JUMP_LEN;
	memcpy(out->undo, code + at, JUMP_LEN);
	out->intended[0] = 0xe9;
	memcpy(out->intended + 1, &rel32, sizeof(rel32));
	return NULL;
}

static struct error *fill_hunk(struct target *t, const struct change *c,
			       const struct link_hunk *h,
			       struct state_hunk *out)
{
	if (h->is_new)
		return NULL;
	uint64_t extra = h->orig_len < ENDBR64_LEN + JUMP_LEN ? h->padding : 0;
	if (h->orig_len > MAX_FUNCTION || extra > 4096)
		return error_new(ERR_BADFILE, "impossible length");
	if (!is_own_code(c->obj, h->orig_vaddr, h->orig_len))
		return error_new(ERR_BADFILE,
				 "the original function is not in the code of "
				 "%s", c->obj->path);
	_autofree_ uint8_t *code = xmalloc(h->orig_len + extra);

	TRY(read_code(t, c, h, extra, code));
	TRY(verify_code(h, code));
	return h->range_only ? NULL : fill_jump(h, code, out);
}

struct error *change_fill_hunks(struct target *t, struct change *c)
{
	size_t n;
	const struct link_hunk *hunks = linked_hunks(c->linked, &n);

	for (size_t i = 0; i < n; i++)
		TRY(error_context(fill_hunk(t, c, &hunks[i], &c->new.hunks[i]),
				  "%s", hunks[i].name));
	return NULL;
}

/* Old jumps that the new patch has no function for are checked here too. */
static struct error *verify_old(struct target *t, const struct state *old)
{
	for (uint32_t i = 0; old && i < old->header->nhunks; i++) {
		const struct state_hunk *h = &old->hunks[i];
		uint8_t code[STATE_MAX_WRITE];

		if (!h->write_len)
			continue;
		TRY(target_read(t, h->write_addr, code, h->write_len));
		TRY(error_context(undo_old(old, h->write_addr, code,
					   h->write_len),
				  "%s", state_hunk_name(old, h)));
	}
	return NULL;
}

static struct error *verify_word(struct target *t, const struct state *s,
				 const struct state_hunk *h)
{
	uint8_t now[STATE_MAX_WRITE];

	TRY(target_read(t, h->write_addr, now, h->write_len));
	if (!memcmp(now, h->undo, h->write_len))
		return NULL;
	return error_new(ERR_FAILED, "%s: changed by somebody else meanwhile",
			 state_hunk_name(s, h));
}

struct error *change_verify_code(struct target *t, const struct change *c)
{
	size_t n = 0;
	const struct link_hunk *hunks =
		c->has_new ? linked_hunks(c->linked, &n) : NULL;

	TRY(verify_old(t, c->old));
	for (size_t i = 0; i < n; i++) {
		const struct link_hunk *h = &hunks[i];

		if (h->is_data)
			TRY(verify_word(t, &c->new, &c->new.hunks[i]));
		if (h->is_new)
			continue;
		_autofree_ uint8_t *code = xmalloc(h->orig_len);
		struct error *err = read_code(t, c, h, 0, code);
		if (!err)
			err = verify_code(h, code);
		TRY(error_context(err, "%s", h->name));
	}
	return NULL;
}
