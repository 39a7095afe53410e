// SPDX-License-Identifier: GPL-2.0-or-later
#include <libelf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <errno.h>

#include "base/cleanup.h"
#include "object/model.h"

/* The tables of the file in the making; they live until it is written. */
struct writer {
	struct model *m;
	Elf *elf;
	struct buf shstrtab, strtab, symtab;
	struct buf *relas; /* of section i */
	size_t nlocal;     /* symbols before the first global one */
	size_t symtab_index;
};

static void writer_deinit(struct writer *w)
{
	elf_end(w->elf);
	buf_deinit(&w->shstrtab);
	buf_deinit(&w->strtab);
	buf_deinit(&w->symtab);
	for (size_t i = 0; w->relas && i < w->m->nsections; i++)
		buf_deinit(&w->relas[i]);
	free(w->relas);
}

static struct error *failed(const struct writer *w, const char *what)
{
	return error_new(ERR_FAILED, "%s: cannot write ELF file: %s: %s",
			 w->m->name, what, elf_errmsg(-1));
}

static Elf64_Word add_name(struct buf *strtab, const char *name)
{
	size_t at = strtab->len;

	if (!*name)
		return 0;
	buf_add(strtab, name, strlen(name) + 1);
	return (Elf64_Word)at;
}

static bool is_written(const struct model_symbol *sym)
{
	return !sym->section || !sym->section->dropped;
}

static void add_symbol(struct writer *w, struct model_symbol *sym)
{
	Elf64_Sym raw = {
		.st_name = add_name(&w->strtab, sym->name),
		.st_info = ELF64_ST_INFO(sym->bind, sym->type),
		.st_other = sym->visibility,
		.st_shndx = sym->section ? (Elf64_Half)sym->section->index
					 : sym->special,
		.st_value = sym->value,
		.st_size = sym->size,
	};

	if (sym->section && w->m->type != ET_REL && sym->type != STT_TLS)
		raw.st_value += sym->section->addr;
	sym->index = w->symtab.len / sizeof(raw);
	buf_add(&w->symtab, &raw, sizeof(raw));
}

/* Local symbols come first; the null symbol of a model that was read isn't
   taken over, each table gets its own. */
static void add_symbols(struct writer *w)
{
	static const Elf64_Sym null_symbol;
	struct model *m = w->m;

	buf_add(&w->strtab, "", 1);
	buf_add(&w->symtab, &null_symbol, sizeof(null_symbol));
	for (int global = 0; global < 2; global++) {
		for (size_t i = 0; i < m->nsymbols; i++) {
			struct model_symbol *sym = m->symbols[i];
			bool null =
				!sym->section && !sym->special && !sym->name[0];

			if ((sym->bind != STB_LOCAL) == global && !null &&
			    is_written(sym))
				add_symbol(w, sym);
		}
		if (!global)
			w->nlocal = w->symtab.len / sizeof(Elf64_Sym);
	}
}

static void add_relas(struct writer *w, size_t i)
{
	const struct model_section *s = w->m->sections[i];
	uint64_t base = w->m->type == ET_REL ? 0 : s->addr;

	for (size_t k = 0; k < s->nrelas; k++) {
		const struct model_rela *r = &s->relas[k];
		bool written = r->sym && is_written(r->sym);
		uint64_t sym = written ? r->sym->index : 0;
		Elf64_Rela raw = {
			.r_offset = r->offset + base,
			.r_info = ELF64_R_INFO(sym, r->type),
			.r_addend = r->addend,
		};

		buf_add(&w->relas[i], &raw, sizeof(raw));
	}
}

static struct error *new_section(struct writer *w, const char *name,
				 const Elf64_Shdr *h, const void *data,
				 uint64_t size, Elf_Type type)
{
	Elf_Scn *scn = elf_newscn(w->elf);
	Elf64_Shdr *out = scn ? elf64_getshdr(scn) : NULL;
	Elf_Data *d = scn ? elf_newdata(scn) : NULL;

	if (!out || !d)
		return failed(w, name);
	*out = *h;
	out->sh_name = add_name(&w->shstrtab, name);
	/* libelf doesn't write through d_buf. */
	d->d_buf = h->sh_type == SHT_NOBITS ? NULL : (void *)(uintptr_t)data;
	d->d_size = size;
	d->d_type = type;
	d->d_align = h->sh_addralign ? h->sh_addralign : 1;
	d->d_version = EV_CURRENT;
	return NULL;
}

static struct error *new_content(struct writer *w,
				 const struct model_section *s)
{
	Elf64_Shdr h = {
		.sh_type = s->type,
		.sh_flags = s->flags & ~(uint64_t)SHF_INFO_LINK,
		.sh_addr = s->addr,
		.sh_addralign = s->align,
		.sh_entsize = s->entsize,
	};

	if (s->info) {
		h.sh_flags |= SHF_INFO_LINK;
		h.sh_info = (Elf64_Word)s->info->index;
	}
	return new_section(w, s->name, &h, s->data.data, s->size, ELF_T_BYTE);
}

