// SPDX-License-Identifier: GPL-2.0-or-later
// static variables of inline functions and templates: one in the whole process
#include <cstdio>
#include <string>
inline int &counter() { static int n = 40; return n; }
template <class T> T &kept() { static T t{}; return t; }
extern "C" void tick(int n)
{
	counter() += n;
	kept<int>() += 2 * n;
	kept<std::string>() += "x";
	std::printf("%d %d %zu\n", counter(), kept<int>(), kept<std::string>().size()); //-
	std::printf("%d, %d, %zu\n", kept<int>(), counter(), kept<std::string>().size() + 1); //+
}
