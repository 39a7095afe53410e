// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/*
 * What is made as one record is read as far as there is room (seq_read_iter()
 * of fs/seq_file.c): less is the end. Of a list a read may give a part.
 */
static bool read_to_end(int fd, bool list, struct buf *b)
{
	for (;;) {
		buf_reserve(b, b->len ? b->len : 4096);

		size_t room = b->cap - b->len - 1;
		ssize_t n = read(fd, b->data + b->len, room);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (n == 0 || (!list && (size_t)n < room))
			return true;
	}
}

static PRINTF_LIKE(3, 0) bool
	read_file(struct buf *ret_text, bool list, const char *fmt, va_list ap)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	char path[128];

	vsnprintf(path, sizeof(path), fmt, ap);
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !read_to_end(fd, list, &b))
		return false;
	*ret_text = b;
	b = BUF_INIT;
	return true;
}

bool proc_read(struct buf *ret_text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bool ok = read_file(ret_text, false, fmt, ap);
	va_end(ap);
	return ok;
}

bool proc_read_list(struct buf *ret_text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bool ok = read_file(ret_text, true, fmt, ap);
	va_end(ap);
	return ok;
}

char proc_state_on(pid_t pid, pid_t tid, int *ret_cpu)
{
	enum { FIELD_STATE = 3, FIELD_PROCESSOR = 39 }; /* proc(5) */
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	const char *end, *s;

	*ret_cpu = -1;
	if (!proc_read(&b, "/proc/%d/task/%d/stat", pid, tid))
		return 0;
	end = strrchr(b.data, ')'); /* the name may hold anything */
	if (!end || end[1] != ' ')
		return 0;
	s = end + 2;
	for (int i = FIELD_STATE; s && i < FIELD_PROCESSOR; i++)
		s = strchr(s + 1, ' ');
	if (s)
		*ret_cpu = atoi(s);
	return end[2];
}

char proc_state(pid_t pid, pid_t tid)
{
	int cpu;

	return proc_state_on(pid, tid, &cpu);
}

uint64_t proc_status(const char *status, const char *field, int base)
{
	size_t len = strlen(field);

	for (const char *s = status; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (!strncmp(s, field, len) && s[len] == ':')
			return strtoull(s + len + 1, NULL, base);
	}
	return 0;
}

long proc_syscall_nr(pid_t pid, pid_t tid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read(&b, "/proc/%d/task/%d/syscall", pid, tid) ||
	    b.data[0] < '0' || b.data[0] > '9')
		return -1; /* "running" or "-1 ..." */
	return strtol(b.data, NULL, 10);
}

bool waits_for_signals(long nr)
{
	return nr == SYS_rt_sigsuspend || nr == SYS_pause;
}

bool proc_is_asleep_at(pid_t pid, pid_t tid,
		       const struct user_regs_struct *regs)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	unsigned long sp, pc;

	return proc_read(&b, "/proc/%d/task/%d/syscall", pid, tid) &&
	       sscanf(b.data, "%*d %*x %*x %*x %*x %*x %*x %lx %lx", &sp,
		      &pc) == 2 &&
	       sp == regs->rsp && pc == regs->rip;
}

void tids_deinit(struct tids *t)
{
	free(t->all);
	*t = (struct tids){0};
}

static int compare_tids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

bool proc_tids(pid_t pid, struct tids *ret_tids)
{
	_cleanup_(tids_deinit) struct tids t = {0};
	char path[64];
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	_autoclosedir_ DIR *dir = opendir(path);
	if (!dir)
		return false;
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		VEC_GROW(t.all, t.count, t.cap);
		t.all[t.count++] = (pid_t)atoi(e->d_name);
	}
	if (t.count)
		qsort(t.all, t.count, sizeof(*t.all), compare_tids);
	*ret_tids = t;
	t = (struct tids){0};
	return true;
}

static void comm_of(pid_t pid, char ret_comm[32])
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read(&b, "/proc/%d/comm", pid) || !b.len) {
		strcpy(ret_comm, "?");
		return;
	}
	b.data[strcspn(b.data, "\n")] = '\0';
	snprintf(ret_comm, 32, "%s", b.data);
}

