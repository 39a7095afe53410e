// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/types.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define MAX_DEPTH 32u
#define NO_PLACE UINT64_MAX

/* An enumerator is a member at its value. */
struct member {
	char *name;
	char *type; /* what it is, not how that is called */
	uint64_t at, bits; /* bits from the beginning; of a bit-field, else 0 */
};

struct type {
	char *name; /* "struct a", "class b::c", "enum d" */
	char *file;
	int line;
	uint64_t size;
	bool is_enum;
	struct member *members;
	size_t n, cap;
};

static void type_free(struct type *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->members[i].name);
		free(t->members[i].type);
	}
	free(t->members);
	free(t->name);
	free(t->file);
	free(t);
}

void types_deinit(struct types *types)
{
	for (size_t i = 0; i < types->n; i++)
		type_free(types->all[i]);
	free(types->all);
	free(types->kept);
	strmap_deinit(&types->by_name);
	memset(types, 0, sizeof(*types));
}

/* ---- reading ---- */

static uint64_t number(Dwarf_Die *die, unsigned int what, uint64_t otherwise)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;
	Dwarf_Sword negative;

	if (!dwarf_attr_integrate(die, what, &attr))
		return otherwise;
	if (dwarf_formudata(&attr, &value) == 0)
		return value;
	if (dwarf_formsdata(&attr, &negative) == 0)
		return (uint64_t)negative;
	return otherwise;
}

static bool has(Dwarf_Die *die, unsigned int what)
{
	return dwarf_hasattr(die, what);
}

/* The type behind typedefs and qualifiers; false: void. */
static bool peeled_type(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Die type;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) &&
	       dwarf_formref_die(&attr, &type) &&
	       dwarf_peel_type(&type, ret) == 0;
}

static bool is_record(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type;
}

static void add_bounds(Dwarf_Die *array, struct buf *out)
{
	Dwarf_Die child;

	if (dwarf_child(array, &child) != 0)
		return;
	do {
		if (dwarf_tag(&child) != DW_TAG_subrange_type)
			continue;
		uint64_t n = number(&child, DW_AT_upper_bound, UINT64_MAX) + 1;

		buf_addf(out, "[%llu]", (unsigned long long)number(
						&child, DW_AT_count, n));
	} while (dwarf_siblingof(&child, &child) == 0);
}

static void read_members(Dwarf_Die *die, struct type *t, unsigned int depth);

static void describe(Dwarf_Die *die, unsigned int depth, struct buf *out)
{
	const char *name = dwarf_diename(die);
	struct type inner = {0};
	Dwarf_Die of;

	switch (dwarf_tag(die)) {
	case DW_TAG_base_type:
		buf_addf(out, "number %llu.%llu",
			 (unsigned long long)number(die, DW_AT_encoding, 0),
			 (unsigned long long)number(die, DW_AT_byte_size, 0));
		return;
	case DW_TAG_array_type:
		if (depth < MAX_DEPTH && peeled_type(die, &of))
			describe(&of, depth + 1, out);
		add_bounds(die, out);
		return;
	case DW_TAG_enumeration_type:
		buf_addf(out, "enum %llu", (unsigned long long)number(
						   die, DW_AT_byte_size, 0));
		return;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		if (name || depth >= MAX_DEPTH) {
			buf_addf(out, "%s", name ? name : "?");
			return;
		}
		read_members(die, &inner, depth + 1);
		for (size_t i = 0; i < inner.n; i++) {
			struct member *m = &inner.members[i];

			buf_addf(out, "%s@%llu:%s;", m->name,
				 (unsigned long long)m->at, m->type);
			free(m->name);
			free(m->type);
		}
		free(inner.members);
		return;
	default:
		buf_add_str(out, "pointer");
	}
}

/* In bits; NO_PLACE for static members. */
static uint64_t place_of(Dwarf_Die *die, bool is_union)
{
	uint64_t at = number(die, DW_AT_data_member_location, NO_PLACE);

	if (has(die, DW_AT_external) || has(die, DW_AT_declaration))
		return NO_PLACE;
	if (has(die, DW_AT_data_bit_offset))
		return number(die, DW_AT_data_bit_offset, 0);
	if (at == NO_PLACE)
		return is_union ? 0 : NO_PLACE;
	return 8 * at + number(die, DW_AT_bit_offset, 0);
}

static void read_member(Dwarf_Die *die, bool is_union, struct type *t,
			unsigned int depth)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	bool is_enumerator = dwarf_tag(die) == DW_TAG_enumerator;
	const char *name = dwarf_diename(die);
	uint64_t at = is_enumerator ? number(die, DW_AT_const_value, 0)
				    : place_of(die, is_union);
	Dwarf_Die type;

	if (at == NO_PLACE && !is_enumerator)
		return;
	if (peeled_type(die, &type))
		describe(&type, depth, &text);
	VEC_GROW(t->members, t->n, t->cap);
	t->members[t->n++] = (struct member){
		.name = xstrdup(name ? name : ""),
		.type = xstrndup(text.len ? text.data : "", text.len),
		.at = at,
		.bits = number(die, DW_AT_bit_size, 0),
	};
}

