// SPDX-License-Identifier: GPL-2.0-or-later
// std::function, threads, call_once, an inline function of two files
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>
// libs: -lpthread
int from_two(int n);
inline __attribute__((noinline)) int shared_inline(int n)
{
	return n * 2; //-
	return n * 2 + 1; //+
}
static std::function<int(int)> kept;
static std::once_flag flag;
extern "C" void tick(int n)
{
	std::call_once(flag, [] { kept = [](int k) { return k + 5; }; });
	int r = 0;
	std::thread t([&] { r = kept(n) + shared_inline(n); });
	t.join();
	std::function<int(int)> now = [n](int k) { return k * n; }; //-
	std::function<int(int)> now = [n](int k) { return k * n + 1; }; //+
	std::printf("%d %d %d\n", r, now(3), from_two(n));
}
//file: two.cc
inline __attribute__((noinline)) int shared_inline(int n)
{
	return n * 2; //-
	return n * 2 + 1; //+
}
int from_two(int n) { return shared_inline(n) + 100; }
