// SPDX-License-Identifier: GPL-2.0-or-later
// a new virtual function: objects have the old table
#include <cstdio>
// refuse: vtable for 
struct Base {
	virtual ~Base() {}
	virtual int fresh(int n) { return n + 7; } //+
	virtual int work(int n) { return n; }
};
static Base object;
static Base *volatile base = &object;
extern "C" void tick(int n)
{
	std::printf("%d\n", base->work(n)); //-
	std::printf("%d\n", base->fresh(n)); //+
}
