// SPDX-License-Identifier: GPL-2.0-or-later
#include "doctor/dynamic.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MAX_STRING 65536u
#define MAX_DYNAMIC 4096u	     /* entries of a dynamic section */
#define MAX_VERSIONS 4096u	     /* in one object, definitions and needs */
#define MAX_CHAIN 4096u	     /* symbols in one bucket */
#define MAX_SYMBOLS (1u << 24)	     /* in one object */
#define MAX_RELOCS ((uint64_t)1 << 22) /* in one table */
#define RELOC_BATCH 4096u

static size_t read_some(struct dynamic *d, uint64_t addr, void *data,
			size_t len)
{
	return page_cache_read(&d->common->pages, d->target, addr, data, len);
}

static bool read_at(struct dynamic *d, uint64_t addr, void *data, size_t len)
{
	return read_some(d, addr, data, len) == len;
}

char *dynamic_string(struct dynamic *d, uint64_t addr)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	while (b.len < MAX_STRING) {
		/* Most are short. */
		char chunk[4096];
		size_t n = read_some(d, addr + b.len, chunk,
				     b.len ? sizeof(chunk) : 128);
		size_t len = strnlen(chunk, n);

		if (n == 0)
			return NULL;
		buf_add(&b, chunk, len);
		if (len < n)
			return TAKE(b.data);
	}
	return NULL;
}

/* Notes that so much is kept; false: it is too much. */
static bool spend(struct dynamic *d, size_t bytes)
{
	if (bytes > d->common->left)
		return false;
	d->common->left -= bytes;
	return true;
}

/* The same, to be kept. */
static char *keep_string(struct dynamic *d, uint64_t addr)
{
	_autofree_ char *s = dynamic_string(d, addr);

	return s && spend(d, strlen(s) + 1) ? TAKE(s) : NULL;
}

/* glibc adds the load bias to addresses in the section, others don't. */
static uint64_t pointer(const struct dynamic *d, uint64_t value)
{
	const struct object *obj = d->obj;

	return value >= obj->lo && value < obj->hi ? value
						    : obj->load_bias + value;
}

static void add_needed(struct dynamic *d, uint64_t off)
{
	VEC_GROW(d->needed, d->nneeded, d->needed_cap);
	d->needed[d->nneeded++] = off;
}

static void read_entry(struct dynamic *d, const Elf64_Dyn *e)
{
	uint64_t v = e->d_un.d_val;

	switch (e->d_tag) {
	case DT_SYMTAB: d->symtab = pointer(d, v); break;
	case DT_STRTAB: d->strtab = pointer(d, v); break;
	case DT_GNU_HASH: d->gnu_hash = pointer(d, v); break;
	case DT_HASH: d->hash = pointer(d, v); break;
	case DT_VERSYM: d->versym = pointer(d, v); break;
	case DT_VERDEF: d->verdef = pointer(d, v); break;
	case DT_VERNEED: d->verneed = pointer(d, v); break;
	case DT_RELA: d->rela = pointer(d, v); break;
	case DT_RELASZ: d->rela_size = v; break;
	case DT_JMPREL: d->jmprel = pointer(d, v); break;
	case DT_PLTRELSZ: d->jmprel_size = v; break;
	case DT_DEBUG: d->debug = v; break;
	case DT_SONAME: d->soname = v; break;
	case DT_NEEDED: add_needed(d, v); break;
	default: break;
	}
}

void dynamic_read(struct target *t, const struct object *obj,
		  struct dynamic_common *common, struct dynamic *ret)
{
	const Elf64_Phdr *ph = object_segment(obj, PT_DYNAMIC);
	struct dynamic d = {.target = t, .obj = obj, .common = common};
	uint64_t n = ph ? ph->p_memsz / sizeof(Elf64_Dyn) : 0;

