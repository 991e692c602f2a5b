#include <stdlib.h>

#include "mail/listening.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	const struct listener *all;
	struct arena a = ARENA_INIT;
	size_t count = listening_read(text, &a, &all);
	bool maybe;

	if (count > LISTENERS_MAX)
		abort();
	for (size_t i = 0; i < count; i++) {
		const struct listener *l;

		if (all[i].port > 65535 || (i && all[i].port < all[i - 1].port))
			abort();
		for (const char *p = all[i].program; p && *p; p++)
			if (*p < ' ' || *p == 0x7f)
				abort();
		l = listening_find(all, count, 4, all[i].port, NULL, &maybe);
		if (maybe && (!l || l->ip.family != 6))
			abort();
	}
	arena_clear(&a);
	return 0;
}
