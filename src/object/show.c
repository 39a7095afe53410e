// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/show.h"

#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "kpfile/info.h"
#include "object/patch_object.h"

#define MAX_TYPES 64 /* of relocations; the ABI has some 42 */

/* Text from the file, fit for a terminal. */
static void print_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		putc(c < ' ' || c == 0x7f ? '?' : c, out);
	}
}

static void print_label(FILE *out, const char *label, const char *text)
{
	fprintf(out, "%-13s", label);
	print_text(out, *text ? text : "-");
	putc('\n', out);
}

static void print_time(FILE *out, uint64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[64] = "-";
	struct tm tm;

	if (seconds && gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	print_label(out, "built:", text);
}

static void print_header(FILE *out, const struct kpfile *kp)
{
	char hex[2 * BUILDID_MAX + 1];
	struct buildid sum = {.len = sizeof(kp->checksum)};

	print_label(out, "object:", kp->object_name);
	buildid_format(&kp->buildid, hex);
	print_label(out, "BuildID:", hex);
	if (kp->patchlevel)
		fprintf(out, "%-13s%u\n", "patchlevel:", kp->patchlevel);
	else
		print_label(out, "patchlevel:", "");
	print_label(out, "description:", kp->description);
	print_label(out, "CVEs:", kp->cves);
	print_time(out, kp->build_time);
	memcpy(sum.bytes, kp->checksum, sizeof(kp->checksum));
	buildid_format(&sum, hex);
	print_label(out, "SHA-256:", hex);
}

static void print_func(FILE *out, const struct patch_func *f)
{
	fputs("  ", out);
	print_text(out, f->name);
	if (f->flags & KPATCH_INFO_NEW)
		fprintf(out, ": new, %llu bytes\n",
			(unsigned long long)f->repl_len);
	else if (f->flags & KPATCH_INFO_RANGE)
		fprintf(out, ": range of %llu bytes at %s+0x%llx, no jump\n",
			(unsigned long long)f->orig_len, f->orig.section->name,
			(unsigned long long)f->orig.offset);
	else
		fprintf(out, ": %llu bytes at %s+0x%llx, replaced by %llu\n",
			(unsigned long long)f->orig_len, f->orig.section->name,
			(unsigned long long)f->orig.offset,
			(unsigned long long)f->repl_len);
}

static void print_data(FILE *out, const struct patch_object *po)
{
	fputs("sections:\n", out);
	for (size_t i = 1; i < po->image->nsections; i++) {
		const struct elf_section *s = &po->image->sections[i];

		if (!s->data || strncmp(s->name, ".kpatch.", 8))
			continue;
		fputs("  ", out);
		print_text(out, s->name);
		fprintf(out, ": %llu bytes\n",
			(unsigned long long)s->h.sh_size);
	}
}

static void print_imports(FILE *out, const struct patch_object *po)
{
	size_t n = 0;

	fputs("imports:\n", out);
	for (size_t i = 1; i < po->symtab.count; i++) {
		const struct elf_symbol *sym = &po->symtab.syms[i];

		if (sym->shndx != SHN_UNDEF || !sym->name[0])
			continue;
		fputs("  ", out);
		print_text(out, sym->name);
		fputs(sym->type == STT_TLS ? " (thread-local)\n" : "\n", out);
		n++;
	}
	if (!n)
		fputs("  none\n", out);
}

static void print_relocations(FILE *out, const struct patch_object *po)
{
	size_t counts[MAX_TYPES] = {0};

	fputs("relocations:\n", out);
	for (size_t i = 0; i < po->nrelas; i++) {
		const struct elf_relas *list = &po->relas[i].list;

		for (size_t k = 0; k < list->count; k++) {
			uint64_t type = ELF64_R_TYPE(list->relas[k].r_info);

			counts[type < MAX_TYPES ? type : MAX_TYPES - 1]++;
		}
	}
	for (uint32_t type = 0; type < MAX_TYPES; type++) {
		if (counts[type])
			fprintf(out, "  %s: %zu\n", elf_reloc_name(type),
				counts[type]);
	}
}

struct error *kpfile_show(const struct kpfile *kp, FILE *out)
{
	_cleanup_(patch_object_freep) struct patch_object *po = NULL;

	print_header(out, kp);
	TRY(patch_object_read("patch object", kp->image.data, kp->image.len,
			      &po));
	TRY(patch_object_check(po));
	fputs("functions:\n", out);
	for (size_t i = 0; i < po->nfuncs; i++)
		print_func(out, &po->funcs[i]);
	print_data(out, po);
	print_imports(out, po);
	print_relocations(out, po);
	return NULL;
}
