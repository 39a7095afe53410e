// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA int changed(int op, int a, int b)
{
	switch (op) {
	case 0: return a + b;
	case 1: return a - b;
	case 2: return a * b;
	case 3: return a / b;
	case 4: return a % b;
	case 5: return a & b;
	case 6: return a | b;
	case 7: return a ^ b;
	default: return -1;
	}
}

NOIPA int unchanged(int op, int a, int b)
{
	switch (op) {
	case 0: return a * b + 1;
	case 1: return a * b - 2;
	case 2: return a - b * 3;
	case 3: return a / b + 4;
	case 4: return a % b + 5;
	case 5: return (a & b) + 6;
	case 6: return (a | b) + 7;
	default: return -1;
	}
}

int main(void)
{
	while (patient_runs()) {
		long sum = 0, other = 0;

		for (int op = -1; op < 12; op++) {
			sum = sum * 10 + changed(op, 9, 4);
			other = other * 10 + unchanged(op, 9, 4);
		}
		printf("changed %ld unchanged %ld\n", sum, other);
		sleep(1);
	}
	return 0;
}
