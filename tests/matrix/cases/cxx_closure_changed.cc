// SPDX-License-Identifier: GPL-2.0-or-later
// what a lambda that is kept captures: live closures have the old layout
// skip/-g0: without debug information nothing tells of it
// refuse: layout of type tick::.unnamed.* changed
// may-refuse/clang: size of variable kept changed
#include <cstdio>
#include <functional>
static std::function<int(int)> kept;
extern "C" void tick(int n)
{
	int a = 5, b = 7;
	auto f = [a](int k) { return k + a; }; //-
	auto f = [b, a](int k) { return k + a * b; }; //+
	if (!kept)
		kept = f;
	std::printf("%d\n", kept(n));
}
