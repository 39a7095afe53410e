// SPDX-License-Identifier: GPL-2.0-or-later
#include <memory>
#include <vector>

#include "patient.h"

namespace shop {

class Item {
public:
	explicit Item(int price) : price_(price) {}
	NOIPA int price() const;
	NOIPA int twice() const;

private:
	int price_;
};

std::vector<std::unique_ptr<Item>> items;

NOIPA int Item::twice() const
{
	return 2 * price_;
}

NOIPA int Item::price() const
{
	return price_;
}

} // namespace shop

NOIPA void report()
{
	for (const auto &i : shop::items)
		printf("item: %d, twice %d\n", i->price(), i->twice());
}

int main()
{
	for (int p = 10; p <= 20; p += 10)
		shop::items.push_back(std::make_unique<shop::Item>(p));
	while (patient_runs()) {
		report();
		sleep(1);
	}
	shop::items.clear();
	return 0;
}
