#include <stdlib.h>
#include <string.h>

#include "mail/domain_list.h"
#include "mail/key_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_list(struct slice text)
{
	struct domain_list l;
	struct domain_list_entry x;
	unsigned line = 0;

	domain_list_init(&l, text);
	while (domain_list_next(&l, &x)) {
		bool named = text_is_domain(x.domain);

		if (x.line < line || x.line > domain_list_lines(&l) ||
		    (x.kind == LIST_ENTRY_MEMBER) != !x.why ||
		    (x.kind == LIST_ENTRY_MEMBER && !named) ||
		    (*x.domain && !named))
			abort();
		line = x.line;
	}
}

static void read_pairs(struct slice text)
{
	struct key_value k;
	struct key_value_pair x;

	key_value_init(&k, text);
	while (key_value_next(&k, &x))
		if (!*x.key || strlen(x.key) >= KEY_TEXT_MAX || x.value.n > text.n)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };

	read_list(text);
	read_pairs(text);
	return 0;
}
