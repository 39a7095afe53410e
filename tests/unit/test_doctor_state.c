// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headers of patches in this program's own memory, and what is written over
 * which functions.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "doctor/plan.h"
#include "patch_builder.h"

#define CODE_OFF 0x10 /* of the function in its page */

struct sample {
	struct target *t;
	uint8_t *code; /* a page in reach of `memory` */
	uint8_t *memory; /* read-only, for the header */
	struct builder b;
	struct change c;
	struct object obj;
	Elf64_Phdr segment; /* its code */
};

/* A patch of one function of these bytes at code + CODE_OFF. */
static void sample_init(struct sample *s, const char *bytes, size_t len,
			uint32_t padding)
{
	struct builder *b = &s->b;
	struct kpatch_info e = {.dlen = len, .slen = 16,
				.flags = (uint64_t)padding << 32};
	uint8_t new[16] = {0xc3};

	memset(s, 0, sizeof(*s));
	assert_null(target_open(getpid(), &s->t));
	s->memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s->code = s->memory + 2 * 4096;
	memset(s->code, 0x90, 4096);
	memcpy(s->code + CODE_OFF, bytes, len);
	builder_init(b);
	uint16_t text = add_stub(b, ".text", SHF_ALLOC | SHF_EXECINSTR, 0x1000,
				 0x1000);
	uint16_t ktext = add_section(b, ".kpatch.text",
				     SHF_ALLOC | SHF_EXECINSTR, 16);
	uint16_t info = add_section(b, ".kpatch.info", SHF_ALLOC, 8);
	uint16_t names = add_section(b, ".kpatch.strtab", SHF_ALLOC, 1);
	uint16_t orig = add_section(b, ".kpatch.orig", SHF_ALLOC, 1);
	add_data(b, ktext, new, sizeof(new));
	add_data(b, info, &e, sizeof(e));
	add_data(b, names, "fn", 3);
	add_data(b, orig, bytes, len);
	add_reloc(b, info, 0, R_X86_64_64,
		  add_symbol(b, "", STT_SECTION, text, 0), CODE_OFF);
	add_reloc(b, info, 16, R_X86_64_64,
		  add_symbol(b, "fn.kpatch", STT_FUNC, ktext, 0), 0);
	add_reloc(b, info, 32, R_X86_64_64,
		  add_symbol(b, "", STT_SECTION, names, 0), 0);

	struct change *c = &s->c;
	build_patch(b, &c->kp);
	c->kp.buildid = (struct buildid){.len = 3, .bytes = {0xab, 0xcd, 0xef}};
	c->kp.patchlevel = 7;
	memset(c->kp.checksum, 0x5a, sizeof(c->kp.checksum));
	s->obj.load_bias = (uintptr_t)s->code - 0x1000;
	s->obj.path = (char *)"prog";
	s->segment = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X,
				  .p_vaddr = 0x1000, .p_memsz = 0x1000};
	s->obj.segments = &s->segment;
	s->obj.nsegments = 1;
	c->obj = &s->obj;
	assert_null(link_load(&c->kp, &c->linked));
	c->part_addr[LINK_R] = (uintptr_t)s->memory;
	c->part_size[LINK_R] = 4096 + linked_size(c->linked, LINK_R);
	c->part_addr[LINK_RX] = c->part_addr[LINK_R] + c->part_size[LINK_R];
	c->part_size[LINK_RX] = 4096;
	c->part_addr[LINK_RW] = c->part_addr[LINK_RX] + 4096;
	state_create(&c->kp, c->linked, s->obj.load_bias, c->part_addr,
		     c->part_size, &c->new);
}

static void sample_deinit(struct sample *s)
{
	state_deinit(&s->c.new);
	linked_free(s->c.linked);
	kpfile_deinit(&s->c.kp);
	builder_deinit(&s->b);
	munmap(s->memory, 3 * 4096);
	target_close(s->t);
}

#define ENDBR "\xf3\x0f\x1e\xfa"

