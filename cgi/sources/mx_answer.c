#include <stdlib.h>
#include <string.h>

#include "sources/mx_answer.h"

static int by_preference(const void *a, const void *b)
{
	const struct mx_record *x = a, *y = b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return strcmp(x->host, y->host);
}

void mx_answer_read(const struct dns_answer *x, struct mx_set *out, struct arena *a)
{
	struct mx_record *records = arena_zalloc(a, (x->n + 1) * sizeof(*records));

	for (size_t i = 0; i < x->n; i++) {
		records[i].preference = x->records[i].preference;
		records[i].host = arena_strdup(a, x->records[i].name);
	}
	qsort(records, x->n, sizeof(*records), by_preference);
	out->status = x->status;
	out->records = records;
	out->n = x->n;
	if (*x->alias_of)
		out->alias = arena_strdup(a, x->alias_of);
}