static void read_members(Dwarf_Die *die, struct type *t, unsigned int depth)
{
	bool is_union = dwarf_tag(die) == DW_TAG_union_type;
	Dwarf_Die child;

	if (dwarf_child(die, &child) != 0)
		return;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_member || tag == DW_TAG_inheritance ||
		    tag == DW_TAG_enumerator)
			read_member(&child, is_union, t, depth);
	} while (dwarf_siblingof(&child, &child) == 0);
}

/* File 0 of DWARF 5, which clang uses, is unknown to dwarf_decl_file(). */
static const char *file_of(Dwarf_Die *die)
{
	const char *file = dwarf_decl_file(die);
	Dwarf_Die unit;

	if (!file && dwarf_diecu(die, &unit, NULL, NULL))
		file = dwarf_diename(&unit);
	return file ? file : "?";
}

/* Several of one name, as types without one in a function, are numbered. */
static char *unused_name(const struct types *types, const char *name)
{
	char *unused = xstrdup(name);

	for (unsigned int i = 2; strmap_gets(&types->by_name, unused); i++) {
		free(unused);
		unused = xasprintf("%s#%u", name, i);
	}
	return unused;
}

/* `name`: with its scope; `die` says where it's declared. */
static void add_type(struct types *types, Dwarf_Die *type, Dwarf_Die *die,
		     const char *name)
{
	struct type *t = xcalloc(1, sizeof(*t));

	t->name = unused_name(types, name);
	t->file = xstrdup(file_of(die));
	dwarf_decl_line(die, &t->line);
	t->size = number(type, DW_AT_byte_size, 0);
	t->is_enum = dwarf_tag(type) == DW_TAG_enumeration_type;
	read_members(type, t, 0);
	VEC_GROW(types->all, types->n, types->cap);
	types->all[types->n++] = t;
	strmap_put(&types->by_name, t->name, strlen(t->name), t);
}

static bool is_layout(Dwarf_Die *type)
{
	int tag = dwarf_tag(type);

	return is_record(tag) || tag == DW_TAG_enumeration_type;
}

/* Not on a stack: it lives on when the patch comes. */
static bool is_static(Dwarf_Die *variable)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr_integrate(variable, DW_AT_location, &attr) ||
	    dwarf_getlocation(&attr, &ops, &n) != 0 || !n)
		return false;
	return ops[0].atom == DW_OP_addr || ops[0].atom == DW_OP_addrx ||
	       ops[n - 1].atom == DW_OP_GNU_push_tls_address ||
	       ops[n - 1].atom == DW_OP_form_tls_address;
}

static bool is_in_function(Dwarf_Die *die)
{
	_autofree_ Dwarf_Die *scopes = NULL;
	int n = dwarf_getscopes_die(die, &scopes);

	for (int i = 1; i < n; i++) {
		if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram)
			return true;
	}
	return false;
}

/* The type as it is called, if it has a name; behind arrays and pointers. */
static bool called_type(Dwarf_Die *variable, Dwarf_Die *ret)
{
	Dwarf_Attribute attr;
	Dwarf_Die die = *variable;

	for (unsigned int i = 0; i < MAX_DEPTH; i++) {
		int tag;

		if (!dwarf_attr_integrate(&die, DW_AT_type, &attr) ||
		    !dwarf_formref_die(&attr, &die))
			return false;
		tag = dwarf_tag(&die);
		if (tag == DW_TAG_typedef || is_layout(&die)) {
			*ret = die;
			return true;
		}
		if (tag != DW_TAG_array_type && tag != DW_TAG_pointer_type &&
		    tag != DW_TAG_const_type && tag != DW_TAG_volatile_type)
			return false;
	}
	return false;
}

/* If its type has no name by which read_die() finds it. */
static void add_variable(struct types *types, Dwarf_Die *die, const char *name)
{
	Dwarf_Die type;

	if (is_static(die) && called_type(die, &type) &&
	    !dwarf_diename(&type))
		add_type(types, &type, die, name);
}

static void read_scope(struct types *types, Dwarf_Die *scope, const char *in,
		       bool local, unsigned int depth);

/*
 * A closure may be kept if it's a parameter of a class template, as of
 * std::function's and std::thread's. Others are gone when their function ends.
 */
static void note_kept(struct types *types, Dwarf_Die *scope, bool in_record,
		      unsigned int depth)
{
	Dwarf_Die die, type;

	if (depth == MAX_DEPTH || dwarf_child(scope, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_namespace || is_record(tag))
			note_kept(types, &die, is_record(tag), depth + 1);
		if (tag == DW_TAG_GNU_template_parameter_pack && in_record)
			note_kept(types, &die, true, depth + 1);
		if (tag != DW_TAG_template_type_parameter || !in_record ||
		    !peeled_type(&die, &type))
			continue;
		for (int i = 0; i < 3 && !is_layout(&type); i++) {
			if (!peeled_type(&type, &type))
				break;
		}
		VEC_GROW(types->kept, types->nkept, types->cap_kept);
		types->kept[types->nkept++] = dwarf_dieoffset(&type);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static bool is_kept(const struct types *types, Dwarf_Die *die)
{
	Dwarf_Off offset = dwarf_dieoffset(die);

	for (size_t i = 0; i < types->nkept; i++) {
		if (types->kept[i] == offset)
			return true;
	}
	return false;
}

/* Overloaded functions have one name. */
static const char *function_name(Dwarf_Die *die)
{
	Dwarf_Attribute attr;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attr))
		name = dwarf_formstring(&attr);
	return name ? name : dwarf_diename(die);
}

