#include <stdlib.h>

#include "mail/exim_ports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	const struct wanted_port *all;
	struct arena a = ARENA_INIT;
	unsigned extra[16];
	const char *why;
	size_t count = exim_ports_read(text, &a, &all, &why);

	if (count > EXIM_PORTS_MAX)
		abort();
	for (size_t i = 0; i < count; i++)
		if (!all[i].port || all[i].port > 65535 || !all[i].ip.family)
			abort();
	if (exim_ports_extra(text, extra, 16) > 16)
		abort();
	arena_clear(&a);
	return 0;
}
