#include <stdlib.h>

#include "mail/relay_list.h"
#include "mail/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct relay_facts all = { .n = 0 };
	struct relay_list l = { text, 0 };
	struct arena a = ARENA_INIT;
	struct relay_entry x;
	size_t cap = 0;

	while (relay_list_next(&l, &x))
		if (!x.key.n || x.prefix > 128 || !x.line)
			abort();
	relay_list_wide(text, "/etc/trustedmailhosts", &a, &all, &cap);
	if (all.n > RELAY_NETS_MAX)
		abort();
	relay_list_singles(text, "/etc/alwaysrelay", &a, &all, &cap);
	if (all.n > RELAY_NETS_MAX)
		abort();
	for (size_t i = 0; i < all.n; i++) {
		struct ip ip = relay_address_in(&all.nets[i]);

		if (!net_has(&all.nets[i].net, &ip))
			abort();
	}
	arena_clear(&a);
	return 0;
}
