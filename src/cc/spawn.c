// SPDX-License-Identifier: GPL-2.0-or-later
#include "cc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"

/*
 * More goes through a file. Well below ARG_MAX and the 128 KiB for one string,
 * in which gcc hands its options on; only with @file on its command line does
 * gcc give its linker one.
 */
#define MAX_WORDS_SIZE (64 * 1024)

static size_t size_of(const struct cc_args *args)
{
	size_t size = 0;

	for (size_t i = 0; i < args->n; i++)
		size += strlen(args->v[i]) + 1 + sizeof(char *);
	return size;
}

static void log_words(const struct cc_args *args)
{
	_cleanup_(buf_deinit) struct buf line = BUF_INIT;

	if (log_level < LOG_INFO)
		return;
	for (size_t i = 0; i < args->n; i++)
		buf_addf(&line, "%s%s", i ? " " : "", args->v[i]);
	log_info("%s", line.data);
}

static struct error *spawn(char **words, unsigned flags, int *ret_status)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	if (flags & CC_SPAWN_QUIET) {
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO,
						 "/dev/null", O_WRONLY, 0);
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
						 "/dev/null", O_WRONLY, 0);
	}
	int err = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return error_errno(err, "%s: cannot be run", words[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_errno(errno, "%s: cannot be waited for",
					   words[0]);
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status)
					: 128 + WTERMSIG(status);
	return NULL;
}

/* All words but the first go through a temporary file. */
static struct error *spawn_by_file(const struct cc_args *args, unsigned flags,
				   int *ret_status)
{
	const char *dir = getenv("TMPDIR");
	_autofree_ char *path = xasprintf("%s/kpatch_cc.XXXXXX",
					  dir && *dir ? dir : "/tmp");
	_autofree_ char *text = cc_args_quoted(args->v + 1);
	_autofree_ char *at = NULL;
	int fd = mkstemp(path);

	if (fd < 0)
		return error_errno(errno, "%s: cannot be created", path);
	FILE *f = fdopen(fd, "w");
	bool written = f && fputs(text, f) >= 0;
	if (f ? fclose(f) : close(fd))
		written = false;
	at = xasprintf("@%s", path);
	char *words[] = {args->v[0], at, NULL};
	struct error *err = written ? spawn(words, flags, ret_status)
				    : error_new(ERR_FAILED,
						"%s: cannot be written", path);
	unlink(path);
	return err;
}

struct error *cc_spawn(const struct cc_args *args, unsigned flags,
		       int *ret_status)
{
	log_words(args);
	if (size_of(args) > MAX_WORDS_SIZE)
		return spawn_by_file(args, flags, ret_status);
	return spawn(args->v, flags, ret_status);
}

struct error *cc_become(const struct cc_args *compiler, char **argv)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;

	for (size_t i = 0; i < compiler->n; i++)
		cc_args_add(&args, compiler->v[i]);
	for (; *argv; argv++)
		cc_args_add(&args, *argv);
	log_words(&args);
	execvp(args.v[0], args.v);
	return error_errno(errno, "%s: cannot be run", args.v[0]);
}

struct error *cc_first_line(const struct cc_args *args, char **ret_line)
{
	char line[4096] = "";
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(errno, "%s: no pipe", args->v[0]);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execvp(args->v[0], args->v);
		_exit(127);
	}
	close(fds[1]);
	FILE *out = fdopen(fds[0], "r");
	if (out && !fgets(line, sizeof(line), out))
		line[0] = '\0';
	while (out && fgetc(out) != EOF)
		;
	if (out)
		fclose(out);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		return error_errno(errno, "%s: cannot be run", args->v[0]);
	line[strcspn(line, "\n")] = '\0';
	*ret_line = xstrdup(line);
	return NULL;
}

static struct error *version_says_clang(const char *program, bool *ret_clang)
{
	_cleanup_(cc_args_deinit) struct cc_args args = CC_ARGS_INIT;
	_autofree_ char *line = NULL;

	cc_args_add(&args, program);
	cc_args_add(&args, "--version");
	TRY(cc_first_line(&args, &line));
	*ret_clang = strstr(line, "clang") != NULL;
	return NULL;
}

struct error *cc_is_clang(const struct cc_args *compiler, bool *ret_clang)
{
	/* the last word that is no option: "ccache gcc -m64" */
	const char *name = compiler->v[0];

	for (size_t i = 1; i < compiler->n; i++)
		if (compiler->v[i][0] != '-')
			name = compiler->v[i];
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	if (strstr(base, "clang")) {
		*ret_clang = true;
		return NULL;
	}
	if (strstr(base, "gcc") || strstr(base, "g++")) {
		*ret_clang = false;
		return NULL;
	}
	return version_says_clang(name, ret_clang);
}
