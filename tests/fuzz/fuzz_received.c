#include <stdlib.h>
#include <string.h>

#include "mail/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_host(const char *host)
{
	if (!host || !*host || strlen(host) > 253)
		abort();
	for (; *host; host++)
		if (*host <= ' ' || *host > '~' || (*host >= 'A' && *host <= 'Z'))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = ARENA_INIT;
	struct received_round r;

	received_rounds((struct slice){ (const char *)data, n }, &a, &r);
	if (r.times == 1 || r.times > RECEIVED_LINES_MAX)
		abort();
	if (r.times) {
		check_host(r.from);
		check_host(r.by);
		if (!strcmp(r.from, r.by))
			abort();
	}
	arena_clear(&a);
	return 0;
}
