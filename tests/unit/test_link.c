// SPDX-License-Identifier: GPL-2.0-or-later
/* Patch objects built here, linked for made-up addresses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "link/link.h"
#include "patch_builder.h"

#define BIAS 0x555500000000ull
#define R_ADDR 0x555500100000ull
#define RX_ADDR 0x555500200000ull
#define RW_ADDR 0x555500300000ull
#define NEAR 0x555500400000ull /* where near imports are */
#define FAR 0x7fff00001000ull
#define LEN 0x10 /* of the original and of the new function */

static const uint64_t parts[LINK_PARTS] = {R_ADDR, RX_ADDR, RW_ADDR};

/* One replaced function `f` at vaddr 0x1040, and what it may refer to. */
struct sample {
	struct builder b;
	struct kpfile kp;
	struct linked *l;
	uint16_t text, rodata, data, info, strtab, orig, otext, odata, otls;
	uint32_t s_new, s_orig, s_name, s_odata, s_const, s_near, s_far, s_tls,
		s_ext_tls, s_none;
};

static const uint8_t nops[LEN] = {0x90, 0x90};

static void sample_init(struct sample *s)
{
	struct builder *b = &s->b;
	struct kpatch_info e = {.dlen = LEN, .slen = LEN,
				.flags = 4ull << 32};

	memset(s, 0, sizeof(*s));
	builder_init(b);
	s->otext = add_stub(b, ".text", SHF_ALLOC | SHF_EXECINSTR, 0x1000,
			    0x100);
	s->odata = add_stub(b, ".data", SHF_ALLOC | SHF_WRITE, 0x4000, 0x100);
	s->otls = add_stub(b, ".tbss", SHF_ALLOC | SHF_WRITE | SHF_TLS, 0x5000,
			   0x40);
	s->text = add_section(b, ".kpatch.text", SHF_ALLOC | SHF_EXECINSTR, 16);
	s->rodata = add_section(b, ".kpatch.rodata", SHF_ALLOC, 8);
	s->data = add_section(b, ".kpatch.data", SHF_ALLOC | SHF_WRITE, 8);
	s->info = add_section(b, ".kpatch.info", SHF_ALLOC, 8);
	s->strtab = add_section(b, ".kpatch.strtab", SHF_ALLOC, 1);
	s->orig = add_section(b, ".kpatch.orig", SHF_ALLOC, 1);
	add_data(b, s->text, nops, LEN);
	add_data(b, s->rodata, "constant", 8);
	add_data(b, s->data, "12345678", 8);
	add_data(b, s->info, &e, sizeof(e));
	add_data(b, s->strtab, "f", 2);
	add_data(b, s->orig, "0123456789abcdef", LEN);
	s->s_orig = add_symbol(b, "", STT_SECTION, s->otext, 0);
	s->s_odata = add_symbol(b, "", STT_SECTION, s->odata, 0);
	s->s_new = add_symbol(b, "f.kpatch", STT_FUNC, s->text, 0);
	s->s_name = add_symbol(b, "", STT_SECTION, s->strtab, 0);
	s->s_const = add_symbol(b, ".LC0.kpatch", STT_OBJECT, s->rodata, 4);
	s->s_near = add_symbol(b, "near@V1", STT_NOTYPE, SHN_UNDEF, 0);
	s->s_far = add_symbol(b, "far", STT_NOTYPE, SHN_UNDEF, 0);
	s->s_tls = add_symbol(b, "mine", STT_TLS, s->otls, 0x18);
	s->s_ext_tls = add_symbol(b, "errno", STT_TLS, SHN_UNDEF, 0);
	s->s_none = add_symbol(b, "none", STT_NOTYPE, SHN_UNDEF, 0);
	add_reloc(b, s->info, 0, R_X86_64_64, s->s_orig, 0x40);
	add_reloc(b, s->info, 16, R_X86_64_64, s->s_new, 0);
	add_reloc(b, s->info, 32, R_X86_64_64, s->s_name, 0);
}

static void sample_deinit(struct sample *s)
{
	linked_free(s->l);
	kpfile_deinit(&s->kp);
	builder_deinit(&s->b);
}

static struct error *env_symbol(void *arg, const char *name,
				const char *version, enum link_use use,
				uint64_t *ret, bool *ret_function)
{
	(void)arg;
	*ret_function = true;
	if (!strcmp(name, "near") && version && !strcmp(version, "V1")) {
		*ret = NEAR + (use == LINK_ADDRESS ? 0x800 : 0);
		return NULL;
	}
	if (!strcmp(name, "far") && !version) {
		*ret = FAR;
		return NULL;
	}
	return error_new(ERR_FAILED, "nobody defines it");
}

