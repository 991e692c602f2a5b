#include <stdlib.h>

#include "mail/exim_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct arena a = ARENA_INIT;
	const struct exim_route *all;
	struct exim_route one;
	size_t found = exim_routes(text, &a, &all);

	if (found > EXIM_ROUTES_MAX)
		abort();
	for (size_t i = 0; i < found; i++)
		if (all[i].kind == EXIM_ROUTE_UNKNOWN || !all[i].text)
			abort();
	exim_route_parse(text, &a, &one);
	if (!one.text || (one.kind == EXIM_ROUTE_UNKNOWN) != !found)
		abort();
	arena_clear(&a);
	return 0;
}
