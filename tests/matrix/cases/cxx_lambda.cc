// SPDX-License-Identifier: GPL-2.0-or-later
// lambdas, one new before the others
#include <cstdio>
#include <functional>
__attribute__((noinline)) int apply(const std::function<int(int)> &f, int n) { return f(n); }
__attribute__((noinline)) int first(int n)
{
	auto fresh = [](int k) { return k * 100; }; //+
	n += fresh(n) - fresh(n); //+
	return apply([n](int k) { return k + n; }, n); //-
	return apply([n](int k) { return k - n - 1; }, n); //+
}
__attribute__((noinline)) int second(int n)
{
	return apply([n](int k) { return k * n; }, n);
}
extern "C" void tick(int n)
{
	std::printf("%d %d\n", first(n), second(n));
}
