// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of FDEs that a patch gets for unwinding runtimes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/link.h"
#include "patch_builder.h"

#define LEN 16
#define R_ADDR 0x7f0000010000ull
#define RX_ADDR 0x7f0000020000ull
#define RW_ADDR 0x7f0000030000ull
#define CIE_LEN 24u
#define FDE_LEN 24u

static const uint64_t parts[LINK_PARTS] = {R_ADDR, RX_ADDR, RW_ADDR};

/* As kpatch_gensrc writes it: "zR", pcrel|sdata4. */
static const uint8_t cie[CIE_LEN] = {
	20, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b,
	0xc, 7, 8, 0x90, 1,
};

struct sample {
	struct builder b;
	struct kpfile kp;
	struct linked *l;
	uint8_t frame[CIE_LEN + 2 * FDE_LEN];
};

static void put(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* FDEs of 16 bytes at text + 16 and of 8 at text: not in order. */
static void fill_frame(struct sample *s)
{
	uint8_t *f = s->frame;

	memset(s, 0, sizeof(*s));
	memcpy(f, cie, CIE_LEN);
	for (uint32_t i = 0; i < 2; i++) {
		uint8_t *fde = f + CIE_LEN + i * FDE_LEN;

		put(fde, FDE_LEN - 4);
		put(fde + 4, CIE_LEN + i * FDE_LEN + 4);
		put(fde + 12, i ? 8 : LEN);
	}
}

static void build(struct sample *s)
{
	static const uint8_t nops[2 * LEN] = {0x90};
	struct kpatch_info e = {.dlen = LEN, .slen = LEN};
	struct builder *b = &s->b;

	builder_init(b);
	uint16_t otext = add_stub(b, ".text", SHF_ALLOC | SHF_EXECINSTR,
				  0x1000, 0x100);
	uint16_t text = add_section(b, ".kpatch.text",
				    SHF_ALLOC | SHF_EXECINSTR, 16);
	uint16_t frame = add_section(b, ".kpatch.eh_frame", SHF_ALLOC, 8);
	uint16_t info = add_section(b, ".kpatch.info", SHF_ALLOC, 8);
	uint16_t strtab = add_section(b, ".kpatch.strtab", SHF_ALLOC, 1);
	uint16_t orig = add_section(b, ".kpatch.orig", SHF_ALLOC, 1);
	add_data(b, text, nops, sizeof(nops));
	add_data(b, frame, s->frame, sizeof(s->frame));
	add_data(b, info, &e, sizeof(e));
	add_data(b, strtab, "f", 2);
	add_data(b, orig, nops, LEN);
	uint32_t s_orig = add_symbol(b, "", STT_SECTION, otext, 0);
	uint32_t s_text = add_symbol(b, "", STT_SECTION, text, 0);
	uint32_t s_name = add_symbol(b, "", STT_SECTION, strtab, 0);
	add_reloc(b, info, 0, R_X86_64_64, s_orig, 0x40);
	add_reloc(b, info, 16, R_X86_64_64, s_text, 0);
	add_reloc(b, info, 32, R_X86_64_64, s_name, 0);
	add_reloc(b, frame, CIE_LEN + 8, R_X86_64_PC32, s_text, LEN);
	add_reloc(b, frame, CIE_LEN + FDE_LEN + 8, R_X86_64_PC32, s_text, 0);
	build_patch(b, &s->kp);
}

static size_t link_it(struct sample *s, uint64_t *ret_off)
{
	static const struct link_env env = {.load_bias = 0x7f0000000000};
	size_t len;

	build(s);
	assert_null(link_load(&s->kp, &s->l));
	assert_null(link_resolve(s->l, &env, parts));
	linked_eh_frame_hdr(s->l, ret_off, &len);
	return len;
}

static void sample_deinit(struct sample *s)
{
	linked_free(s->l);
	kpfile_deinit(&s->kp);
	builder_deinit(&s->b);
}

/* An offset from the table, which is the base of datarel. */
static uint64_t entry(const uint8_t *hdr, uint64_t addr, size_t word)
{
	int32_t v;

	memcpy(&v, hdr + 12 + word * 4, sizeof(v));
	return addr + (uint64_t)(int64_t)v;
}

static void functions_are_in_order(void **state)
{
	struct sample s;
	uint64_t off, frame_off;
	size_t frame_len, n;
	int32_t to_frame;

	(void)state;
	fill_frame(&s);
	assert_int_equal(link_it(&s, &off), 12 + 2 * 8);
	const uint8_t *hdr = linked_bytes(s.l, LINK_R) + off;
	assert_memory_equal(hdr, "\x01\x1b\x03\x3b", 4);
	linked_eh_frame(s.l, &frame_off, &frame_len);
	memcpy(&to_frame, hdr + 4, sizeof(to_frame));
	assert_int_equal(off + 4 + (uint64_t)(int64_t)to_frame, frame_off);
	assert_memory_equal(hdr + 8, "\x02\0\0\0", 4);
	uint64_t at = R_ADDR + off, frame = R_ADDR + frame_off;
	assert_int_equal(entry(hdr, at, 0), RX_ADDR);
	assert_int_equal(entry(hdr, at, 1), frame + CIE_LEN + FDE_LEN);
	assert_int_equal(entry(hdr, at, 2), RX_ADDR + LEN);
	assert_int_equal(entry(hdr, at, 3), frame + CIE_LEN);
	const struct link_hunk *h = linked_hunks(s.l, &n);
	assert_int_equal(n, 2);
	assert_true(h[1].is_data && h[1].is_new);
	assert_false(linked_has_personality(s.l));
	sample_deinit(&s);
}

/* What isn't as gensrc writes it never reaches the patient's runtime. */
static void other_data_has_no_table(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint32_t value;
	} t[] = {
		{"a CIE that is too short", 0, 4},
		{"a length beyond the end", 0, 4096},
		{"a length of 64 bits", 0, 0xffffffff},
		{"an end in the middle", CIE_LEN, 0},
		{"another version", 8, 0x00527a03},
		{"no augmentation", 8, 0x01000001},
		{"an unknown augmentation", 8, 0x00517a01},
		{"an absolute encoding", 16, 0x08070c00},
		{"augmentation data beyond the CIE", 15, 0x070c1b40},
		{"an FDE without CIE", CIE_LEN + 4, 4096},
		{"an FDE of an FDE", CIE_LEN + FDE_LEN + 4, FDE_LEN + 4},
		{"an FDE that is too short", CIE_LEN, 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sample s;
		uint64_t off;

		fill_frame(&s);
		put(s.frame + t[i].at, t[i].value);
		if (link_it(&s, &off))
			fail_msg("%s: there is a table", t[i].what);
		size_t n;
		linked_hunks(s.l, &n);
		assert_int_equal(n, 1);
		sample_deinit(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_in_order),
		cmocka_unit_test(other_data_has_no_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
