// SPDX-License-Identifier: GPL-2.0-or-later
/* Seccomp filters as programs in the wild have them, by name. */
#include "modes.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Forbidden: nr, if it is anything or an argument has all bits of `mask`. */
struct rule {
	const char *set;
	int nr;
	int arg;
	uint32_t mask;
};

static const struct rule rules[] = {
	{"mmap", SYS_mmap, 0, 0},
	{"mprotect", SYS_mprotect, 0, 0},
	{"memfd", SYS_memfd_create, 0, 0},
	{"ftruncate", SYS_ftruncate, 0, 0},
	{"munmap", SYS_munmap, 0, 0},
	{"close", SYS_close, 0, 0},
	{"write", SYS_openat, 0, 0},
	{"write", SYS_pwrite64, 0, 0},
	{"sigreturn", SYS_rt_sigreturn, 0, 0},
	{"restart", SYS_restart_syscall, 0, 0},
	{"exec", SYS_mmap, 2, PROT_EXEC},
	/* As systemd's MemoryDenyWriteExecute= */
	{"wx", SYS_mmap, 2, PROT_EXEC | PROT_WRITE},
	{"wx", SYS_mprotect, 2, PROT_EXEC},
	{"wx", SYS_pkey_mprotect, 2, PROT_EXEC},
	{"wx", SYS_shmat, 2, 0100000},
	/* ... and with memfd_create forbidden, as its manual advises */
	{"wxmemfd", SYS_mmap, 2, PROT_EXEC | PROT_WRITE},
	{"wxmemfd", SYS_mprotect, 2, PROT_EXEC},
	{"wxmemfd", SYS_memfd_create, 0, 0},
	{"all", SYS_mmap, 0, 0},
	{"all", SYS_mprotect, 0, 0},
	{"all", SYS_memfd_create, 0, 0},
	{"all", SYS_munmap, 0, 0},
	{"all", SYS_ftruncate, 0, 0},
};

static const struct {
	const char *name;
	uint32_t ret;
} actions[] = {
	{"kill", SECCOMP_RET_KILL_PROCESS},
	{"killthread", SECCOMP_RET_KILL_THREAD},
	{"trap", SECCOMP_RET_TRAP},
	{"errno", SECCOMP_RET_ERRNO | EPERM},
	{"log", SECCOMP_RET_LOG},
	{"trace", SECCOMP_RET_TRACE},
};

struct program {
	struct sock_filter code[128];
	unsigned short n;
};

static void put(struct program *p, uint16_t code, uint32_t k, uint8_t jt,
		uint8_t jf)
{
	p->code[p->n++] = (struct sock_filter){code, jt, jf, k};
}

static void put_rule(struct program *p, const struct rule *r, uint32_t ret)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0,
	    0);
	if (!r->mask) {
		put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->nr, 0, 1);
		put(p, BPF_RET | BPF_K, ret, 0, 0);
		return;
	}
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->nr, 0, 4);
	put(p, BPF_LD | BPF_W | BPF_ABS,
	    (uint32_t)(offsetof(struct seccomp_data, args) + 8 * r->arg), 0, 0);
	put(p, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, r->mask, 0, 1);
	put(p, BPF_RET | BPF_K, ret, 0, 0);
}

static uint32_t action_of(const char *spec, const char *colon)
{
	size_t len = (size_t)(colon - spec);

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (strlen(actions[i].name) == len &&
		    !memcmp(actions[i].name, spec, len))
			return actions[i].ret;
	}
	confine_fail(spec);
}

void filter_apply(const char *spec)
{
	const char *colon = strchr(spec, ':');
	struct program p = {.n = 0};
	struct sock_fprog prog;
	uint32_t ret;

	if (!colon)
		confine_fail(spec);
	ret = action_of(spec, colon);
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (!strcmp(rules[i].set, colon + 1))
			put_rule(&p, &rules[i], ret);
	}
	if (!p.n)
		confine_fail(spec);
	put(&p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	prog = (struct sock_fprog){p.n, p.code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		confine_fail("seccomp");
}
