#include <stdlib.h>

#include "priv/address_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is taken out and put back leaves the text as it was, but for a last line
 * that did not end. The first byte says which form the list has. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct address_list list = { "etc", "x", n && *data & 1 };
	struct slice text = { (const char *)data + 1, n - 1 }, less, again;
	struct arena a = ARENA_INIT;
	struct address_entry x;
	struct slice line;
	unsigned number, count;

	if (!n)
		return 0;
	count = address_entries(&list, text, "192.0.2.1", &x);
	if (count) {
		less = address_text_without(text, &x, &a);
		if (address_entries(&list, less, "192.0.2.1", &(struct address_entry){ 0 }) != count - 1)
			abort();
		again = address_text_with(less, x.number, x.line, &a);
		if (again.n < text.n || again.n > text.n + 1 ||
		    memcmp(again.p, text.p, text.n))
			abort();
	}
	if (address_value_split(arena_strndup(&a, text.p, text.n), &number, &line) &&
	    (!number || !line.n))
		abort();
	arena_clear(&a);
	return 0;
}
