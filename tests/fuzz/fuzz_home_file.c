#include <stdlib.h>

#include "mail/home_file.h"
#include "mail/sieve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void walk(const char *name, struct slice text)
{
	struct home_file h;
	struct home_command x;
	unsigned line = 0;

	home_file_init(&h, name, text);
	while (home_file_next(&h, &x)) {
		if (x.line < line || (x.kind == FORWARD_ADDRESS) != !!*x.address)
			abort();
		line = x.line;
		if (x.text.n && (x.text.p < text.p || x.text.p + x.text.n > text.p + text.n))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { ".forward", "etc/a.example/b/filter", "x.sieve" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		walk(names[i], (struct slice){ (const char *)data, n });
	return 0;
}