static struct error *env_tls(void *arg, const char *name, const char *version,
			     int64_t *ret)
{
	(void)arg;
	assert_string_equal(name, "errno");
	assert_null(version);
	*ret = -0x80;
	return NULL;
}

static struct error *env_own_tls(void *arg, uint64_t off, int64_t *ret)
{
	(void)arg;
	*ret = (int64_t)off - 0x40;
	return NULL;
}

static struct error *env_module(void *arg, const char *name,
				const char *version, uint64_t *ret_module,
				uint64_t *ret_off)
{
	(void)arg;
	(void)version;
	*ret_module = name ? 2 : 1;
	*ret_off = 0x70;
	return NULL;
}

static const struct link_env env = {
	.load_bias = BIAS,
	.symbol = env_symbol,
	.tls_offset = env_tls,
	.own_tls_offset = env_own_tls,
	.tls_module = env_module,
};

static struct error *sample_link(struct sample *s)
{
	build_patch(&s->b, &s->kp);
	TRY(link_load(&s->kp, &s->l));
	return link_resolve(s->l, &env, parts);
}

static void expect(struct error *err, enum error_code code, const char *text)
{
	assert_non_null(err);
	if (!strstr(err->message, text))
		fail_msg("\"%s\" is not in \"%s\"", text, err->message);
	assert_int_equal(err->code, code);
	error_free(err);
}

static void hunks_come_from_info(void **state)
{
	struct sample s;
	size_t n;

	(void)state;
	sample_init(&s);
	assert_null(sample_link(&s));
	const struct link_hunk *h = linked_hunks(s.l, &n);
	assert_int_equal(n, 1);
	assert_string_equal(h->name, "f");
	assert_int_equal(h->orig_vaddr, 0x1040);
	assert_int_equal(h->orig_len, LEN);
	assert_int_equal(h->padding, 4);
	assert_int_equal(h->new_off, 0);
	assert_int_equal(h->new_len, LEN);
	assert_false(h->range_only || h->is_new);
	assert_memory_equal(h->orig_bytes, "0123456789abcdef", LEN);
	assert_int_equal(linked_size(s.l, LINK_R), 4096);
	assert_int_equal(linked_size(s.l, LINK_RX), 4096);
	assert_int_equal(linked_size(s.l, LINK_RW), 4096);
	assert_string_equal(linked_import(s.l, 0), "near@V1");
	assert_null(linked_import(s.l, 4));
	/* Between sections of code there is nothing to run. */
	assert_int_equal(linked_bytes(s.l, LINK_RX)[LEN], 0xcc);
	sample_deinit(&s);
}

/* The relocation stands at .kpatch.text+4; expected is the field's value. */
static void each_relocation_has_its_value(void **state)
{
	const uint64_t p = RX_ADDR + 4;
	struct sample s;

	(void)state;
	sample_init(&s); /* for the symbols' numbers */
	const struct {
		uint32_t type, sym;
		int64_t addend;
		uint64_t value;
	} t[] = {
		{R_X86_64_64, s.s_odata, 8, BIAS + 0x4008},
		{R_X86_64_64, s.s_const, 1, R_ADDR + 5},
		{R_X86_64_64, s.s_far, 0, FAR},
		{R_X86_64_64, s.s_near, 2, NEAR + 0x802},
		{R_X86_64_PC64, s.s_far, 0, FAR - p},
		{R_X86_64_PC32, s.s_const, -4, R_ADDR + 4 - 4 - p},
		{R_X86_64_PC32, s.s_orig, 0x3c, BIAS + 0x103c - p},
		{R_X86_64_PC32, s.s_near, -4, NEAR + 0x800 - 4 - p},
		{R_X86_64_PLT32, s.s_near, -4, NEAR - 4 - p},
		{R_X86_64_TPOFF32, s.s_tls, 1, (uint64_t)-0x27},
		{R_X86_64_TPOFF64, s.s_tls, 0, (uint64_t)-0x28},
		{R_X86_64_TPOFF32, s.s_ext_tls, 0, (uint64_t)-0x80},
		{R_X86_64_DTPMOD64, s.s_tls, 0, 1},
		{R_X86_64_DTPMOD64, s.s_ext_tls, 0, 2},
		{R_X86_64_DTPOFF64, s.s_tls, 0, 0x18},
		{R_X86_64_DTPOFF32, s.s_tls, 4, 0x1c},
		{R_X86_64_DTPOFF64, s.s_ext_tls, 0, 0x70},
	};
	sample_deinit(&s);

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint64_t value = 0;
		size_t width = t[i].type == R_X86_64_64 ||
			       t[i].type == R_X86_64_PC64 ||
			       t[i].type == R_X86_64_TPOFF64 ||
			       t[i].type == R_X86_64_DTPMOD64 ||
			       t[i].type == R_X86_64_DTPOFF64 ? 8 : 4;
		uint64_t mask = width == 8 ? ~0ull : 0xffffffffull;

		sample_init(&s);
		add_reloc(&s.b, s.text, 4, t[i].type, t[i].sym, t[i].addend);
		struct error *err = sample_link(&s);
		if (err)
			fail_msg("case %zu: %s", i, err->message);
		memcpy(&value, linked_bytes(s.l, LINK_RX) + 4, width);
		if (value != (t[i].value & mask))
			fail_msg("case %zu: %#llx, expected %#llx", i,
				 (unsigned long long)value,
				 (unsigned long long)(t[i].value & mask));
		/* Nothing behind the field is touched. */
		assert_int_equal(linked_bytes(s.l, LINK_RX)[4 + width], 0);
		sample_deinit(&s);
	}
}

