// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as /proc/PID/maps: parsed or refused, and gaps that are gaps. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "target/target.h"

static void check_gap(const struct maps *m, size_t i)
{
	const uint64_t reach = 0x7fff0000, size = 0x10000;
	const struct map *map = &m->all[i];
	uint64_t addr;

	if (maps_find(m, map->start) != map ||
	    maps_find(m, map->end - 1) != map)
		abort();
	if (!maps_find_gap(m, map->start, map->end, size, reach, &addr))
		return;
	if (addr % 4096 || maps_find(m, addr) || maps_find(m, addr + size - 1))
		abort();
	if (addr + size > map->start + reach || map->end > addr + reach)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct maps m;
	struct error *err = maps_parse((const char *)data, size, &m);

	if (err) {
		error_free(err);
		return 0;
	}
	for (size_t i = 0; i < m.count && i < 16; i++)
		check_gap(&m, i);
	maps_deinit(&m);
	return 0;
}
