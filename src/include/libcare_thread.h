/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What LIBCARE_THREAD_LOCAL in libcare.h calls; included by it, in one file of
 * a patch. The destructor is libc's own free(): threads may end after the patch
 * has been taken back.
 */
#ifndef LIBCARE_THREAD_H
#define LIBCARE_THREAD_H

#include <pthread.h>
#include <stdlib.h>

void *libcare_thread_local(unsigned int *key, size_t size)
{
	unsigned int known = __atomic_load_n(key, __ATOMIC_ACQUIRE);
	pthread_key_t made;
	void *p;

	if (!known) {
		if (pthread_key_create(&made, free))
			return NULL;
		if (__atomic_compare_exchange_n(key, &known, made + 1, 0,
						__ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			known = made + 1;
		else
			pthread_key_delete(made);
	}
	p = pthread_getspecific(known - 1);
	if (!p && (p = calloc(1, size)) != NULL &&
	    pthread_setspecific(known - 1, p)) {
		free(p);
		p = NULL;
	}
	return p;
}

#endif
