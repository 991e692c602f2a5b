#include <stdlib.h>

#include "sources/addresses.h"

static void count(void *ctx, const struct ip *ip)
{
	if (!ip->family)
		abort();
	++*(size_t *)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const enum world_file files[] = { WORLD_IPS, WORLD_WWWACCT, WORLD_CPNAT };
	struct slice text = { (const char *)data, n };
	size_t found = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		addresses_of_file(files[i], text, count, &found);
	if (found > n)
		abort();
	return 0;
}
