// SPDX-License-Identifier: GPL-2.0-or-later
/* Cleanup attributes: what a scope owns is freed when the scope is left. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _autofree_ _cleanup_(cleanup_free)
#define _autoclose_ _cleanup_(cleanup_close)
#define _autofclose_ _cleanup_(cleanup_fclose)
#define _autoclosedir_ _cleanup_(cleanup_closedir)

/* Hands a pointer out of a scope that would free it. */
#define TAKE(p)                                                                \
	({                                                                     \
		__typeof__(p) taken_ = (p);                                    \
		(p) = NULL;                                                    \
		taken_;                                                        \
	})

/* The same for a descriptor. */
#define TAKE_FD(fd)                                                            \
	({                                                                     \
		int taken_ = (fd);                                             \
		(fd) = -1;                                                     \
		taken_;                                                        \
	})

#endif