static struct error *new_rela(struct writer *w, size_t i)
{
	const struct model_section *s = w->m->sections[i];
	_autofree_ char *name = xasprintf(".rela%s", s->name);
	Elf64_Shdr h = {
		.sh_type = SHT_RELA,
		.sh_flags = SHF_INFO_LINK,
		.sh_link = (Elf64_Word)w->symtab_index,
		.sh_info = (Elf64_Word)s->index,
		.sh_addralign = 8,
		.sh_entsize = sizeof(Elf64_Rela),
	};

	return new_section(w, name, &h, w->relas[i].data, w->relas[i].len,
			   ELF_T_RELA);
}

static struct error *new_tables(struct writer *w)
{
	Elf64_Shdr symtab = {
		.sh_type = SHT_SYMTAB,
		.sh_link = (Elf64_Word)w->symtab_index + 1,
		.sh_info = (Elf64_Word)w->nlocal,
		.sh_addralign = 8,
		.sh_entsize = sizeof(Elf64_Sym),
	};
	Elf64_Shdr strtab = {.sh_type = SHT_STRTAB, .sh_addralign = 1};

	TRY(new_section(w, ".symtab", &symtab, w->symtab.data, w->symtab.len,
			ELF_T_SYM));
	TRY(new_section(w, ".strtab", &strtab, w->strtab.data, w->strtab.len,
			ELF_T_BYTE));
	/* Its own name goes in first: its data is taken as it is then. */
	size_t name = add_name(&w->shstrtab, ".shstrtab");
	TRY(new_section(w, "", &strtab, w->shstrtab.data, w->shstrtab.len,
			ELF_T_BYTE));
	elf64_getshdr(elf_getscn(w->elf, w->symtab_index + 2))->sh_name =
		(Elf64_Word)name;
	return NULL;
}

/* A section is followed by its relocations; .symtab comes after all. */
static struct error *number_sections(struct writer *w)
{
	size_t index = 1;

	for (size_t i = 0; i < w->m->nsections; i++) {
		struct model_section *s = w->m->sections[i];

		if (s->dropped)
			continue;
		s->index = index++;
		index += s->nrelas > 0;
	}
	w->symtab_index = index;
	if (index + 3 >= SHN_LORESERVE)
		return error_new(ERR_FAILED, "%s: too many sections (%zu)",
				 w->m->name, index);
	return NULL;
}

static struct error *fill(struct writer *w)
{
	struct model *m = w->m;
	Elf64_Ehdr *ehdr = elf64_newehdr(w->elf);

	if (!ehdr)
		return failed(w, "header");
	memcpy(ehdr->e_ident, ELFMAG, SELFMAG);
	ehdr->e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr->e_type = m->type;
	ehdr->e_machine = EM_X86_64;
	ehdr->e_version = EV_CURRENT;
	TRY(number_sections(w));
	ehdr->e_shstrndx = (Elf64_Half)(w->symtab_index + 2);
	add_symbols(w);
	buf_add(&w->shstrtab, "", 1);
	for (size_t i = 0; i < m->nsections; i++) {
		if (m->sections[i]->dropped)
			continue;
		TRY(new_content(w, m->sections[i]));
		if (m->sections[i]->nrelas) {
			add_relas(w, i);
			TRY(new_rela(w, i));
		}
	}
	return new_tables(w);
}

static struct error *read_back(const struct writer *w, int fd,
			       struct buf *ret_bytes)
{
	struct buf b = BUF_INIT;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(errno, "%s: cannot stat", w->m->name);
	buf_reserve(&b, (size_t)st.st_size);
	while (b.len < (size_t)st.st_size) {
		ssize_t n = pread(fd, b.data + b.len,
				  (size_t)st.st_size - b.len, (off_t)b.len);

		if (n <= 0) {
			buf_deinit(&b);
			return error_errno(n ? errno : EIO, "%s: cannot read",
					   w->m->name);
		}
		b.len += (size_t)n;
	}
	b.data[b.len] = '\0';
	*ret_bytes = b;
	return NULL;
}

struct error *model_write(struct model *m, struct buf *ret_bytes)
{
	_cleanup_(writer_deinit) struct writer w = {.m = m};
	_autoclose_ int fd = memfd_create("kpatch-object", MFD_CLOEXEC);

	if (fd < 0)
		return error_errno(errno, "%s: memfd_create", m->name);
	w.relas = xcalloc(m->nsections, sizeof(*w.relas));
	elf_version(EV_CURRENT);
	w.elf = elf_begin(fd, ELF_C_WRITE, NULL);
	if (!w.elf)
		return failed(&w, "elf_begin");
	TRY(fill(&w));
	if (elf_update(w.elf, ELF_C_WRITE) < 0)
		return failed(&w, "elf_update");
	return read_back(&w, fd, ret_bytes);
}
