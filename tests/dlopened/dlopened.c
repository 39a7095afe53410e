// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>
#include <stdlib.h>
#include "patient.h"

int main(void)
{
	void *handle = dlopen("libdlopened.so", RTLD_NOW);
	int (*function)(int);

	if (!handle)
		return 3;
	*(void **)&function = dlsym(handle, "plugin_function");
	while (patient_runs()) {
		printf("plugin says %d\n", function(4));
		sleep(1);
	}
	return 0;
}
