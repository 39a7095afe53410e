// SPDX-License-Identifier: GPL-2.0-or-later
extern int owned_by_executable;
int owned_by_library = 50;
static int private_to_library = 500;
__attribute__((visibility("hidden"))) int hidden_in_library = 5000;

int library_sum(void);
int library_uses_it(void);

int library_uses_it(void)
{
	return owned_by_executable;
}

int library_sum(void)
{
	return owned_by_library + private_to_library + hidden_in_library;
}
