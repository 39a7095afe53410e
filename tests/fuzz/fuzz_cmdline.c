// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a response file (@file) of a compiler's command line, and the
 * command line that it yields analysed. In the text "@@" stands for the file
 * itself.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cc/cmdline.h"
#include "cc/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FD 100

static void write_file(const uint8_t *data, size_t size)
{
	static int fd;
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;

	if (!fd) {
		int new = memfd_create("response", 0);

		fd = dup2(new, FD);
		close(new);
	}
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '@' && i + 1 < size && data[i + 1] == '@') {
			buf_addf(&text, "@/proc/self/fd/%d", FD);
			i++;
		} else if (data[i] == '/') {
			/* No other file: /dev/zero would not end. */
			buf_add(&text, "_", 1);
		} else {
			buf_add(&text, &data[i], 1);
		}
	}
	if (ftruncate(fd, 0) ||
	    pwrite(fd, text.data, text.len, 0) != (ssize_t)text.len)
		abort();
}

/* Quoted and read again, the words are the same. */
static void check_quoting(char *const *words, size_t n)
{
	_autofree_ char *text = cc_args_quoted(words);
	struct cc_args again = CC_ARGS_INIT;
	char word[] = "@/proc/self/fd/100";

	for (size_t i = 0; i < n; i++) {
		if (words[i][0] == '@')
			return; /* a name: it may be one of a file */
	}
	if (ftruncate(FD, 0) || pwrite(FD, text, strlen(text), 0) < 0)
		abort();
	if (cc_args_expand(&again, word) || again.n != n)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], again.v[i]))
			abort();
	}
	cc_args_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char word[] = "@/proc/self/fd/100";
	char *argv[] = {word, NULL};
	struct cc_args args = CC_ARGS_INIT;
	struct cc_command c;

	write_file(data, size);
	struct error *err = cc_parse(argv, &c);
	if (!err)
		cc_command_deinit(&c);
	error_free(err);
	err = cc_args_expand(&args, word);
	if (!err && args.v)
		check_quoting(args.v, args.n);
	error_free(err);
	cc_args_deinit(&args);
	return 0;
}
