// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

void shared_greeting(int n);

int main(void)
{
	for (int n = 0; patient_runs(); n++) {
		shared_greeting(n);
		sleep(1);
	}
	return 0;
}
