#include <stdlib.h>
#include <string.h>

#include "mail/round_look.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, line;
	struct arena a = ARENA_INIT;
	struct facts *f = arena_zalloc(&a, sizeof(*f));
	struct round_look *l = round_look_new(f, &a, NULL);

	f->now = 1795500000;
	while (slice_line(&text, &line))
		round_look_line(l, line);
	if (f->forwarding.nrounds > ROUNDS_REMEMBERED)
		abort();
	for (size_t i = 0; i < f->forwarding.nrounds; i++)
		if (!strchr(f->forwarding.rounds[i].address, '@') ||
		    !f->forwarding.rounds[i].count || !f->forwarding.rounds[i].text)
			abort();
	arena_clear(&a);
	return 0;
}
