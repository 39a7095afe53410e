// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA int answer(int question)
{
	return question * 3 + question % 7 - 45;
}

int main(void)
{
	while (patient_runs()) {
		printf("answer %d\n", answer(20));
		sleep(1);
	}
	return 0;
}
