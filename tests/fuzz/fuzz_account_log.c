#include <stdlib.h>
#include <string.h>

#include "mail/account_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, line;
	struct domain domain = { .name = "shop.example" };
	struct facts f = { .now = 1795500000, .domains = &domain, .ndomains = 1 };
	struct arena a = ARENA_INIT;
	struct account_look *l = account_look_new(&f, &a, NULL);

	while (slice_line(&text, &line))
		account_look_line(l, line);
	account_look_end(l);
	for (size_t i = 0; i < f.blocking.nclients; i++)
		if (ip_is_loopback(&f.blocking.clients[i].ip))
			abort();
	for (size_t i = 0; i < f.blocking.nlimits; i++)
		if (strcmp(f.blocking.limits[i].domain, "shop.example"))
			abort();
	arena_clear(&a);
	return 0;
}