/* typedef struct { ... } name; but not of what belongs to a function. */
static void add_typedef(struct types *types, Dwarf_Die *die, const char *name)
{
	Dwarf_Die type;

	if (peeled_type(die, &type) && !dwarf_diename(&type) &&
	    is_layout(&type) && !is_in_function(&type))
		add_type(types, &type, die, name);
}

static void read_die(struct types *types, Dwarf_Die *die, const char *in,
		     bool local, unsigned int depth)
{
	int tag = dwarf_tag(die);
	const char *name = tag == DW_TAG_subprogram ? function_name(die)
						    : dwarf_diename(die);

	if (tag == DW_TAG_lexical_block) {
		read_scope(types, die, in, local, depth + 1);
		return;
	}
	if (!name && local && is_layout(die) && is_kept(types, die))
		name = "{unnamed}"; /* closures as well */
	if (!name || has(die, DW_AT_declaration))
		return;
	_autofree_ char *full = xasprintf("%s%s", in, name);
	_autofree_ char *scoped = xasprintf("%s::", full);

	if (is_layout(die))
		add_type(types, die, die, full);
	if (tag == DW_TAG_variable && !local)
		add_variable(types, die, full);
	if (tag == DW_TAG_typedef && !local)
		add_typedef(types, die, full);
	if (tag == DW_TAG_subprogram)
		read_scope(types, die, scoped, true, depth + 1);
	if (tag == DW_TAG_namespace || is_record(tag))
		read_scope(types, die, scoped, local, depth + 1);
}

/* `local`: in a function. */
static void read_scope(struct types *types, Dwarf_Die *scope, const char *in,
		       bool local, unsigned int depth)
{
	Dwarf_Die die;

	if (depth == MAX_DEPTH || dwarf_child(scope, &die) != 0)
		return;
	do {
		read_die(types, &die, in, local, depth);
	} while (dwarf_siblingof(&die, &die) == 0);
}

void types_read(const char *object, struct types *types)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwarf_CU *unit = NULL;
	Dwarf_Addr bias;
	Dwarf *dwarf = NULL;
	Dwarf_Die die;

	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	Dwfl_Module *module = dwfl_report_offline(dwfl, "", object, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	if (module)
		dwarf = dwfl_module_getdwarf(module, &bias);
	/* type units as well */
	while (dwarf && dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die,
					NULL) == 0) {
		types->nkept = 0;
		note_kept(types, &die, false, 0);
		read_scope(types, &die, "", false, 0);
	}
	dwfl_end(dwfl);
}

/* ---- comparing ---- */

static const struct member *member_named(const struct type *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (*name && !strcmp(t->members[i].name, name))
			return &t->members[i];
	}
	return NULL;
}

static bool same_member(const struct member *x, const struct member *y)
{
	return x->at == y->at && x->bits == y->bits && !strcmp(x->type, y->type);
}

/* One of `a` in the same place that `b` doesn't have: it was renamed. */
static bool was_renamed(const struct type *a, const struct type *b,
			const struct member *y)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct member *x = &a->members[i];

		if (same_member(x, y) &&
		    (!*x->name || !member_named(b, x->name)))
			return true;
	}
	return false;
}

static struct error *differs(const struct type *t, const struct member *m,
			     const char *how)
{
	return error_new(ERR_FAILED,
			 "%s:%d: layout of type %s changed (%s%s%s), which "
			 "objects that live already don't follow; if there are "
			 "none, set KPATCH_ALLOW_LAYOUT=%s",
			 t->file, t->line, t->name, m ? m->name : "",
			 m ? " " : "", how, t->name);
}

static struct error *compare_type(const struct type *a, const struct type *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct member *y = &b->members[i];
		const struct member *x = member_named(a, y->name);

		if (x && x->at != y->at)
			return differs(b, y, b->is_enum ? "has another value"
							: "moved");
		if (x && !same_member(x, y))
			return differs(b, y, "has another type");
		if (!x && !b->is_enum && !was_renamed(a, b, y))
			return differs(b, y, "is new");
	}
	if (a->size != b->size)
		return differs(b, NULL, "its size");
	return NULL;
}

static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (len == n && !memcmp(list, name, n))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

struct error *types_compare(const struct types *a, const struct types *b,
			    const char *allowed)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct type *y = b->all[i];
		const struct type *x = strmap_gets(&a->by_name, y->name);

		if (x && x->is_enum == y->is_enum &&
		    !is_listed(allowed, y->name))
			TRY(compare_type(x, y));
	}
	return NULL;
}
