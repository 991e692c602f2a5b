#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "priv/included.h"
#include "priv/unblock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What a list of CSF's includes, and the value of an entry in such a file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice rest = { (const char *)data, n }, path;
	struct arena a = ARENA_INIT;
	const char *value = arena_strndup(&a, (const char *)data, n);

	while (included_next(&rest, &path))
		if (path.n && (path.p < (const char *)data ||
			       path.p + path.n > (const char *)data + n ||
			       memchr(path.p, '\n', path.n)))
			abort();
	if (valid_included_line(value)) {
		const char *up = strstr(value, "/.");

		if (strncmp(value, "/etc/csf/", 9) || (up && up < strchr(value, ':')) ||
		    strchr(value, '\n'))
			abort();
	}
	arena_clear(&a);
	return 0;
}
