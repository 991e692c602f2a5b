#include <stdlib.h>
#include <string.h>

#include "mail/lsearch.h"
#include "mail/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void walk(struct slice value)
{
	struct redirect_item x;
	size_t before = value.n + 1;

	while (redirect_next(&value, &x)) {
		if (value.n >= before)
			abort();
		before = value.n;
		if ((x.kind == FORWARD_ADDRESS) != (*x.address != '\0'))
			abort();
		if (*x.address && !text_is_domain(strrchr(x.address, '@') + 1))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a = ARENA_INIT;
	struct lsearch_entry x;
	struct lsearch l;
	unsigned line = 0;

	lsearch_init(&l, (struct slice){ (const char *)data, n }, 0, &a);
	while (lsearch_next(&l, &x)) {
		if (x.line <= line || x.value.n > LSEARCH_VALUE_MAX)
			abort();
		line = x.line;
		walk(x.value);
	}
	/* The value alone, as no line would let it through. */
	walk((struct slice){ (const char *)data, n });
	arena_clear(&a);
	return 0;
}
