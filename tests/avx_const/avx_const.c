// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

NOIPA void add(float *out, const float *in)
{
	static const float step[8] __attribute__((aligned(32))) =
		{1, 2, 3, 4, 5, 6, 7, 8};

	for (int i = 0; i < 8; i++)
		out[i] = in[i] + step[i];
}

int main(void)
{
	float in[8] __attribute__((aligned(32))) = {0};
	float out[8] __attribute__((aligned(32)));

	while (patient_runs()) {
		add(out, in);
		printf("%.2f %.2f %.2f\n", (double)out[0], (double)out[3],
		       (double)out[7]);
		sleep(1);
	}
	return 0;
}
