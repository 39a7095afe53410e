// SPDX-License-Identifier: GPL-2.0-or-later
// a static local with a constructor, initialised before the patch
#include <cstdio>
#include <string>
__attribute__((noinline)) std::string &name(int n)
{
	static std::string s = "made at " + std::to_string(n);
	s += "."; //-
	s += "!"; //+
	return s;
}
extern "C" void tick(int n)
{
	std::string &s = name(n);
	std::printf("%zu %.9s\n", s.size(), s.c_str());
}
