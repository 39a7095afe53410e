// SPDX-License-Identifier: GPL-2.0-or-later
/* shared PATIENT: starts it with one sleeping thread and a file to share. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "patient.h"

int main(int argc, char **argv)
{
	char name[] = "/tmp/bench-shared-XXXXXX";
	int fd = mkstemp(name);

	if (argc != 2 || fd < 0 || ftruncate(fd, sizeof(struct shared))) {
		perror("shared");
		return 1;
	}
	unlink(name);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	execl(argv[1], argv[1], "1", name, "0", (char *)NULL);
	perror(argv[1]);
	return 127;
}
