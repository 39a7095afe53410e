// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <sys/mman.h>
#include "patient.h"

NOIPA int report(int x)
{
	return x * 3 + x % 5;
}

/* Somebody else has changed the function in memory. */
static void tamper(void)
{
	unsigned char *code = (unsigned char *)report;
	unsigned long page = (unsigned long)code & ~4095ul;

	if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC))
		exit(3);
	code[0] = 0x90;
	code[1] = 0x90;
	if (mprotect((void *)page, 8192, PROT_READ | PROT_EXEC))
		exit(3);
}

int main(void)
{
	int before = report(2);

	tamper();
	while (patient_runs()) {
		printf("unpatched %d\n", before);
		sleep(1);
	}
	return 0;
}
