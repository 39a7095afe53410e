// SPDX-License-Identifier: GPL-2.0-or-later
// a new static local with constructor and destructor
#include <cstdio>
#include <string>
__attribute__((noinline)) int work(int n)
{
	static const std::string added = "made at " + std::to_string(n) + ", a long text"; //+
	return n + (int)std::to_string(n).size() * 0; //-
	return n + (int)added.size(); //+
}
extern "C" void tick(int n)
{
	std::printf("%d\n", work(n)); //-
	std::printf("%d\n", work(n) > n); //+
}
