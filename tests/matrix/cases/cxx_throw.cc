// SPDX-License-Identifier: GPL-2.0-or-later
// exceptions: thrown out of, through, caught inside changed functions
#include <cstdio>
#include <stdexcept>
#include <string>
struct Guard {
	const char *name;
	~Guard() { std::printf("~%s\n", name); }
};
__attribute__((noinline)) void thrower(int n)
{
	Guard g{"thrower"};
	if (n % 2)
		throw std::runtime_error("odd"); //-
		throw std::runtime_error("odd " + std::to_string(n)); //+
	if (n % 3 == 0) //+
		throw n; //+
}
__attribute__((noinline)) void through(int n)
{
	Guard g{"through"}; //-
	Guard g{"passed"}, h{"twice"}; //+
	thrower(n);
	std::puts("not thrown");
}
extern "C" void tick(int n)
{
	try {
		through(n);
	} catch (const std::runtime_error &e) {
		std::printf("caught %s\n", e.what()); //-
		std::printf("now caught %s\n", e.what()); //+
	} catch (int k) {
		std::printf("int %d\n", k);
	}
}
