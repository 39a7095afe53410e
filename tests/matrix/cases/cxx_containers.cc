// SPDX-License-Identifier: GPL-2.0-or-later
// std::string, std::vector, std::map: code of libstdc++ and of headers
#include <cstdio>
#include <map>
#include <string>
#include <vector>
#include <algorithm>
static std::map<int, std::string> seen;
extern "C" void tick(int n)
{
	seen[n] = std::to_string(n * n);
	std::vector<std::string> v;
	for (auto &p : seen)
		v.push_back(p.second);
	std::printf("%zu %s\n", v.size(), v.back().c_str()); //-
	std::sort(v.begin(), v.end(), [](auto &a, auto &b) { return a > b; }); //+
	std::printf("%zu %s %s\n", v.size(), v.front().c_str(), v.back().c_str()); //+
}