/* Memory elsewhere may have the same bytes. */
static void other_code_is_not_replaced(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, "\x55\x48\x89\xe5\x5d\xc3", 6, 0);
	assert_null(change_fill_hunks(s.t, &s.c));
	for (int i = 0; i < 3; i++) {
		s.segment.p_flags = i == 0 ? PF_R | PF_W : PF_R | PF_X;
		s.segment.p_memsz = i == 1 ? CODE_OFF + 5 : 0x1000;
		s.segment.p_vaddr = i == 2 ? 0x1000 + CODE_OFF + 1 : 0x1000;
		struct error *err = change_fill_hunks(s.t, &s.c);
		assert_non_null(err);
		assert_int_equal(err->code, ERR_BADFILE);
		assert_string_equal(err->message,
				    "fn: the original function is not in the "
				    "code of prog");
		error_free(err);
	}
	sample_deinit(&s);
}

static void jumps_go_behind_endbr64_or_into_padding(void **state)
{
	const struct {
		const char *bytes;
		size_t len;
		uint32_t padding;
		const char *behind; /* what memory has behind the function */
		uint64_t at; /* of the jump, in the function */
		const char *refused;
	} t[] = {
		{"\x55\x48\x89\xe5\x5d\xc3", 6, 0, "", 0, NULL},
		{ENDBR "\x55\x48\x89\xe5\x5d\xc3", 10, 0, "", 4, NULL},
		{ENDBR "\x31\xc0\x31\xd2\xc3", 9, 0, "", 4, NULL},
		/* Too short for a jump behind endbr64: over it. */
		{ENDBR "\x31\xc0\xc3", 7, 0, "", 0, NULL},
		{ENDBR "\x31\xc0\xc3", 7, 2, "\x66\x90", 4, NULL},
		{"\xc3", 1, 15, "\x0f\x1f\x84\x00\x00\x00\x00\x00", 0, NULL},
		{"\x31\xc0\xc3", 3, 3, "\xcc\xcc\xcc", 0, NULL},
		{"\x31\xc0\xc3", 3, 2, "\x66\x90", 0, NULL},
		{"\x31\xc0\xc3", 3, 1, "\x90", 0, "fn: the function is too short"},
		{"\xc3", 1, 0, "", 0, "fn: the function is too short"},
		/* The file says padding, memory has code there. */
		{"\xc3", 1, 15, "\x55\x48\x89\xe5", 0, "fn: the function is too"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sample s;

		sample_init(&s, t[i].bytes, t[i].len, t[i].padding);
		memcpy(s.code + CODE_OFF + t[i].len, t[i].behind,
		       strlen(t[i].behind));
		struct error *err = change_fill_hunks(s.t, &s.c);
		const struct state_hunk *h = &s.c.new.hunks[0];
		if (t[i].refused) {
			assert_non_null(err);
			if (!strstr(err->message, t[i].refused))
				fail_msg("case %zu: %s", i, err->message);
			error_free(err);
			sample_deinit(&s);
			continue;
		}
		if (err)
			fail_msg("case %zu: %s", i, err->message);
		uint64_t at = (uintptr_t)s.code + CODE_OFF + t[i].at;
		int32_t rel = (int32_t)(h->new_addr - (at + 5));
		if (h->write_addr != at)
			fail_msg("case %zu: jump at +%ld", i,
				 (long)(h->write_addr - at + t[i].at));
		assert_int_equal(h->write_len, 5);
		assert_memory_equal(h->undo, (void *)at, 5);
		assert_int_equal(h->intended[0], 0xe9);
		assert_memory_equal(h->intended + 1, &rel, 4);
		sample_deinit(&s);
	}
}

static void other_code_than_expected_is_refused(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, "\x55\x48\x89\xe5\x5d\xc3", 6, 0);
	s.code[CODE_OFF + 5] = 0xcc;
	struct error *err = change_fill_hunks(s.t, &s.c);
	assert_non_null(strstr(err->message,
			       "fn: the code in memory is not what the patch "
			       "was made for (at +0x5: cc instead of c3)"));
	assert_int_equal(err->code, ERR_FAILED);
	error_free(err);
	sample_deinit(&s);
}

