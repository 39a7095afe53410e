// SPDX-License-Identifier: GPL-2.0-or-later
// noexcept functions, cleanups that are never run
#include <cstdio>
#include <string>
__attribute__((noinline)) int size(const std::string &s) noexcept
{
	std::string copy = s + "x"; //-
	std::string copy = s + "xyz"; //+
	return (int)copy.size();
}
extern "C" void tick(int n)
{
	std::printf("%d\n", size(std::string(n, 'a')));
}
