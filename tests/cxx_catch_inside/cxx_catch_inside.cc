// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdexcept>
#include "patient.h"

struct own {
	int value;
};

static NOIPA void thrower(int n)
{
	switch (n) {
	case 1: throw 5;
	case 2: throw std::out_of_range("range");
	case 3: throw own{9};
	case 4: throw 'c';
	default: throw 2.5;
	}
}

/* Catches types of the language, of the library, its own; rethrows. */
NOIPA int catcher(int n)
{
	try {
		thrower(n);
	} catch (int caught) {
		return 10 + caught;
	} catch (const std::logic_error &e) {
		return 20 + e.what()[0];
	} catch (const own &o) {
		return 30 + o.value;
	} catch (char) {
		throw;
	}
	return 0;
}

int main()
{
	while (patient_runs()) {
		for (int n = 1; n <= 5; n++) {
			try {
				printf("%d: %d\n", n, catcher(n));
			} catch (char c) {
				printf("rethrown %c\n", c);
			} catch (double) {
				printf("not caught\n");
			}
		}
		sleep(1);
	}
	return 0;
}
