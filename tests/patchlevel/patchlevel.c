// SPDX-License-Identifier: GPL-2.0-or-later
#include "patient.h"

static int calls;

NOIPA void changed_by_both(void)
{
	calls++;
	puts("first: original");
}

NOIPA void changed_by_level_1(void)
{
	puts("second: original");
}

NOIPA void changed_by_level_2(void)
{
	puts("third: original");
}

int main(void)
{
	for (int i = 1; patient_runs(); i++) {
		changed_by_both();
		changed_by_level_1();
		changed_by_level_2();
		if (calls != i)
			puts("wrong count");
		sleep(1);
	}
	return 0;
}
