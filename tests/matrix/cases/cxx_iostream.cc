// SPDX-License-Identifier: GPL-2.0-or-later
// iostreams: data of libstdc++
#include <iostream>
extern "C" void tick(int n)
{
	std::cout << n << std::endl; //-
	std::cout << "n is " << n << std::hex << n + 255 << std::dec << std::endl; //+
}
