#include <stdlib.h>
#include <string.h>

#include "mail/refusals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Each line is a domain that somebody named. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n }, line;
	struct arena a = ARENA_INIT;
	struct refusal_look *l = refusal_look_new(&a);
	struct facts f = { .now = 0 };
	size_t lines = 0, counted = 0;

	while (slice_line(&text, &line)) {
		refusal_note(l, line, (int64_t)lines);
		lines++;
	}
	refusal_look_end(l, &f);
	if (f.nrefused > REFUSALS_TOLD)
		abort();
	for (size_t i = 0; i < f.nrefused; i++) {
		counted += f.refused[i].count;
		if (!text_is_domain(f.refused[i].domain) || !strchr(f.refused[i].domain, '.') ||
		    (i && f.refused[i].count > f.refused[i - 1].count))
			abort();
	}
	if (counted > lines)
		abort();
	arena_clear(&a);
	return 0;
}
