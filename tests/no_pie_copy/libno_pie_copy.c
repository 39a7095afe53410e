// SPDX-License-Identifier: GPL-2.0-or-later
int library_data = 5;
int library_value(void);

int library_value(void)
{
	return library_data;
}
