// SPDX-License-Identifier: GPL-2.0-or-later
// operator new and delete, unique_ptr, dynamic_cast, typeid
#include <cstdio>
#include <memory>
#include <typeinfo>
struct A { virtual ~A() {} int v = 1; };
struct B : A { int w = 2; };
struct C : A { int x = 3; };
__attribute__((noinline)) std::unique_ptr<A> make(int n)
{
	if (n % 2)
		return std::make_unique<B>();
	return std::make_unique<A>(); //-
	return std::make_unique<C>(); //+
}
extern "C" void tick(int n)
{
	auto p = make(n);
	B *b = dynamic_cast<B *>(p.get());
	std::printf("%d %s %s\n", p->v, b ? "B" : "-", typeid(*p).name());
}