	if (n > MAX_DYNAMIC)
		n = MAX_DYNAMIC;
	_autofree_ Elf64_Dyn *entries = xcalloc(n, sizeof(*entries));
	if (n)
		n = read_some(&d, obj->load_bias + ph->p_vaddr, entries,
			      n * sizeof(*entries)) /
		    sizeof(*entries);
	for (size_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++)
		read_entry(&d, &entries[i]);
	d.present = d.symtab && d.strtab;
	if (d.present) {
		if (d.soname)
			d.soname += d.strtab;
		for (size_t i = 0; i < d.nneeded; i++)
			d.needed[i] += d.strtab;
	}
	*ret = d;
}

void dynamic_deinit(struct dynamic *d)
{
	for (size_t i = 0; i < d->nversions; i++)
		free(d->versions[i]);
	for (size_t i = 0; i < d->nbound; i++) {
		free(d->bound[i].name);
		free(d->bound[i].version);
	}
	free(d->soname_text);
	free(d->versions);
	free(d->bound);
	free(d->needed);
	memset(d, 0, sizeof(*d));
}

static bool is_in_table(const struct dynamic *d, uint64_t table, uint64_t size,
			uint64_t addr)
{
	Elf64_Rela some[128];
	uint64_t n = table ? size / sizeof(*some) : 0;

	if (n > MAX_RELOCS)
		n = MAX_RELOCS;
	while (n) {
		size_t want = n < 128 ? n : 128;
		size_t got = target_read_partial(d->target, table, some,
						 want * sizeof(*some)) /
			     sizeof(*some);

		for (size_t i = 0; i < got; i++) {
			if (d->obj->load_bias + some[i].r_offset == addr)
				return true;
		}
		if (got < want)
			return false;
		table += want * sizeof(*some);
		n -= want;
	}
	return false;
}

bool dynamic_is_slot(const struct dynamic *d, uint64_t addr)
{
	return is_in_table(d, d->jmprel, d->jmprel_size, addr) ||
	       is_in_table(d, d->rela, d->rela_size, addr);
}

const char *dynamic_soname(struct dynamic *d)
{
	if (d->soname && !d->soname_text) {
		d->soname_text = keep_string(d, d->soname);
		if (!d->soname_text)
			d->soname = 0;
	}
	return d->soname_text;
}

static void set_version(struct dynamic *d, uint32_t index, uint64_t name)
{
	index &= 0x7fff;
	if (index >= MAX_VERSIONS)
		return;
	if (index >= d->nversions) {
		d->versions = xrealloc(d->versions,
				       (index + 1) * sizeof(char *));
		while (d->nversions <= index)
			d->versions[d->nversions++] = NULL;
	}
	free(d->versions[index]);
	d->versions[index] = keep_string(d, d->strtab + name);
}

/* Each of these reads `*left` records at most, and subtracts them. */
static void read_verdef(struct dynamic *d, unsigned int *left)
{
	uint64_t at = d->verdef;
	Elf64_Verdef def;
	Elf64_Verdaux aux;

	for (; at && *left; (*left)--) {
		if (!read_at(d, at, &def, sizeof(def)) ||
		    !read_at(d, at + def.vd_aux, &aux, sizeof(aux)))
			return;
		set_version(d, def.vd_ndx, aux.vda_name);
		at = def.vd_next ? at + def.vd_next : 0;
	}
}

static void read_vernaux(struct dynamic *d, uint64_t at, unsigned int *left)
{
	Elf64_Vernaux aux;

	for (; at && *left; (*left)--) {
		if (!read_at(d, at, &aux, sizeof(aux)))
			return;
		set_version(d, aux.vna_other, aux.vna_name);
		at = aux.vna_next ? at + aux.vna_next : 0;
	}
}

static void read_verneed(struct dynamic *d, unsigned int *left)
{
	uint64_t at = d->verneed;
	Elf64_Verneed need;

	for (; at && *left; (*left)--) {
		if (!read_at(d, at, &need, sizeof(need)))
			return;
		if (need.vn_aux)
			read_vernaux(d, at + need.vn_aux, left);
		if (!*left)
			return;
		at = need.vn_next ? at + need.vn_next : 0;
	}
}

