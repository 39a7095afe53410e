// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A patch for the installed libc, whatever its build: read, write, recv,
 * writev and sendmsg are replaced by functions that do the same and count
 * their calls in a new variable. (Without being points of cancellation: the
 * servers that are patched cancel no thread.)
 * usage: libcpatch LIBC OUT.kpatch
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/log.h"
#include "elf/elf_image.h"
#include "elf/elf_note.h"
#include "unit/patch_builder.h"

struct replaced {
	const char *name;
	uint8_t nr;
};

static const struct replaced functions[] = {
	{"read", SYS_read},	{"write", SYS_write},	  {"recv", SYS_recvfrom},
	{"writev", SYS_writev}, {"sendmsg", SYS_sendmsg},
};

#define NFUNCTIONS (sizeof(functions) / sizeof(functions[0]))
#define OFF_COUNTER 8
#define OFF_NR 13
#define OFF_ERRNO 43

/* endbr64; lock incq counter(%rip); mov $nr,%eax; */
/* mov %ecx,%r10d; xor %r8d,%r8d; xor %r9d,%r9d (for recv: no address); */
/* syscall; cmp $-4095,%rax; jae 1f; ret */
/* 1: push %rbx; neg %eax; mov %eax,%ebx; call __errno_location */
/* mov %ebx,(%rax); or $-1,%rax; pop %rbx; ret */
static const uint8_t code[] = {
	0xf3, 0x0f, 0x1e, 0xfa, 0xf0, 0x48, 0xff, 0x05, 0,    0,    0,    0,
	0xb8, 0,    0,	  0,	0,    0x41, 0x89, 0xca, 0x45, 0x31, 0xc0, 0x45,
	0x31, 0xc9, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x73, 0x01,
	0xc3, 0x53, 0xf7, 0xd8, 0x89, 0xc3, 0xe8, 0,	0,    0,    0,	  0x89,
	0x18, 0x48, 0x83, 0xc8, 0xff, 0x5b, 0xc3};

struct patch {
	struct builder b;
	const struct elf_section *text; /* of libc */
	uint16_t ktext, info, names, orig;
	uint32_t stub_sym, text_sym, names_sym, counter_sym, errno_sym;
};

static const struct elf_symbol *find(const struct elf_symtab *tab,
				     const char *name)
{
	for (size_t i = 0; i < tab->count; i++) {
		if (!strcmp(tab->syms[i].name, name) && tab->syms[i].section)
			return &tab->syms[i];
	}
	errx(1, "libc has no %s", name);
}

static void start(struct patch *p, const struct elf_section *text)
{
	struct builder *b = &p->b;
	uint64_t zero = 0;

	builder_init(b);
	p->text = text;
	uint16_t stub = add_stub(b, text->name, SHF_ALLOC | SHF_EXECINSTR,
				 text->h.sh_addr, text->h.sh_size);
	p->ktext = add_section(b, ".kpatch.text", SHF_ALLOC | SHF_EXECINSTR, 16);
	uint16_t data = add_section(b, ".kpatch.data", SHF_ALLOC | SHF_WRITE, 8);
	p->info = add_section(b, ".kpatch.info", SHF_ALLOC, 8);
	p->names = add_section(b, ".kpatch.strtab", SHF_ALLOC, 1);
	p->orig = add_section(b, ".kpatch.orig", SHF_ALLOC, 1);
	add_data(b, data, &zero, sizeof(zero));
	p->stub_sym = add_symbol(b, "", STT_SECTION, stub, 0);
	p->text_sym = add_symbol(b, "", STT_SECTION, p->ktext, 0);
	p->names_sym = add_symbol(b, "", STT_SECTION, p->names, 0);
	p->counter_sym = add_symbol(b, "", STT_SECTION, data, 0);
	p->errno_sym = add_symbol(b, "__errno_location@GLIBC_2.2.5", STT_NOTYPE,
				  SHN_UNDEF, 0);
}

static void replace(struct patch *p, const struct elf_symbol *sym, uint8_t nr)
{
	struct builder *b = &p->b;
	struct kpatch_info e = {.dlen = sym->size, .slen = sizeof(code)};
	uint64_t from = sym->value - p->text->h.sh_addr;
	uint8_t new[sizeof(code)];

	memcpy(new, code, sizeof(code));
	new[OFF_NR] = nr;
	if (nr != SYS_recvfrom) /* keep the arguments: NOPs */
		memset(new + OFF_NR + 4, 0x90, 9);
	while (b->sections[p->ktext].data.len % 16)
		add_data(b, p->ktext, "\xcc", 1);
	uint64_t at = add_data(b, p->ktext, new, sizeof(new));
	add_reloc(b, p->ktext, at + OFF_COUNTER, R_X86_64_PC32, p->counter_sym,
		  -4);
	add_reloc(b, p->ktext, at + OFF_ERRNO, R_X86_64_PLT32, p->errno_sym,
		  -4);
	uint64_t info = add_data(b, p->info, &e, sizeof(e));
	uint64_t name = add_data(b, p->names, sym->name, strlen(sym->name) + 1);
	add_reloc(b, p->info, info, R_X86_64_64, p->stub_sym, (int64_t)from);
	add_reloc(b, p->info, info + 16, R_X86_64_64, p->text_sym, (int64_t)at);
	add_reloc(b, p->info, info + 32, R_X86_64_64, p->names_sym,
		  (int64_t)name);
	add_data(b, p->orig, p->text->data + from, sym->size);
}

static struct error *make(const char *libc, const char *out)
{
	static struct patch p;
	struct elf_image *image;
	struct elf_symtab tab;
	struct elf_buildid id;
	struct kpfile kp;
	struct buf bytes;

	TRY(elf_image_open_file(libc, &image));
	TRY(elf_symtab_read(image, SHT_DYNSYM, &tab));
	start(&p, find(&tab, functions[0].name)->section);
	for (size_t i = 0; i < NFUNCTIONS; i++)
		replace(&p, find(&tab, functions[i].name), functions[i].nr);
	if (!elf_image_buildid(image, &id))
		return error_new(ERR_BADFILE, "%s: no BuildID", libc);
	build_patch(&p.b, &kp);
	kp.buildid.len = (uint8_t)id.len;
	memcpy(kp.buildid.bytes, id.bytes, id.len);
	TRY(kpfile_format(&kp, &bytes));
	return file_write(out, bytes.data, bytes.len, 0644);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: libcpatch LIBC OUT.kpatch");
	return report("libcpatch", make(argv[1], argv[2]));
}
