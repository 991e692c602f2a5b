#include <stdlib.h>

#include "mail/exim_route.h"
#include "mail/forward_differ.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Beside a path that leads out: what Exim says otherwise has words. */
static void check_differences(struct slice text, struct arena *a)
{
	static const struct path_step path[] = {
		{ .kind = FORWARD_ADDRESS, .text = "a@d.example", .file = "f", .line = 1 },
		{ .depth = 1, .kind = FORWARD_ADDRESS, .text = "x@far.example", .end = PATH_OUTSIDE },
		{ .depth = 1, .kind = FORWARD_ACCOUNT, .text = "bob" },
	};
	const char *out[FORWARD_DIFFER_MAX];
	size_t n = forward_differ(path, sizeof(path) / sizeof(*path), text, out, a);

	if (n > FORWARD_DIFFER_MAX)
		abort();
	for (size_t i = 0; i < n; i++)
		if (!*out[i])
			abort();
}

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
	check_differences(text, &a);
	arena_clear(&a);
	return 0;
}
