// SPDX-License-Identifier: GPL-2.0-or-later
// overloaded functions, references, namespaces
#include <cstdio>
namespace space {
__attribute__((noinline)) int work(int n) { return n + 1; }
__attribute__((noinline)) int work(const long &n)
{
	return (int)n * 2; //-
	return (int)n * 3; //+
}
}
extern "C" void tick(int n)
{
	std::printf("%d %d\n", space::work(n), space::work((long)n));
}
