#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "http/domain_table.h"
#include "render/domain_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Every row has a name, stands once in each order, and a text made again is the same. */
static void check(const struct domain_table *t, struct arena *a)
{
	const struct table_wish all = { .order = BY_ACCOUNT, .most = 10 };
	json_object *text = domain_table_text(t, NULL);
	struct slice s = { json_object_get_string(text), (size_t)json_object_get_string_len(text) };
	struct domain_table *again = domain_table_new(s, a);
	struct table_page page;

	domain_table_choose(t, &all, a, &page);
	if (page.matching != t->n || again->n > t->n || page.n > all.most)
		abort();
	for (size_t i = 0; i < t->n; i++)
		if (!*t->rows[i].row.name || !t->rows[i].row.side)
			abort();
	json_object_put(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct slice text = { (const char *)data, n };
	const struct table_wish some = {
		.reseller = "northweb", .account = "shopco", .q = "a", .most = 3,
		.order = BY_VERDICT, .backwards = true, .has_verdict = true, .verdict = DOMAIN_FINE,
	};
	struct arena a = ARENA_INIT;
	struct domain_table *t = domain_table_new(text, &a);
	struct table_page page;

	if (t->n)
		domain_table_found(t, t->rows[0].row.name, SEV_WARNING);
	domain_table_found(t, "no.such.example", SEV_CRITICAL);
	domain_table_end(t, &a);
	domain_table_choose(t, &some, &a, &page);
	if (page.n > page.matching || page.n > some.most)
		abort();
	check(t, &a);
	arena_clear(&a);
	return 0;
}