/* With the patch applied, its jump counts as the bytes that it hides. */
static void an_applied_jump_is_put_aside(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, "\x55\x48\x89\xe5\x5d\xc3", 6, 0);
	assert_null(change_fill_hunks(s.t, &s.c));
	memcpy(s.code + CODE_OFF, s.c.new.hunks[0].intended, 5);
	assert_non_null(s.c.new.bytes);
	struct change second = s.c;
	second.has_new = true;
	second.old = &s.c.new;
	assert_null(change_verify_code(s.t, &second));
	s.code[CODE_OFF + 1] ^= 1;
	struct error *err = change_verify_code(s.t, &second);
	assert_non_null(strstr(err->message, "written over by somebody else"));
	error_free(err);
	sample_deinit(&s);
}

static void headers_are_found_and_read_back(void **state)
{
	struct sample s;
	struct states found;

	(void)state;
	sample_init(&s, "\x55\x48\x89\xe5\x5d\xc3", 6, 0);
	assert_null(change_fill_hunks(s.t, &s.c));
	state_seal(&s.c.new);
	memcpy(s.memory, s.c.new.bytes, s.c.new.header->size);
	mprotect(s.memory, 4096, PROT_READ);
	assert_null(target_refresh_maps(s.t));
	states_find(s.t, &found);
	assert_int_equal(found.count, 1);
	const struct state *st = &found.all[0];
	assert_int_equal(st->header->state, STATE_PREPARED);
	assert_int_equal(st->header->patchlevel, 7);
	assert_string_equal(state_hunk_name(st, &st->hunks[0]), "fn");
	assert_int_equal(state_count_jumps(st), 1);
	assert_true(state_is_for(st, &s.c.kp.buildid, s.obj.load_bias));
	assert_false(state_is_for(st, &s.c.kp.buildid, s.obj.load_bias + 4096));

	/* The state is no part of the hash: it changes by itself. */
	assert_null(state_set(s.t, &found.all[0], STATE_APPLIED));
	struct state again;
	assert_null(state_read(s.t, (uintptr_t)s.memory, &again));
	assert_int_equal(again.header->state, STATE_APPLIED);
	state_deinit(&again);
	states_deinit(&found);
	sample_deinit(&s);
}

/* Whatever byte of a header is changed, it is refused; never a crash. */
static void damaged_headers_are_refused(void **state)
{
	struct sample s;
	size_t state_off = offsetof(struct state_header, state);

	(void)state;
	sample_init(&s, "\x55\x48\x89\xe5\x5d\xc3", 6, 0);
	assert_null(change_fill_hunks(s.t, &s.c));
	state_seal(&s.c.new);
	size_t used = s.c.new.header->names_off + s.c.new.header->names_size;
	for (size_t i = 0; i < used; i++) {
		struct state again;

		memcpy(s.memory, s.c.new.bytes, s.c.new.header->size);
		s.memory[i] ^= 0xff;
		struct error *err = state_read(s.t, (uintptr_t)s.memory,
					       &again);
		if (!err)
			fail_msg("byte %zu is not checked", i);
		assert_true(err->code == ERR_BADFILE);
		error_free(err);
	}
	memcpy(s.memory, s.c.new.bytes, s.c.new.header->size);
	s.memory[state_off] = STATE_RETIRED + 1;
	struct state again;
	struct error *err = state_read(s.t, (uintptr_t)s.memory, &again);
	assert_non_null(strstr(err->message, "unknown state"));
	error_free(err);
	sample_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_code_is_not_replaced),
		cmocka_unit_test(jumps_go_behind_endbr64_or_into_padding),
		cmocka_unit_test(other_code_than_expected_is_refused),
		cmocka_unit_test(an_applied_jump_is_put_aside),
		cmocka_unit_test(headers_are_found_and_read_back),
		cmocka_unit_test(damaged_headers_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
