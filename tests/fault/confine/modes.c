// SPDX-License-Identifier: GPL-2.0-or-later
#include "modes.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

int (*confine_libs[4])(int);
int confine_nlibs;

void confine_fail(const char *what)
{
	dprintf(2, "%s: %s\n", what, strerror(errno));
	_exit(77);
}

static pthread_barrier_t barrier;

/* A thread with a filter of its own, which sleeps. */
static void *confined_thread(void *spec)
{
	filter_apply(spec);
	pthread_barrier_wait(&barrier);
	for (;;)
		pause();
	return NULL;
}

/* Waits with time-outs, which the kernel takes up by another system call. */
static void *waiting_thread(void *spec)
{
	const struct timespec ts = {100, 0};

	filter_apply(spec);
	pthread_barrier_wait(&barrier);
	/* Never early, and never with an error. */
	if (nanosleep(&ts, NULL) || errno != 0)
		_exit(6);
	return NULL;
}

static void start_thread(void *(*function)(void *spec), const char *spec)
{
	pthread_t thread;

	errno = 0;
	pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&thread, NULL, function, (void *)spec))
		confine_fail("pthread_create");
	pthread_barrier_wait(&barrier);
}

static void add_library(void *handle)
{
	if (!handle) {
		dprintf(2, "%s\n", dlerror());
		_exit(77);
	}
	*(void **)&confine_libs[confine_nlibs++] =
		dlsym(handle, "confine_library");
}

static void empty_root(const char *dir)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", dir, "tmpfs", 0, NULL) || chdir(dir) ||
	    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/"))
		confine_fail("pivot_root");
}

static void limit(int what, rlim_t value)
{
	const struct rlimit r = {value, value};

	if (setrlimit(what, &r))
		confine_fail("setrlimit");
}

static void become(const char *arg)
{
	unsigned int id = (unsigned int)atoi(arg);

	if (setresgid(id, id, id) || setresuid(id, id, id))
		confine_fail("setresuid");
}

/* What is mapped now and `arg` bytes more. */
static void limit_space(const char *arg)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu", &pages) != 1)
		confine_fail("/proc/self/statm");
	fclose(f);
	limit(RLIMIT_AS, pages * 4096 + (rlim_t)atol(arg));
}

static int process_apply(const char *name, const char *arg)
{
	if (!strcmp(name, "filter"))
		filter_apply(arg);
	else if (!strcmp(name, "thread"))
		start_thread(confined_thread, arg);
	else if (!strcmp(name, "waiter"))
		start_thread(waiting_thread, arg);
	else if (!strcmp(name, "mdwe"))
		return prctl(PR_SET_MDWE, 1, 0, 0, 0) ? -1 : 1;
	else if (!strcmp(name, "nodump"))
		return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -1 : 1;
	else if (!strcmp(name, "chroot"))
		return chroot(arg) || chdir("/") ? -1 : 1;
	else if (!strcmp(name, "pivot"))
		empty_root(arg);
	else if (!strcmp(name, "become"))
		become(arg);
	else if (!strcmp(name, "unlink"))
		return unlink(arg) ? -1 : 1;
	else
		return 0;
	return 1;
}

static int resource_apply(const char *name, const char *arg)
{
	if (!strcmp(name, "dlopen"))
		add_library(dlopen(arg, RTLD_NOW));
	else if (!strcmp(name, "dlmopen"))
		add_library(dlmopen(LM_ID_NEWLM, arg, RTLD_NOW));
	else if (!strcmp(name, "space"))
		limit_space(arg);
	else if (!strcmp(name, "fsize"))
		limit(RLIMIT_FSIZE, (rlim_t)atol(arg));
	else if (!strcmp(name, "nofile"))
		limit(RLIMIT_NOFILE, (rlim_t)atol(arg));
	else if (!strcmp(name, "data"))
		limit(RLIMIT_DATA, (rlim_t)atol(arg));
	else
		return 0;
	return 1;
}

void confine_apply(const char *mode)
{
	char name[32];
	const char *colon = strchr(mode, ':');
	size_t len = colon ? (size_t)(colon - mode) : strlen(mode);
	int done;

	if (len >= sizeof(name))
		confine_fail(mode);
	memcpy(name, mode, len);
	name[len] = '\0';
	const char *arg = colon ? colon + 1 : "";
	if (!strcmp(name, "strict")) {
		/* exit_group() is not allowed either: the driver kills it. */
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
			_exit(77);
		return;
	}
	done = process_apply(name, arg);
	if (!done)
		done = resource_apply(name, arg);
	if (!done)
		done = memory_apply(name, arg);
	if (done <= 0)
		confine_fail(mode);
}
