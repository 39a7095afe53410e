// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutate.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "kpfile/format.h"

struct mutator {
	uint64_t state;
	struct bytes b;
	/* Of the good file, which is known to be in order. */
	size_t image; /* where the ELF object begins */
	Elf64_Ehdr eh;
	Elf64_Shdr *sh; /* a copy */
};

const char *mutation_name(enum mutation_kind kind)
{
	static const char *const names[] = {
		[MUT_TRUNCATE] = "truncated",
		[MUT_TRUNCATE_FIXED] = "truncated, right checksum",
		[MUT_APPEND] = "garbage appended",
		[MUT_APPEND_FIXED] = "garbage appended, right checksum",
		[MUT_FLIP] = "bits flipped",
		[MUT_FLIP_FIXED] = "bits flipped, right checksum",
		[MUT_HEADER] = "header field",
		[MUT_ELF_HEADER] = "ELF header field",
		[MUT_SECTION] = "section field",
		[MUT_RELOCATION] = "relocation field",
		[MUT_SYMBOL] = "symbol field",
		[MUT_INFO] = "word of .kpatch.info",
		[MUT_SWAP] = "entries swapped",
		[MUT_MIX] = "fields mixed",
		[MUT_CONTENT] = "contents",
		[MUT_COPY] = "bytes copied",
		[MUT_SEVERAL] = "several at once",
	};

	return names[kind];
}

bool mutation_is_obvious(enum mutation_kind kind)
{
	return kind == MUT_TRUNCATE || kind == MUT_APPEND || kind == MUT_FLIP;
}

