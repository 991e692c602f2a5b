#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "priv/files.h"
#include "priv/lines.h"

#define LIST_MAX (32u << 20)

static bool ends_key(char c)
{
	return c == ':' || c == ' ' || c == '\t';
}

static bool has_key(struct slice line, const char *key, size_t n)
{
	return line.n >= n && !strncasecmp(line.p, key, n) &&
		(line.n == n || ends_key(line.p[n]));
}

struct slice lines_value(struct slice text, const char *key)
{
	struct slice line, value = { NULL, 0 };
	size_t n = strlen(key);

	while (!value.p && slice_line(&text, &line))
		if (has_key(line, key, n))
			value = (struct slice){ line.p + n, line.n - n };
	while (value.n && ends_key(*value.p))
		value.p++, value.n--;
	return value;
}

int lines_find(const char *path, const char *key, struct arena *a,
	       struct slice *value, struct err *e)
{
	int fd = files_open_roots(path, LIST_MAX, e), rc;
	char *p;
	size_t n;

	*value = (struct slice){ NULL, 0 };
	if (fd < 0)
		return -1;
	rc = io_read_all(fd, LIST_MAX, a, &p, &n, path, e);
	close(fd);
	if (!rc)
		*value = lines_value((struct slice){ p, n }, key);
	return rc;
}

int lines_have(const char *path, const char *key, bool *yes, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice value;
	int rc = lines_find(path, key, &a, &value, e);

	*yes = !rc && value.p;
	arena_clear(&a);
	return rc && e->code == ERR_NOT_FOUND ? 0 : rc;
}