static void got_slots_hold_addresses(void **state)
{
	const uint32_t types[] = {R_X86_64_GOTPCREL, R_X86_64_GOTPCRELX,
				  R_X86_64_REX_GOTPCRELX, R_X86_64_GOTTPOFF};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct sample s;
		bool tls = types[i] == R_X86_64_GOTTPOFF;
		int32_t rel;
		uint64_t value;

		sample_init(&s);
		add_reloc(&s.b, s.text, 4, types[i],
			  tls ? s.s_ext_tls : s.s_far, -4);
		assert_null(sample_link(&s));
		memcpy(&rel, linked_bytes(s.l, LINK_RX) + 4, 4);
		uint64_t slot = RX_ADDR + 8 + (uint64_t)(int64_t)rel - R_ADDR;
		assert_true(slot + 8 <= linked_size(s.l, LINK_R));
		memcpy(&value, linked_bytes(s.l, LINK_R) + slot, 8);
		assert_int_equal(value, tls ? (uint64_t)-0x80 : FAR);
		sample_deinit(&s);
	}
}

/* endbr64; jmp *slot(%rip), and the slot holds the function. */
static void far_calls_go_through_the_jump_table(void **state)
{
	const struct {
		uint8_t opcode[2];
		uint32_t type;
	} t[] = {
		{{0x90, 0xe8}, R_X86_64_PLT32}, {{0x90, 0xe8}, R_X86_64_PC32},
		{{0x90, 0xe9}, R_X86_64_PC32},	{{0x0f, 0x85}, R_X86_64_PC32},
		{{0x48, 0x8d}, R_X86_64_PC32}, /* an address of a function */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sample s;
		int32_t rel;
		uint64_t value;

		sample_init(&s);
		memcpy(s.b.sections[s.text].data.data + 2, t[i].opcode, 2);
		add_reloc(&s.b, s.text, 4, t[i].type, s.s_far, -4);
		assert_null(sample_link(&s));
		const uint8_t *rx = linked_bytes(s.l, LINK_RX);
		memcpy(&rel, rx + 4, 4);
		const uint8_t *jump = rx + 8 + rel;
		assert_ptr_equal(jump, rx + LEN);
		assert_memory_equal(jump, "\xf3\x0f\x1e\xfa\xff\x25", 6);
		memcpy(&rel, jump + 6, 4);
		uint64_t slot = RX_ADDR + (uint64_t)(jump + 10 - rx) +
				(uint64_t)(int64_t)rel - R_ADDR;
		memcpy(&value, linked_bytes(s.l, LINK_R) + slot, 8);
		assert_int_equal(value, FAR);
		sample_deinit(&s);
	}
}

static void what_does_not_fit_is_refused_by_name(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s);
	const struct {
		uint32_t type, sym;
		int64_t addend;
		const char *text;
	} t[] = {
		{R_X86_64_32, s.s_odata, 0,
		 ".kpatch.text+0x4: reference to .data: R_X86_64_32 does not "
		 "fit"},
		{R_X86_64_32S, s.s_const, 0, "reference to .LC0.kpatch"},
		{R_X86_64_PC32, s.s_far, 0x10, "reference to far"},
		{R_X86_64_PC32, s.s_none, -4, "none: nobody defines it"},
		{R_X86_64_GOTPCREL, s.s_none, -4, "none: nobody defines it"},
	};
	sample_deinit(&s);

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		sample_init(&s);
		add_reloc(&s.b, s.text, 4, t[i].type, t[i].sym, t[i].addend);
		expect(sample_link(&s), ERR_FAILED, t[i].text);
		sample_deinit(&s);
	}
}

