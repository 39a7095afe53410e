// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into patients: a second of sleep becomes a hundredth, so tests
 * are quick and the programs still readable (and usable by hand without it).
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FASTER 100

static int sleep_ns(long long ns, struct timespec *rem)
{
	struct timespec ts = {
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	return (int)syscall(SYS_nanosleep, &ts, rem);
}

unsigned int sleep(unsigned int seconds)
{
	sleep_ns(seconds * (1000000000LL / FASTER), NULL);
	return 0;
}

int usleep(useconds_t us)
{
	return sleep_ns(us * 1000LL / FASTER, NULL);
}

int nanosleep(const struct timespec *req, struct timespec *rem)
{
	return sleep_ns((req->tv_sec * 1000000000LL + req->tv_nsec) / FASTER,
			rem);
}
