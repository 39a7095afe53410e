// SPDX-License-Identifier: GPL-2.0-or-later
// a class in a namespace gets a member
// skip/-g0: without debug information nothing tells of it
// refuse: layout of type app::Counter changed \(extra is new\)
#include <cstdio>
namespace app {
class Counter {
	int n = 0;
	int extra = 3; //+
public:
	static int all;
	int add(int k) { return n += k; } //-
	int add(int k) { return n += k + extra; } //+
};
int Counter::all;
}
static app::Counter *c;
extern "C" void tick(int n)
{
	if (!c)
		c = new app::Counter;
	std::printf("%d\n", c->add(n));
}
