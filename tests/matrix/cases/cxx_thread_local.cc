// SPDX-License-Identifier: GPL-2.0-or-later
// a thread_local object with a constructor
#include <cstdio>
#include <string>
static thread_local std::string text = "start";
__attribute__((noinline)) void add(int n)
{
	text += 'a'; //-
	text += 'b'; //+
	(void)n;
}
extern "C" void tick(int n)
{
	add(n);
	std::printf("%zu\n", text.size());
}