/* splitmix64 */
static uint64_t next(struct mutator *m)
{
	uint64_t z = m->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(struct mutator *m, uint64_t n)
{
	return n ? next(m) % n : 0;
}

static uint64_t load(const uint8_t *p, size_t width)
{
	uint64_t v = 0;

	memcpy(&v, p, width);
	return v;
}

/* What sizes, offsets, indices and addresses are tried as. */
static uint64_t extreme(struct mutator *m, uint64_t old)
{
	const uint64_t values[] = {
		0, 1, 2, 7, 8, 0xff, 0xffff, 0xff00, 0x7fffffff, 0x80000000,
		0xffffffff, (uint64_t)1 << 32, (uint64_t)1 << 47,
		INT64_MAX, (uint64_t)1 << 63, UINT64_MAX, UINT64_MAX - 4095,
		m->b.len, m->b.len - m->image, 4096, 4095, (uint64_t)1 << 28,
	};
	const uint64_t near[] = {old + 1, old - 1, old * 2, old / 2, old + 8,
				 old - 8, -old, old ^ 0x80, old + 4096};

	switch (below(m, 4)) {
	case 0: return next(m);
	case 1: return near[below(m, sizeof(near) / sizeof(*near))];
	default: return values[below(m, sizeof(values) / sizeof(*values))];
	}
}

static void spoil(struct mutator *m, size_t at, size_t width)
{
	if (at > m->b.len || width > m->b.len - at)
		return;
	uint64_t v = extreme(m, load(m->b.data + at, width));

	memcpy(m->b.data + at, &v, width);
}

/* One of the fields of a struct: offset and width of each. */
struct field {
	uint8_t off, width;
};

#define FIELD(type, name) {offsetof(type, name), sizeof(((type *)0)->name)}
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void spoil_field(struct mutator *m, size_t base,
			const struct field *fields, size_t n)
{
	const struct field *f = &fields[below(m, n)];

	spoil(m, base + f->off, f->width);
}

static void spoil_header(struct mutator *m)
{
#define F(name) FIELD(struct kpfile_header, name)
	static const struct field fields[] = {
		F(version), F(header_size), F(total_size), F(image_size),
		F(build_time), F(patchlevel), F(flags), F(buildid_len),
		F(labels[0].off), F(labels[0].len), F(labels[1].off),
		F(labels[1].len), F(labels[2].off), F(labels[2].len),
		{offsetof(struct kpfile_header, buildid), 8},
		{offsetof(struct kpfile_header, magic), 8},
		{offsetof(struct kpfile_header, reserved), 4},
		{offsetof(struct kpfile_header, reserved2), 8},
		{offsetof(struct kpfile_header, key_id), 8},
		{offsetof(struct kpfile_header, signature), 8},
	};
#undef F
	spoil_field(m, 0, fields, COUNT(fields));
}

static void spoil_elf_header(struct mutator *m)
{
#define F(name) FIELD(Elf64_Ehdr, name)
	static const struct field fields[] = {
		F(e_type), F(e_machine), F(e_version), F(e_entry), F(e_phoff),
		F(e_shoff), F(e_flags), F(e_ehsize), F(e_phentsize),
		F(e_phnum), F(e_shentsize), F(e_shnum), F(e_shstrndx),
		{EI_CLASS, 1}, {EI_DATA, 1}, {EI_VERSION, 1}, {0, 4},
	};
#undef F
	spoil_field(m, m->image, fields, COUNT(fields));
}

static size_t section_at(const struct mutator *m, size_t i)
{
	return m->image + m->eh.e_shoff + i * sizeof(Elf64_Shdr);
}

static void spoil_section(struct mutator *m)
{
#define F(name) FIELD(Elf64_Shdr, name)
	static const struct field fields[] = {
		F(sh_name), F(sh_type), F(sh_flags), F(sh_addr), F(sh_offset),
		F(sh_size), F(sh_link), F(sh_info), F(sh_addralign),
		F(sh_entsize),
	};
#undef F
	spoil_field(m, section_at(m, below(m, m->eh.e_shnum)), fields,
		    COUNT(fields));
}

/* Where an entry of a table of this type is; `*ret_size` its size. */
static bool pick_entry(struct mutator *m, uint32_t type, size_t *ret_at)
{
	size_t start = below(m, m->eh.e_shnum);

	for (size_t k = 0; k < m->eh.e_shnum; k++) {
		const Elf64_Shdr *s = &m->sh[(start + k) % m->eh.e_shnum];

		if (s->sh_type != type || !s->sh_entsize ||
		    s->sh_size < s->sh_entsize)
			continue;
		*ret_at = m->image + s->sh_offset +
			  below(m, s->sh_size / s->sh_entsize) * s->sh_entsize;
		return true;
	}
	return false;
}

static const struct field rela_fields[] = {
	FIELD(Elf64_Rela, r_offset), {offsetof(Elf64_Rela, r_info), 4},
	{offsetof(Elf64_Rela, r_info) + 4, 4}, FIELD(Elf64_Rela, r_addend),
};

static const struct field symbol_fields[] = {
	FIELD(Elf64_Sym, st_name), FIELD(Elf64_Sym, st_info),
	FIELD(Elf64_Sym, st_other), FIELD(Elf64_Sym, st_shndx),
	FIELD(Elf64_Sym, st_value), FIELD(Elf64_Sym, st_size),
};

/* Half of the time to a small number: types and indices that there are. */
static void spoil_entry(struct mutator *m, uint32_t type,
			const struct field *fields, size_t n)
{
	const struct field *f = &fields[below(m, n)];
	uint64_t small = below(m, 48);
	size_t at;

	if (!pick_entry(m, type, &at) || at + f->off + f->width > m->b.len)
		return;
	if (below(m, 2))
		spoil(m, at + f->off, f->width);
	else
		memcpy(m->b.data + at + f->off, &small, f->width);
}

static const Elf64_Shdr *section_named(const struct mutator *m,
				       const char *name)
{
	const Elf64_Shdr *names = &m->sh[m->eh.e_shstrndx];

	for (size_t i = 1; i < m->eh.e_shnum; i++) {
		size_t at = m->image + names->sh_offset + m->sh[i].sh_name;

		if (at + strlen(name) < m->b.len &&
		    !memcmp(m->b.data + at, name, strlen(name) + 1))
			return &m->sh[i];
	}
	return NULL;
}

static void spoil_info(struct mutator *m)
{
	const Elf64_Shdr *s = section_named(m, ".kpatch.info");

	if (s)
		spoil(m, m->image + s->sh_offset +
				 below(m, s->sh_size / 8) * 8, 8);
}

/* Two entries of one table, or two section headers. */
static size_t pick_pair(struct mutator *m, size_t *a, size_t *b)
{
	const uint32_t types[] = {SHT_RELA, SHT_SYMTAB};
	const size_t sizes[] = {sizeof(Elf64_Rela), sizeof(Elf64_Sym)};
	size_t i = below(m, 3);

	if (i == 2) {
		*a = section_at(m, below(m, m->eh.e_shnum));
		*b = section_at(m, below(m, m->eh.e_shnum));
		return sizeof(Elf64_Shdr);
	}
	if (!pick_entry(m, types[i], a) || !pick_entry(m, types[i], b))
		return 0;
	return sizes[i];
}

static void swap_entries(struct mutator *m)
{
	uint8_t tmp[sizeof(Elf64_Shdr)];
	size_t a, b, size = pick_pair(m, &a, &b);

	if (!size || a + size > m->b.len || b + size > m->b.len)
		return;
	memcpy(tmp, m->b.data + a, size);
	memmove(m->b.data + a, m->b.data + b, size);
	memcpy(m->b.data + b, tmp, size);
}

static void mix_fields(struct mutator *m)
{
	size_t a, b, size = pick_pair(m, &a, &b);
	size_t off = below(m, size / 8) * 8;

	if (size && a + off + 8 <= m->b.len && b + off + 8 <= m->b.len)
		memmove(m->b.data + a + off, m->b.data + b + off, 8);
}

static void spoil_contents(struct mutator *m)
{
	const Elf64_Shdr *s = &m->sh[below(m, m->eh.e_shnum)];

	if (s->sh_type == SHT_NOBITS || !s->sh_size)
		return;
	for (uint64_t n = 1 + below(m, 4); n; n--) {
		size_t at = m->image + s->sh_offset + below(m, s->sh_size);

		if (at < m->b.len)
			m->b.data[at] = (uint8_t)next(m);
	}
}

static void copy_bytes(struct mutator *m)
{
	size_t len = 1 + below(m, 64), max = m->b.len - len;

	if (m->b.len > len)
		memmove(m->b.data + below(m, max), m->b.data + below(m, max),
			len);
}

static void flip(struct mutator *m)
{
	for (uint64_t n = 1 + below(m, 3); n; n--)
		m->b.data[below(m, m->b.len)] ^= (uint8_t)(1 << below(m, 8));
}

static void resize(struct mutator *m, size_t len)
{
	m->b.data = realloc(m->b.data, len ? len : 1);
	for (size_t i = m->b.len; i < len; i++)
		m->b.data[i] = (uint8_t)next(m);
	m->b.len = len;
}

/* The header tells the new size. */
static void fix_size(struct mutator *m)
{
	struct kpfile_header *h = (void *)m->b.data;

	if (m->b.len < sizeof(*h))
		return;
	h->total_size = m->b.len;
	h->image_size = m->b.len - h->header_size;
}

static void fix_checksum(struct mutator *m)
{
	struct kpfile_header *h = (void *)m->b.data;

	if (m->b.len >= sizeof(*h))
		kpfile_checksum(m->b.data, m->b.len, h->checksum);
}

static void apply(struct mutator *m, enum mutation_kind kind)
{
	switch (kind) {
	case MUT_TRUNCATE:
	case MUT_TRUNCATE_FIXED: resize(m, below(m, m->b.len)); break;
	case MUT_APPEND:
	case MUT_APPEND_FIXED: resize(m, m->b.len + 1 + below(m, 300)); break;
	case MUT_FLIP:
	case MUT_FLIP_FIXED: flip(m); break;
	case MUT_HEADER: spoil_header(m); break;
	case MUT_ELF_HEADER: spoil_elf_header(m); break;
	case MUT_SECTION: spoil_section(m); break;
	case MUT_RELOCATION:
		spoil_entry(m, SHT_RELA, rela_fields, COUNT(rela_fields));
		break;
	case MUT_SYMBOL:
		spoil_entry(m, SHT_SYMTAB, symbol_fields, COUNT(symbol_fields));
		break;
	case MUT_INFO: spoil_info(m); break;
	case MUT_SWAP: swap_entries(m); break;
	case MUT_MIX: mix_fields(m); break;
	case MUT_CONTENT: spoil_contents(m); break;
	case MUT_COPY: copy_bytes(m); break;
	case MUT_SEVERAL:
		for (uint64_t n = 2 + below(m, 3); n; n--)
			apply(m, MUT_FLIP_FIXED +
					 below(m, MUT_SEVERAL - MUT_FLIP_FIXED));
		break;
	case MUT_KINDS: break;
	}
}

static struct bytes copy_of(const uint8_t *data, size_t len)
{
	struct bytes b = {malloc(len ? len : 1), len};

	memcpy(b.data, data, len);
	return b;
}

enum mutation_kind mutate(const struct bytes *good, uint64_t n,
			  struct bytes *ret)
{
	struct mutator m = {.state = n * 0xd1342543de82ef95 + 1,
			    .b = copy_of(good->data, good->len)};
	const struct kpfile_header *h = (const void *)good->data;
	enum mutation_kind kind = below(&m, MUT_KINDS);

	m.image = h->header_size;
	memcpy(&m.eh, good->data + m.image, sizeof(m.eh));
	m.sh = (Elf64_Shdr *)copy_of(good->data + m.image + m.eh.e_shoff,
				     m.eh.e_shnum * sizeof(*m.sh)).data;
	/* One that changes nothing is none. */
	do {
		apply(&m, kind);
		if (kind == MUT_TRUNCATE_FIXED || kind == MUT_APPEND_FIXED)
			fix_size(&m);
	} while (m.b.len == good->len &&
		 !memcmp(m.b.data, good->data, good->len));
	if (!mutation_is_obvious(kind))
		fix_checksum(&m);
	free(m.sh);
	*ret = m.b;
	return kind;
}
