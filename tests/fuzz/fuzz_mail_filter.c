#include <stdlib.h>

#include "mail/mail_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void walk(struct slice text, char mark)
{
	struct mail_filter m;
	struct filter_command x;
	unsigned line = 0;

	mail_filter_init(&m, text, mark);
	while (mail_filter_next(&m, &x)) {
		if (x.line < line)
			abort();
		line = x.line;
		if (x.text.n && (x.text.p < text.p || x.text.p + x.text.n > text.p + text.n))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	walk((struct slice){ (const char *)data, n }, 0);
	walk((struct slice){ (const char *)data, n }, '=');
	return 0;
}
