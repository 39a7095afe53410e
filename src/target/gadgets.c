// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/remote.h"

#include <string.h>

#include "base/cleanup.h"

static const uint8_t syscall_ret[] = {0x0f, 0x05, 0xc3};
/* mov $15, %rax; syscall as glibc has it; mov $15, %eax as others have */
static const uint8_t restorer_rax[] = {0x48, 0xc7, 0xc0, 0x0f, 0,
				       0,    0,    0x0f, 0x05};
static const uint8_t restorer_eax[] = {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05};

static void search(const uint8_t *code, size_t len, const uint8_t *what,
		   size_t what_len, uint64_t base, uint64_t *ret_addr)
{
	const uint8_t *at;

	if (*ret_addr || !(at = memmem(code, len, what, what_len)))
		return;
	*ret_addr = base + (uint64_t)(at - code);
}

static void search_map(struct target *t, const struct map *m)
{
	enum { CHUNK = 1 << 16, OVERLAP = 16 };
	struct target_priv *p = t->priv;
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	buf_reserve(&b, CHUNK);
	for (uint64_t at = m->start; at < m->end;) {
		size_t want = m->end - at < CHUNK ? m->end - at : CHUNK;
		size_t got = target_read_partial(t, at, b.data, want);
		const uint8_t *code = (const uint8_t *)b.data;

		search(code, got, syscall_ret, sizeof(syscall_ret), at,
		       &p->syscall_ret);
		search(code, got, restorer_rax, sizeof(restorer_rax), at,
		       &p->restorer);
		search(code, got, restorer_eax, sizeof(restorer_eax), at,
		       &p->restorer);
		if (got < CHUNK || (p->syscall_ret && p->restorer))
			return;
		at += got - OVERLAP;
	}
}

static bool is_libc(const struct map *m)
{
	const char *name = strrchr(m->path, '/');

	return name && (strstr(name, "libc.so") || strstr(name, "libc-") ||
			strstr(name, "ld-linux") || strstr(name, "ld-musl"));
}

static bool has_code(struct target *t, uint64_t addr, const uint8_t *code,
		     size_t len)
{
	uint8_t now[16];

	return target_read_partial(t, addr, now, len) == len &&
	       !memcmp(now, code, len);
}

static bool is_known(const struct gadgets *g, const struct map *m)
{
	return g->inode && g->inode == m->inode && g->offset == m->offset &&
	       g->len == m->end - m->start;
}

/* Where they were in another process, if that's the same file here. */
static void try_known(struct target *t, const struct map *m)
{
	const struct gadgets *g = t->priv->known;
	struct target_priv *p = t->priv;

	if (!g || !is_known(g, m) ||
	    !has_code(t, m->start + g->syscall_ret, syscall_ret,
		      sizeof(syscall_ret)) ||
	    !(has_code(t, m->start + g->restorer, restorer_rax,
		       sizeof(restorer_rax)) ||
	      has_code(t, m->start + g->restorer, restorer_eax,
		       sizeof(restorer_eax))))
		return;
	p->syscall_ret = m->start + g->syscall_ret;
	p->restorer = m->start + g->restorer;
}

static bool is_in(const struct map *m, uint64_t addr)
{
	return addr - m->start < m->end - m->start;
}

static void note_known(struct target *t, const struct map *m)
{
	const struct target_priv *p = t->priv;

	if (p->known && m->inode && is_in(m, p->syscall_ret) &&
	    is_in(m, p->restorer))
		*p->known = (struct gadgets){
			.inode = m->inode,
			.offset = m->offset,
			.len = m->end - m->start,
			.syscall_ret = p->syscall_ret - m->start,
			.restorer = p->restorer - m->start,
		};
}

struct error *find_gadgets(struct target *t)
{
	struct target_priv *p = t->priv;

	/* libc first: a patch replaces its system call stubs least likely. */
	for (int libc = 1; libc >= 0; libc--)
		for (size_t i = 0; i < t->maps.count; i++) {
			const struct map *m = &t->maps.all[i];

			if (p->syscall_ret && p->restorer)
				return NULL;
			if (!(m->prot & MAP_X) || is_libc(m) != libc ||
			    !strcmp(m->path, "[vsyscall]"))
				continue;
			try_known(t, m);
			if (p->syscall_ret && p->restorer)
				return NULL;
			search_map(t, m);
			note_known(t, m);
		}
	if (p->syscall_ret && p->restorer)
		return NULL;
	return error_new(ERR_FAILED,
			 "pid %d (%s): its code has no %s, which is needed to "
			 "let it make a system call",
			 t->pid, t->comm,
			 p->syscall_ret ? "signal trampoline" : "syscall; ret");
}
