// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/shipped.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "elf/elf_note.h"
#include "object/same.h"
#include "object/side.h"

#define ULL unsigned long long

struct tally {
	uint64_t all, equal;
};

struct verification {
	struct side built, shipped;
	struct buf *report;
	struct tally bytes;      /* of what is compared, section by section */
	struct tally functions;  /* one by one */
	struct tally variables;
	uint64_t differ;         /* of these two and sections, in number */
	bool moved;
};

/* ---- sections ---- */

static bool is_build_id(const struct elf_section *s)
{
	return !strcmp(s->name, ".note.gnu.build-id");
}

/* The same occurrence of the name among the allocated sections. */
static const struct elf_section *same_named(const struct elf_image *from,
					    const struct elf_section *s,
					    const struct elf_image *to)
{
	size_t n = 0;

	for (size_t i = 1; i < s->index; i++)
		n += (from->sections[i].h.sh_flags & SHF_ALLOC) &&
		     !strcmp(from->sections[i].name, s->name);
	for (size_t i = 1; i < to->nsections; i++) {
		const struct elf_section *t = &to->sections[i];

		if ((t->h.sh_flags & SHF_ALLOC) && !strcmp(t->name, s->name) &&
		    n-- == 0)
			return t;
	}
	return NULL;
}

static uint64_t equal_bytes(const struct elf_section *s,
			    const struct elf_section *t)
{
	uint64_t len = s->h.sh_size < t->h.sh_size ? s->h.sh_size
						   : t->h.sh_size;
	uint64_t n = 0;

	if (!s->data || !t->data)
		return !s->data && !t->data ? len : 0;
	for (uint64_t i = 0; i < len; i++)
		n += s->data[i] == t->data[i];
	return n;
}

static void compare_section(struct verification *v,
			    const struct elf_section *s,
			    const struct elf_section *t)
{
	uint64_t len = s->h.sh_size > t->h.sh_size ? s->h.sh_size
						   : t->h.sh_size;
	uint64_t n = equal_bytes(s, t);
	int64_t move = (int64_t)(t->h.sh_addr - s->h.sh_addr);

	buf_addf(v->report, "section %s: ", s->name);
	if (n == len)
		buf_addf(v->report, "%llu bytes, equal", (ULL)len);
	else if (s->h.sh_size != t->h.sh_size)
		buf_addf(v->report, "%llu bytes, shipped %llu",
			 (ULL)s->h.sh_size, (ULL)t->h.sh_size);
	else
		buf_addf(v->report, "%llu of %llu bytes equal", (ULL)n,
			 (ULL)len);
	if (move)
		buf_addf(v->report, ", %#llx bytes further %s",
			 (ULL)(move < 0 ? -move : move),
			 move < 0 ? "down" : "up");
	buf_add_str(v->report, "\n");
	if (!is_build_id(s)) {
		v->moved |= n != len || move;
		v->bytes.all += len;
		v->bytes.equal += n;
	}
}

static void missing_section(struct verification *v,
			    const struct elf_section *s, const char *where)
{
	buf_addf(v->report, "section %s: %llu bytes, only in the %s one\n",
		 s->name, (ULL)s->h.sh_size, where);
	v->bytes.all += s->h.sh_size;
	v->moved = true;
}

static void compare_sections(struct verification *v)
{
	const struct elf_image *a = v->built.image, *b = v->shipped.image;

	for (size_t i = 1; i < a->nsections; i++) {
		const struct elf_section *s = &a->sections[i], *t;

		if (!(s->h.sh_flags & SHF_ALLOC))
			continue;
		t = same_named(a, s, b);
		if (t)
			compare_section(v, s, t);
		else if (s->h.sh_size)
			missing_section(v, s, "built");
	}
	for (size_t i = 1; i < b->nsections; i++) {
		const struct elf_section *s = &b->sections[i];

		if ((s->h.sh_flags & SHF_ALLOC) && s->h.sh_size &&
		    !same_named(b, s, a))
			missing_section(v, s, "shipped");
	}
}

/* ---- functions and variables ---- */

static int order_of_names(const struct side_symbol *a,
			  const struct side_symbol *b)
{
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, n);

	if (order)
		return order;
	if (a->name_len != b->name_len)
		return a->name_len < b->name_len ? -1 : 1;
	return (int)b->is_function - (int)a->is_function;
}

