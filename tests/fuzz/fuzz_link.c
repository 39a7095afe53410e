// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the object of a .kpatch file: loaded, laid out, relocated, with
 * made-up addresses for what it imports. What the linker yields must lie in
 * the parts that it has asked memory for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor/state.h"
#include "link/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BIAS 0x555555554000u
#define PARTS 0x555556000000u
#define MAX_FUZZED ((size_t)1 << 20)

/* From a name to one of: not found, near, too far for 32 bits, a weak 0. */
static struct error *pick(const char *name, uint64_t *ret)
{
	static const uint64_t places[] = {BIAS + 0x1234, 0x7ffff7dd0000, 0};
	unsigned int h = (unsigned char)name[0] + (unsigned int)strlen(name);

	if (h % 4 == 3)
		return error_new(ERR_FAILED, "no object of the process "
				 "defines it");
	*ret = places[h % 4];
	return NULL;
}

static struct error *symbol(void *arg, const char *name, const char *version,
			    enum link_use use, uint64_t *ret_addr,
			    bool *ret_is_function)
{
	(void)arg;
	*ret_is_function = use == LINK_CALL || (version && *version);
	return pick(name, ret_addr);
}

static struct error *tls_offset(void *arg, const char *name,
				const char *version, int64_t *ret_tpoff)
{
	(void)arg;
	(void)version;
	return pick(name, (uint64_t *)ret_tpoff);
}

static struct error *own_tls_offset(void *arg, uint64_t off,
				    int64_t *ret_tpoff)
{
	(void)arg;
	*ret_tpoff = (int64_t)(off - 0x1000);
	return NULL;
}

static struct error *tls_module(void *arg, const char *name,
				const char *version, uint64_t *ret_module,
				uint64_t *ret_offset)
{
	(void)arg;
	(void)version;
	*ret_module = 2;
	*ret_offset = 0;
	return name ? pick(name, ret_offset) : NULL;
}

static const struct link_env env = {
	.load_bias = BIAS,
	.symbol = symbol,
	.tls_offset = tls_offset,
	.own_tls_offset = own_tls_offset,
	.tls_module = tls_module,
};

static void check_hunks(const struct linked *l)
{
	size_t n, text = linked_size(l, LINK_RX);
	const struct link_hunk *hunks = linked_hunks(l, &n);
	size_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct link_hunk *h = &hunks[i];

		if (h->new_off > text || h->new_len > text - h->new_off ||
		    !*h->name || (h->is_new && h->orig_len))
			abort();
		for (uint64_t k = 0; k < h->orig_len; k++)
			sum += h->orig_bytes[k];
	}
	for (size_t i = 0; linked_import(l, i); i++)
		sum += strlen(linked_import(l, i));
	if (sum == SIZE_MAX) /* never; it makes the compiler read them */
		abort();
}

static void check_state(const struct kpfile *kp, const struct linked *l)
{
	uint64_t addr[LINK_PARTS], size[LINK_PARTS], at = PARTS;
	size_t n;
	const struct link_hunk *hunks = linked_hunks(l, &n);
	struct state s;

	for (int i = 0; i < LINK_PARTS; i++) {
		addr[i] = at;
		size[i] = linked_size(l, i);
		if (i == LINK_R)
			size[i] += state_size(hunks, n);
		at += size[i];
	}
	state_create(kp, l, BIAS, addr, size, &s);
	state_seal(&s);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(state_hunk_name(&s, &s.hunks[i]), hunks[i].name))
			abort();
	}
	state_deinit(&s);
}

static void link_all(const struct kpfile *kp, struct linked *l)
{
	uint64_t addr[LINK_PARTS], at = PARTS, off;
	size_t len, total = 0;

	check_hunks(l);
	for (int i = 0; i < LINK_PARTS; i++) {
		addr[i] = at;
		at += linked_size(l, i);
		total += linked_size(l, i);
	}
	linked_eh_frame(l, &off, &len);
	if (len > linked_size(l, LINK_R) ||
	    off > linked_size(l, LINK_R) - len)
		abort();
	/* Correct, but a waste of the fuzzer's time. */
	if (total > MAX_FUZZED)
		return;
	check_state(kp, l);
	error_free(link_resolve(l, &env, addr));
	/* Where a part is too far away for 32 bits. */
	addr[LINK_RX] += (uint64_t)1 << 33;
	error_free(link_resolve(l, &env, addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kpfile kp = {.object_name = (char *)"",
			    .description = (char *)"",
			    .cves = (char *)"",
			    .buildid.len = 20};
	struct linked *l;

	buf_add(&kp.image, data, size);
	struct error *err = link_load(&kp, &l);
	if (!err) {
		link_all(&kp, l);
		linked_free(l);
	}
	error_free(err);
	buf_deinit(&kp.image);
	return 0;
}