/* Each breaks a good sample; the message is what link_load() says of it. */
static void b_flags(struct sample *s)
{
	s->b.sections[s->rodata].sh.sh_flags |= 1u << 27;
}
static void b_wx(struct sample *s)
{
	s->b.sections[s->text].sh.sh_flags |= SHF_WRITE;
}
static void b_align(struct sample *s)
{
	s->b.sections[s->data].sh.sh_addralign = 12;
}
static void b_huge(struct sample *s)
{
	s->b.sections[s->data].sh.sh_type = SHT_NOBITS;
	s->b.sections[s->data].sh.sh_size = ~0ull - 8;
}
static void b_stub_wraps(struct sample *s)
{
	s->b.sections[s->otext].sh.sh_addr = ~0ull - 8;
}
static void b_not_stub(struct sample *s)
{
	s->b.sections[s->odata].sh.sh_type = SHT_PROGBITS;
}
static void b_symbol_section(struct sample *s)
{
	s->b.symbols[s->s_const].st_shndx = 0x7000;
}
static void b_symbol_value(struct sample *s)
{
	s->b.symbols[s->s_const].st_value = 9;
}
static void b_symbol_name(struct sample *s)
{
	s->b.symbols[s->s_const].st_name = 0x100000;
}
static void b_reloc_type(struct sample *s)
{
	add_reloc(&s->b, s->text, 4, R_X86_64_TLSGD, s->s_tls, 0);
}
static void b_reloc_type_unknown(struct sample *s)
{
	add_reloc(&s->b, s->text, 4, 0xffffffff, s->s_tls, 0);
}
static void b_reloc_offset(struct sample *s)
{
	add_reloc(&s->b, s->text, LEN - 3, R_X86_64_PC32, s->s_const, 0);
}
static void b_reloc_symbol(struct sample *s)
{
	add_reloc(&s->b, s->text, 4, R_X86_64_PC32, 77, 0);
}
static void b_reloc_no_tls(struct sample *s)
{
	add_reloc(&s->b, s->text, 4, R_X86_64_TPOFF32, s->s_const, 0);
}
static void b_reloc_tls(struct sample *s)
{
	add_reloc(&s->b, s->text, 4, R_X86_64_PC32, s->s_tls, 0);
}
static void b_reloc_stub(struct sample *s)
{
	add_reloc(&s->b, s->odata, 0, R_X86_64_64, s->s_const, 0);
}
static void b_info_size(struct sample *s)
{
	s->b.sections[s->info].data.len -= 8;
}
static void b_info_flags(struct sample *s)
{
	s->b.sections[s->info].data.data[40] = 4;
}
static void b_info_outside(struct sample *s)
{
	s->b.sections[s->otext].sh.sh_size = 0x4f;
}
static void b_info_data(struct sample *s)
{
	s->b.sections[s->otext].sh.sh_flags = SHF_ALLOC;
}
static void b_info_new_outside(struct sample *s)
{
	s->b.sections[s->info].data.data[24] = LEN + 1;
}
static void b_info_twice(struct sample *s)
{
	add_reloc(&s->b, s->info, 32, R_X86_64_64, s->s_name, 0);
}
static void b_info_length_reloc(struct sample *s)
{
	add_reloc(&s->b, s->info, 8, R_X86_64_64, s->s_name, 0);
}
static void b_name_open(struct sample *s)
{
	s->b.sections[s->strtab].data.len = 1;
}
static void b_name_control(struct sample *s)
{
	s->b.sections[s->strtab].data.data[0] = '\n';
}
static void b_orig_short(struct sample *s)
{
	s->b.sections[s->orig].data.len--;
}
static void b_orig_long(struct sample *s)
{
	add_data(&s->b, s->orig, "", 1);
}
static void b_overlap(struct sample *s)
{
	struct kpatch_info e = {.dlen = 1, .flags = KPATCH_INFO_RANGE};

	add_data(&s->b, s->info, &e, sizeof(e));
	add_data(&s->b, s->orig, "", 1);
	/* In the padding of f, which is overwritten as well. */
	add_reloc(&s->b, s->info, 48, R_X86_64_64, s->s_orig, 0x40 + LEN + 3);
	add_reloc(&s->b, s->info, 48 + 32, R_X86_64_64, s->s_name, 0);
}