static int by_name(const void *x, const void *y)
{
	const struct side_symbol *a = *(struct side_symbol *const *)x;
	const struct side_symbol *b = *(struct side_symbol *const *)y;
	int order = order_of_names(a, b);

	if (order)
		return order;
	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

static struct side_symbol **sorted_by_name(const struct side *s)
{
	struct side_symbol **all = xcalloc(s->n + 1, sizeof(*all));

	for (size_t i = 0; i < s->n; i++)
		all[i] = &s->symbols[i];
	qsort(all, s->n, sizeof(*all), by_name);
	return all;
}

static void say_differs(struct verification *v, const struct side_symbol *x,
			uint64_t at, const char *how)
{
	const struct elf_section *s =
		elf_section_at(v->built.image, x->addr, false);

	buf_addf(v->report, "differs: %s %.*s (%s+%#llx)",
		 x->is_function ? "function" : "variable", (int)x->name_len,
		 x->name, s ? s->name : "?",
		 (ULL)(s ? x->addr - s->h.sh_addr : x->addr));
	buf_addf(v->report, " at +%#llx: %s\n", (ULL)at, how);
	v->differ++;
}

static void compare_symbol(struct verification *v, const struct side_symbol *x,
			   const struct side_symbol *y)
{
	struct tally *tally = x->is_function ? &v->functions : &v->variables;
	_cleanup_(buf_deinit) struct buf why = BUF_INIT;
	uint64_t at = 0;
	bool same = x->is_function
			    ? same_function(&v->built, x, &v->shipped, y, &at,
					    &why)
			    : same_variable(&v->built, x, &v->shipped, y, &at,
					    &why);

	tally->all++;
	tally->equal += same;
	if (!same)
		say_differs(v, x, at, why.len ? why.data : "other bytes");
}

static void only_in(struct verification *v, const struct side_symbol *x,
		    const char *where)
{
	struct tally *tally = x->is_function ? &v->functions : &v->variables;

	tally->all++;
	buf_addf(v->report, "differs: %s %.*s: only in the %s one\n",
		 x->is_function ? "function" : "variable", (int)x->name_len,
		 x->name, where);
	v->differ++;
}

/* Of several with one name, the first with the first, and so on. */
static void compare_symbols(struct verification *v)
{
	_autofree_ struct side_symbol **a = sorted_by_name(&v->built);
	_autofree_ struct side_symbol **b = sorted_by_name(&v->shipped);
	size_t i = 0, k = 0;

	while (i < v->built.n || k < v->shipped.n) {
		int order = i == v->built.n   ? 1
			    : k == v->shipped.n ? -1
						: order_of_names(a[i], b[k]);

		if (order < 0)
			only_in(v, a[i++], "built");
		else if (order > 0)
			only_in(v, b[k++], "shipped");
		else
			compare_symbol(v, a[i++], b[k++]);
	}
}

/* ---- the whole ---- */

static void add_percent(struct buf *out, const struct tally *t)
{
	/* never 100 with a difference */
	uint64_t n = t->all ? t->equal * 10000 / t->all : 10000;

	buf_addf(out, "%llu.%02llu %%", (ULL)(n / 100), (ULL)(n % 100));
}

static void report_ids(struct verification *v)
{
	struct elf_buildid a, b;
	bool has_a = elf_image_buildid(v->built.image, &a);
	bool has_b = elf_image_buildid(v->shipped.image, &b);

	if (has_a && has_b)
		buf_addf(v->report, "BuildID: %s\n",
			 a.len == b.len && !memcmp(a.bytes, b.bytes, a.len)
				 ? "equal"
				 : "another (patches find their object by it: "
				   "kpatch_make --buildid)");
	else
		buf_add_str(v->report, has_b   ? "BuildID: only shipped\n"
				       : has_a ? "BuildID: only built\n"
					       : "BuildID: none\n");
}

static struct error *report_whole(struct verification *v)
{
	struct buf *out = v->report;

	buf_addf(out, "bytes: %llu of %llu equal, ", (ULL)v->bytes.equal,
		 (ULL)v->bytes.all);
	add_percent(out, &v->bytes);
	buf_add_str(out, "\n");
	if (!v->moved) {
		buf_add_str(out, "the same program, byte for byte\n");
		return NULL;
	}
	buf_addf(out, "functions: %llu of %llu equal, ",
		 (ULL)v->functions.equal, (ULL)v->functions.all);
	add_percent(out, &v->functions);
	buf_addf(out, "\nvariables: %llu of %llu equal, ",
		 (ULL)v->variables.equal, (ULL)v->variables.all);
	add_percent(out, &v->variables);
	buf_add_str(out, "\n");
	if (!v->functions.all)
		return error_new(ERR_FAILED,
				 "%s: sections differ from %s, and it has no "
				 "names of functions to compare them by: build "
				 "it unstripped",
				 v->built.image->name, v->shipped.image->name);
	if (v->differ)
		return error_new(ERR_FAILED,
				 "%s: %llu function(s) and variable(s) differ "
				 "from %s",
				 v->built.image->name, (ULL)v->differ,
				 v->shipped.image->name);
	buf_add_str(out, "the same functions and variables, elsewhere; sections "
			 "of unwind data and of the linker's own were not "
			 "compared further\n");
	return NULL;
}

static struct error *check_kind(const struct elf_image *image)
{
	if (image->ehdr.e_type == ET_EXEC || image->ehdr.e_type == ET_DYN)
		return NULL;
	return error_new(ERR_BADFILE, "%s: not a linked executable or library",
			 image->name);
}

static struct error *check_debug(const struct elf_image *shipped,
				 const struct elf_image *debug)
{
	struct elf_buildid a, b;

	if (!elf_image_buildid(shipped, &a) || !elf_image_buildid(debug, &b) ||
	    (a.len == b.len && !memcmp(a.bytes, b.bytes, a.len)))
		return NULL;
	return error_new(ERR_FAILED,
			 "%s: is of another build than %s: their BuildIDs "
			 "differ",
			 debug->name, shipped->name);
}

static struct error *verify(struct verification *v,
			    const struct elf_image *debug)
{
	const struct elf_image *shipped = v->shipped.image;

	report_ids(v);
	compare_sections(v);
	if (v->moved) {
		if (v->shipped.n) {
			buf_addf(v->report, "names: of %s\n",
				 debug ? debug->name : shipped->name);
		} else {
			side_borrow_names(&v->shipped, &v->built);
			buf_add_str(v->report,
				    "names: shipped has none; functions are "
				    "looked for at the same places\n");
		}
		compare_symbols(v);
	}
	return report_whole(v);
}

struct error *shipped_verify(const struct elf_image *built,
			     const struct elf_image *shipped,
			     const struct elf_image *debug, struct buf *report)
{
	struct verification v = {.report = report};

	TRY(check_kind(built));
	TRY(check_kind(shipped));
	if (debug)
		TRY(check_debug(shipped, debug));
	TRY(side_read(built, built, &v.built));
	struct error *err = side_read(shipped, debug ? debug : shipped,
				      &v.shipped);
	if (!err)
		err = verify(&v, debug);
	side_deinit(&v.built);
	side_deinit(&v.shipped);
	return err;
}
