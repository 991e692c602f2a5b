#include <stdlib.h>

#include "mail/port_verdict.h"
#include "mail/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct facts f = { .hostname = "server.example" };
	struct arena a = ARENA_INIT;

	probe_read((struct slice){ (const char *)data, n }, &a, &f.ports.probe);
	if (f.ports.probe.ntries > PROBE_TRIES_MAX)
		abort();
	for (int u = 0; u < OUT_USERS; u++)
		for (int family = 4; family <= 6; family += 2) {
			struct out_view v = out_judge(&f, (enum out_user)u, 25, family, &a);

			if (v.verdict != OUT_OPEN && !v.why)
				abort();
			/* The others are asked of one host alone, and fare as Exim. */
			if (v.verdict == OUT_PROVIDER && u <= OUT_EXIM && v.hosts < 2)
				abort();
		}
	arena_clear(&a);
	return 0;
}
