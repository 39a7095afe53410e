// SPDX-License-Identifier: GPL-2.0-or-later
/* memexec PROGRAM ARGUMENT...: executes a copy of it in a memfd. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int from = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	int to = memfd_create("program", MFD_CLOEXEC);
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st) ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size) {
		perror("memexec");
		return 77;
	}
	fexecve(to, argv + 1, environ);
	perror("fexecve");
	return 77;
}
