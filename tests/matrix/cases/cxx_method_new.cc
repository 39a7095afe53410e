// SPDX-License-Identifier: GPL-2.0-or-later
// a class gets functions that are not virtual, and static members
#include <cstdio>
#include <string>
#include <vector>
class Counter {
	int n = 0;
	std::vector<std::string> names;
public:
	int add(int k) { names.push_back("x"); return n += k; }
	int twice(int k) const { return 2 * k + (int)names.size(); } //+
};
static Counter c;
extern "C" void tick(int n)
{
	std::printf("%d\n", c.add(n)); //-
	std::printf("%d\n", c.twice(c.add(n))); //+
}
