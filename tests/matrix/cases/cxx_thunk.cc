// SPDX-License-Identifier: GPL-2.0-or-later
// multiple and virtual inheritance: thunks, construction tables, dynamic_cast
#include <cstdio>
#include <typeinfo>
struct A { virtual ~A() {} virtual int f(int n) { return n; } long a = 1; };
struct B { virtual ~B() {} virtual int g(int n) { return n; } long b = 2; };
struct V { virtual ~V() {} virtual int h(int n) { return n + (int)v; } long v = 3; };
struct C : A, B, virtual V {
	int f(int n) override { return n + (int)a; } //-
	int f(int n) override { return n * 3 + (int)a; } //+
	int g(int n) override { return n - (int)b; } //-
	int g(int n) override { return n * 5 - (int)b; } //+
	int h(int n) override { return n ^ (int)v; } //-
	int h(int n) override { return n ^ (int)(v + 4); } //+
};
__attribute__((noinline)) A *make() { static C c; return &c; }
extern "C" void tick(int n)
{
	A *a = make();
	B *b = dynamic_cast<B *>(a);
	V *v = dynamic_cast<V *>(a);
	std::printf("%d %d %d %s\n", a->f(n), b->g(n), v->h(n), typeid(*a).name());
}
