// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

static unsigned long low = ~0ul - 2, high = 5;
int source;

/* The carry of the first addition must survive until the second. */
NOIPA unsigned long add_with_carry(unsigned long *ret_low, unsigned long n)
{
	unsigned long l, h = high;

	__asm__ volatile("addq %[n], %[l]\n\t"
			 "adcq $0, %[h]"
			 : [l] "=&r"(l), [h] "+r"(h)
			 : [n] "r"(n), "0"(low)
			 : "cc");
	*ret_low = l;
	return h;
}

int main(void)
{
	while (patient_runs()) {
		unsigned long l, h = add_with_carry(&l, 10);

		printf("%lu:%lu\n", h, l);
		sleep(1);
	}
	return 0;
}
