// SPDX-License-Identifier: GPL-2.0-or-later
int hook(int x);
int library_report(void);

int hook(int x)
{
	return x + 1;
}

int library_report(void)
{
	return hook(1);
}
