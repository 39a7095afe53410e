// SPDX-License-Identifier: GPL-2.0-or-later
// a new class with virtual functions, a new exception type, thrown and caught
#include <cstdio>
#include <stdexcept>
#include <memory>
struct Shape { virtual ~Shape() {} virtual int area(int n) { return n; } };
struct Square : Shape { int area(int n) override { return n * n; } };
struct Cube : Square { int area(int n) override { return 6 * Square::area(n); } }; //+
struct Failed : std::runtime_error { using runtime_error::runtime_error; int code = 7; }; //+
__attribute__((noinline)) std::unique_ptr<Shape> make(int n)
{
	if (n % 2) throw Failed("odd"); //+
	return std::make_unique<Square>(); //-
	return std::make_unique<Cube>(); //+
}
extern "C" void tick(int n)
{
	try {
		auto s = make(n);
		std::printf("%d %d\n", s->area(n), dynamic_cast<Square *>(s.get()) != nullptr);
	} catch (const Failed &f) { //+
		std::printf("%s %d\n", f.what(), f.code); //+
	} catch (const std::exception &e) {
		std::printf("other %s\n", e.what());
	}
}
