/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the patched sources: callbacks that use what a thread might miss. */
#include <errno.h>
#include <libcare.h>

static volatile long calls_done __attribute__((used));
LIBCARE_KEEP(calls_done);

static int use_registers(void)
{
	volatile double v[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	double sum = 0;

	errno = EDOM;
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 8; i++)
			sum += v[i] * round;
	}
	calls_done++;
	return sum < 0;
}
LIBCARE_PRE_PATCH(use_registers);

static void after(void)
{
	use_registers();
}
LIBCARE_POST_PATCH(after);

static int before_end(void)
{
	return use_registers();
}
LIBCARE_PRE_UNPATCH(before_end);

static void at_end(void)
{
	use_registers();
}
LIBCARE_POST_UNPATCH(at_end);