static void read_versions(struct dynamic *d)
{
	unsigned int left = MAX_VERSIONS;

	if (d->versions_read)
		return;
	d->versions_read = true;
	read_verdef(d, &left);
	read_verneed(d, &left);
}

/* The version name of a symbol; NULL if it has none. */
static const char *symbol_version(struct dynamic *d, uint32_t index,
				  bool *ret_hidden)
{
	uint16_t v = 0;

	*ret_hidden = false;
	if (!d->versym ||
	    !read_at(d, d->versym + 2ull * index, &v, sizeof(v)))
		return NULL;
	read_versions(d);
	*ret_hidden = v & 0x8000;
	v &= 0x7fff;
	return v < d->nversions ? d->versions[v] : NULL;
}

/*
 * As glibc 2.36's check_match() in elf/dl-lookup.c: a reference with a version
 * takes that version, or a definition without any; one without takes the
 * default, as the link of a rebuilt program would.
 */
static bool version_matches(struct dynamic *d, uint32_t index,
			    const char *wanted)
{
	bool hidden;
	const char *version = symbol_version(d, index, &hidden);

	if (wanted && version)
		return !strcmp(wanted, version);
	return !hidden;
}

static bool symbol_matches(struct dynamic *d, uint32_t index, const char *name,
			   const char *version, bool or_plt, Elf64_Sym *ret)
{
	size_t len = strlen(name) + 1;
	Elf64_Sym s;

	if (index >= MAX_SYMBOLS ||
	    !read_at(d, d->symtab + index * sizeof(s), &s, sizeof(s)))
		return false;
	int bind = ELF64_ST_BIND(s.st_info), vis = ELF64_ST_VISIBILITY(s.st_other);
	bool tls = ELF64_ST_TYPE(s.st_info) == STT_TLS;
	if ((bind != STB_GLOBAL && bind != STB_WEAK && bind != STB_GNU_UNIQUE) ||
	    vis == STV_HIDDEN || vis == STV_INTERNAL)
		return false;
	if (s.st_shndx == SHN_UNDEF && !(or_plt && s.st_value))
		return false;
	if (s.st_value == 0 && s.st_shndx != SHN_ABS && !tls)
		return false;
	_autofree_ char *found = xmalloc(len);
	if (!read_at(d, d->strtab + s.st_name, found, len) ||
	    memcmp(found, name, len) || !version_matches(d, index, version))
		return false;
	*ret = s;
	return true;
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

static uint32_t sysv_hash(const char *name)
{
	uint32_t h = 0;

	for (; *name; name++) {
		h = (h << 4) + (unsigned char)*name;
		h = (h ^ (h >> 24 & 0xf0)) & 0x0fffffff;
	}
	return h;
}

static bool lookup_gnu(struct dynamic *d, const char *name,
		       const char *version, bool or_plt, Elf64_Sym *ret)
{
	struct {
		uint32_t nbuckets, first, nbloom, shift;
	} head;
	uint32_t h = gnu_hash(name), i, chain;
	uint64_t word, at = d->gnu_hash + sizeof(head);

	if (!read_at(d, d->gnu_hash, &head, sizeof(head)) ||
	    !head.nbuckets || !head.nbloom ||
	    !read_at(d, at + h / 64 % head.nbloom * 8ull, &word, 8))
		return false;
	if (!(word >> (h % 64) & word >> ((h >> (head.shift & 31)) % 64) & 1))
		return false;
	at += 8ull * head.nbloom;
	if (!read_at(d, at + h % head.nbuckets * 4ull, &i, 4) ||
	    i < head.first)
		return false;
	at += 4ull * head.nbuckets;
	for (uint32_t n = 0; i < MAX_SYMBOLS && n < MAX_CHAIN; i++, n++) {
		if (!read_at(d, at + 4ull * (i - head.first), &chain,
			     4))
			return false;
		if ((chain | 1) == (h | 1) &&
		    symbol_matches(d, i, name, version, or_plt, ret))
			return true;
		if (chain & 1)
			return false;
	}
	return false;
}

static bool lookup_sysv(struct dynamic *d, const char *name,
			const char *version, bool or_plt, Elf64_Sym *ret)
{
	uint32_t head[2], i;
	uint64_t chains;

	if (!read_at(d, d->hash, head, sizeof(head)) || !head[0] ||
	    !read_at(d, d->hash + 8 + sysv_hash(name) % head[0] * 4ull,
		     &i, 4))
		return false;
	chains = d->hash + 8 + 4ull * head[0];
	for (uint32_t n = 0; i && i < head[1] && n < MAX_CHAIN; n++) {
		if (symbol_matches(d, i, name, version, or_plt, ret))
			return true;
		if (!read_at(d, chains + 4ull * i, &i, 4))
			return false;
	}
	return false;
}

bool dynamic_lookup(struct dynamic *d, const char *name, const char *version,
		    bool or_plt, Elf64_Sym *ret_sym)
{
	if (!d->present)
		return false;
	if (d->gnu_hash)
		return lookup_gnu(d, name, version, or_plt, ret_sym);
	return d->hash && lookup_sysv(d, name, version, or_plt, ret_sym);
}

static bool is_interesting(uint32_t type)
{
	return type == R_X86_64_GLOB_DAT || type == R_X86_64_JUMP_SLOT ||
	       type == R_X86_64_COPY || type == R_X86_64_TPOFF64 ||
	       type == R_X86_64_DTPMOD64 || type == R_X86_64_IRELATIVE;
}

/* False: there is no room for more. */
static bool add_bound(struct dynamic *d, const Elf64_Rela *r)
{
	uint32_t index = ELF64_R_SYM(r->r_info);
	struct bound b = {
		.type = ELF64_R_TYPE(r->r_info),
		.addr = d->obj->load_bias + r->r_offset,
		.addend = r->r_addend,
	};

	if (!is_interesting(b.type) ||
	    !read_at(d, b.addr, &b.value, sizeof(b.value)))
		return true;
	if (b.type == R_X86_64_COPY)
		b.value = b.addr;
	if (index && !read_at(d, d->symtab + index * sizeof(b.sym),
			      &b.sym, sizeof(b.sym)))
		return true;
	if (!spend(d, sizeof(b)))
		return false;
	if (index) {
		bool hidden;
		const char *version = symbol_version(d, index, &hidden);

		b.name = keep_string(d, d->strtab + b.sym.st_name);
		if (b.name && version && spend(d, strlen(version) + 1))
			b.version = xstrdup(version);
	}
	VEC_GROW(d->bound, d->nbound, d->bound_cap);
	d->bound[d->nbound++] = b;
	return true;
}

static void read_relocs(struct dynamic *d, uint64_t addr, uint64_t size)
{
	uint64_t n = size / sizeof(Elf64_Rela);
	_autofree_ Elf64_Rela *batch = NULL;

	if (!addr || n > MAX_RELOCS)
		return;
	batch = xcalloc(n < RELOC_BATCH ? n : RELOC_BATCH, sizeof(*batch));
	while (n) {
		size_t want = n < RELOC_BATCH ? n : RELOC_BATCH;
		size_t got = read_some(d, addr, batch, want * sizeof(*batch)) /
			     sizeof(*batch);

		for (size_t i = 0; i < got; i++)
			if (!add_bound(d, &batch[i]))
				return;
		if (got < want)
			return;
		n -= got;
		addr += got * sizeof(*batch);
	}
}

const struct bound *dynamic_bound(struct dynamic *d, size_t *ret_n)
{
	if (d->present && !d->bound_read) {
		d->bound_read = true;
		read_relocs(d, d->rela, d->rela_size);
		read_relocs(d, d->jmprel, d->jmprel_size);
	}
	*ret_n = d->nbound;
	return d->bound;
}
