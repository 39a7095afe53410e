// SPDX-License-Identifier: GPL-2.0-or-later
int called_back(int x);
int library_work(int x);

int library_work(int x)
{
	int y = called_back(x);

	return y * 10;
}
