// SPDX-License-Identifier: GPL-2.0-or-later
// one more C++ variable with a constructor, in a file that has such ones
// refuse: constructor (_GLOBAL__sub_I_|__static_init|__cxx_global_var_init).* changed; it ran|a constructor or destructor was added
#include <cstdio>
#include <string>
static std::string first = "first, and too long to be kept inline";
static std::string second = "second, and too long to be kept inline"; //+
extern "C" void tick(int n)
{
	first += "x";
	second += "x"; //+
	std::printf("%d %zu\n", n, first.size()); //-
	std::printf("%d %zu\n", n, second.size()); //+
}
