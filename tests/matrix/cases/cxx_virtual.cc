// SPDX-License-Identifier: GPL-2.0-or-later
// a virtual function changes, called by vtable
#include <cstdio>
struct Base {
	virtual ~Base() {}
	virtual int work(int n) { return n; }
	virtual int more(int n) { return n * 2; }
};
struct Other { int pad; virtual int third(int n) { return n + pad; } };
struct Derived : Base, Other {
	int work(int n) override
	{
		return n + 10; //-
		return n + 20; //+
	}
	int third(int n) override
	{
		return n + 30; //-
		return n + 40 + pad; //+
	}
};
static Derived object;
static Base *volatile base = &object;
static Other *volatile other = &object;
extern "C" void tick(int n)
{
	std::printf("%d %d %d\n", base->work(n), base->more(n), other->third(n));
}