struct error *diagnose_tracer(pid_t pid, pid_t tid)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;
	char comm[32];
	pid_t tracer;

	if (!proc_read(&b, "/proc/%d/task/%d/status", pid, tid))
		return NULL;
	tracer = (pid_t)proc_status(b.data, "TracerPid", 10);
	if (!tracer || tracer == getpid() ||
	    tracer == (pid_t)syscall(SYS_gettid))
		return NULL;
	comm_of(tracer, comm);
	return error_new(ERR_PRIVILEGE,
			 "pid %d: process %d (%s) traces it already; detach "
			 "that debugger and try again",
			 pid, tracer, comm);
}

enum { CAP_SYS_PTRACE_BIT = 19 };

static uint64_t capabilities(pid_t pid, const char *which)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	return proc_read(&b, "/proc/%d/status", pid)
		       ? proc_status(b.data, which, 16)
		       : 0;
}

static long yama_scope(void)
{
	_cleanup_(buf_deinit) struct buf b = BUF_INIT;

	if (!proc_read(&b, "/proc/sys/kernel/yama/ptrace_scope"))
		return 0;
	return strtol(b.data, NULL, 10);
}

struct error *diagnose_yama(pid_t pid, long scope, bool capable)
{
	if (scope >= 3)
		return error_new(ERR_PRIVILEGE,
				 "pid %d: kernel.yama.ptrace_scope is %ld: no "
				 "process may be traced, not even by root, "
				 "until the next boot with another setting",
				 pid, scope);
	if (scope > 0 && !capable)
		return error_new(ERR_PRIVILEGE,
				 "pid %d: kernel.yama.ptrace_scope is %ld; run "
				 "as root or with CAP_SYS_PTRACE%s",
				 pid, scope,
				 scope == 1 ? ", or set it to 0" : "");
	return NULL;
}

/*
 * By who owns its files: /proc/PID itself is always its user's, what is in it
 * is root's if the process is not dumpable (task_dump_owner(), fs/proc/base.c).
 */
static struct error *diagnose_owner(pid_t pid)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, pid);
	if (stat(path, &st))
		return NULL;
	if (st.st_uid != geteuid())
		return error_new(ERR_PRIVILEGE,
				 "pid %d: belongs to user %u; run as root or "
				 "with CAP_SYS_PTRACE",
				 pid, (unsigned int)st.st_uid);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (!stat(path, &st) && st.st_uid != geteuid())
		return error_new(ERR_PRIVILEGE,
				 "pid %d: is not dumpable (it was set-user-id, "
				 "or has asked for that with PR_SET_DUMPABLE, "
				 "or its file can't be read by its user); run "
				 "as root or with CAP_SYS_PTRACE",
				 pid);
	if (capabilities(pid, "CapPrm") & ~capabilities(getpid(), "CapPrm"))
		return error_new(ERR_PRIVILEGE,
				 "pid %d: has capabilities that the doctor "
				 "has not; run as root or with CAP_SYS_PTRACE",
				 pid);
	return NULL;
}

static struct error *diagnose_privilege(pid_t pid, int err)
{
	bool capable = capabilities(getpid(), "CapEff") >>
			       CAP_SYS_PTRACE_BIT & 1;
	long scope = yama_scope();

	if (capable || scope >= 3)
		TRY(diagnose_yama(pid, scope, capable));
	if (capable)
		return error_errno(
			err,
			"pid %d: not allowed to trace it in spite of "
			"CAP_SYS_PTRACE (another user namespace: run the doctor "
			"in that of the process or in the one outside; or a "
			"security module)",
			pid);
	TRY(diagnose_owner(pid));
	TRY(diagnose_yama(pid, scope, capable));
	return error_errno(err,
			   "pid %d: not allowed to trace it; run as root or "
			   "with CAP_SYS_PTRACE",
			   pid);
}

struct error *diagnose_refusal(pid_t pid, pid_t tid, int err)
{
	TRY(diagnose_tracer(pid, tid));
	if (err == EPERM || err == EACCES)
		return diagnose_privilege(pid, err);
	if (err == ESRCH || err == ENOENT)
		return error_new(ERR_FAILED, "pid %d: the process has exited",
				 pid);
	return error_errno(err, "pid %d: cannot trace thread %d", pid, tid);
}

struct error *target_diagnose(pid_t pid, int err)
{
	return diagnose_refusal(pid, pid, err);
}
