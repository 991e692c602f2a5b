#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "priv/reply.h"
#include "priv/valid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int zone_is_sound(const struct reply_zone *z)
{
	struct mx_line lines[MX_LINES_MAX];
	char text[4096];

	for (uint32_t i = 0; i < z->n && z->n <= MX_LINES_MAX; i++)
		lines[i] = z->mx[i].record;
	return z->n <= MX_LINES_MAX && mx_text_print(text, sizeof(text), lines, z->n);
}

/* Whatever the panel prints: every array ends, only known words come out, and
 * nothing is OK without a row or a status. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	for (int kind = REPLY_ROUTING; kind <= REPLY_HULK; kind++) {
		struct reply r;

		reply_parse((enum reply_kind)kind, kind == REPLY_HULK ? "192.0.2.1" :
			    kind == REPLY_FILTERS ? "a@b.example" : "example.com", (const char *)data,
			    n, &r);
		if (!valid_array(r.mxcheck, sizeof(r.mxcheck)) ||
		    !valid_array(r.detected, sizeof(r.detected)) ||
		    !memchr(r.why, '\0', sizeof(r.why)))
			abort();
		if (!zone_is_sound(&r.zone))
			abort();
		if (!valid_array(r.filter.name, sizeof(r.filter.name)) ||
		    (kind == REPLY_FILTERS && r.listed != (r.filter.n == 1)) ||
		    (*r.filter.name && !valid_filter_name(r.filter.name)))
			abort();
		if ((*r.mxcheck && !valid_mxcheck(r.mxcheck)) ||
		    (*r.detected && !valid_mxcheck(r.detected)) ||
		    (*r.mxcheck && !r.listed) ||
		    (r.listed && r.verdict != REPLY_OK) ||
		    (r.verdict != REPLY_OK && !*r.why))
			abort();
	}
	return 0;
}
