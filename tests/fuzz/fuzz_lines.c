#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "priv/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The key up to a NUL, then the file. What is found stands behind that key, at the
 * beginning of a line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *key = (const char *)data, *end = n ? memchr(key, '\0', n) : NULL;
	struct slice text, value;
	size_t len;

	if (!end || end == key)
		return 0;
	len = (size_t)(end - key);
	text = (struct slice){ end + 1, n - len - 1 };
	value = lines_value(text, key);
	if (!value.p)
		return 0;
	if (value.p < text.p + len || value.p + value.n > text.p + text.n ||
	    (value.n && memchr(value.p, '\n', value.n)))
		abort();
	while (value.p > text.p && value.p[-1] != '\n')
		value.p--;
	if (strncasecmp(value.p, key, len))
		abort();
	return 0;
}