static void broken_objects_are_refused_with_reason(void **state)
{
	const struct {
		void (*break_it)(struct sample *s);
		const char *text;
	} t[] = {
		{b_flags, "section .kpatch.rodata has unknown flags"},
		{b_wx, ".kpatch.text is writable and executable"},
		{b_align, ".kpatch.data has alignment 12"},
		{b_huge, "too large (section .kpatch.data)"},
		{b_stub_wraps, "address and size overflow"},
		{b_not_stub, "section .data of the original is still"},
		{b_symbol_section, "symbol .LC0.kpatch has the unknown"},
		{b_symbol_value, "symbol .LC0.kpatch is outside"},
		{b_symbol_name, "has no name"},
		{b_reloc_type, ".kpatch.text+0x4: relocation type 19 is not"},
		{b_reloc_type_unknown, "is not supported"},
		{b_reloc_offset, ".kpatch.text+0xd: relocation outside"},
		{b_reloc_symbol, "unknown symbol 77"},
		{b_reloc_no_tls, "R_X86_64_TPOFF32 against .LC0.kpatch is for"},
		{b_reloc_tls, "R_X86_64_PC32 against mine is not for"},
		{b_reloc_stub, "relocations for a section of the original"},
		{b_info_size, "no .kpatch.info, or of a wrong size"},
		{b_info_flags, "entry 0: unknown flags"},
		{b_info_outside, "is not in the original's code"},
		{b_info_data, "is not in the original's code"},
		{b_info_new_outside, "f: .kpatch.info entry 0: the new"},
		{b_info_twice, "entry 0: unexpected relocation"},
		{b_info_length_reloc, "a length or the flags"},
		{b_name_open, "entry 0: has no name"},
		{b_name_control, "control character"},
		{b_orig_short, "no original bytes"},
		{b_orig_long, ".kpatch.orig has 17 bytes"},
		{b_overlap, "f and f overlap"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sample s;

		sample_init(&s);
		t[i].break_it(&s);
		expect(sample_link(&s), ERR_BADFILE, t[i].text);
		assert_null(s.l);
		sample_deinit(&s);
	}
}

/* What is to be looked up in a table grows with its square. */
static void thousands_of_sections_are_refused(void **state)
{
	struct sample s;
	Elf64_Shdr sh = {.sh_size = 9000};

	(void)state;
	sample_init(&s);
	build_patch(&s.b, &s.kp);
	struct buf *image = &s.kp.image;
	uint64_t at = image->len;
	buf_add(image, &sh, sizeof(sh));
	sh.sh_size = 0;
	for (int i = 1; i < 9000; i++)
		buf_add(image, &sh, sizeof(sh));
	Elf64_Ehdr *eh = (void *)image->data;
	eh->e_shoff = at;
	eh->e_shnum = 0;
	struct error *err = link_load(&s.kp, &s.l);
	assert_non_null(err);
	assert_string_equal(err->message, "the patch object has 9000 sections, "
					  "possible are 8192");
	error_free(err);
	sample_deinit(&s);
}

/* Every truncation and every changed byte: an error or a result, no crash. */
static void no_byte_makes_it_crash(void **state)
{
	struct sample s;
	size_t accepted = 0;

	(void)state;
	sample_init(&s);
	add_reloc(&s.b, s.text, 4, R_X86_64_PC32, s.s_const, -4);
	add_reloc(&s.b, s.text, 8, R_X86_64_GOTPCREL, s.s_far, -4);
	build_patch(&s.b, &s.kp);
	for (size_t i = 0; i < 2 * s.kp.image.len; i++) {
		struct kpfile kp = {0};
		struct linked *l = NULL;
		size_t at = i / 2;

		/* In memory of its own length, for ASan. */
		kp.image.len = i % 2 ? at : s.kp.image.len;
		kp.image.data = xmalloc(kp.image.len);
		memcpy(kp.image.data, s.kp.image.data, kp.image.len);
		if (i % 2 == 0)
			kp.image.data[at] ^= (char)0xff;
		struct error *err = link_load(&kp, &l);
		if (!err)
			err = link_resolve(l, &env, parts);
		accepted += !err;
		error_free(err);
		linked_free(l);
		free(kp.image.data);
	}
	assert_true(accepted > 0);
	sample_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hunks_come_from_info),
		cmocka_unit_test(each_relocation_has_its_value),
		cmocka_unit_test(got_slots_hold_addresses),
		cmocka_unit_test(far_calls_go_through_the_jump_table),
		cmocka_unit_test(what_does_not_fit_is_refused_by_name),
		cmocka_unit_test(broken_objects_are_refused_with_reason),
		cmocka_unit_test(thousands_of_sections_are_refused),
		cmocka_unit_test(no_byte_makes_it_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
