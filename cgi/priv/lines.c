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

int lines_find(const char *path, const char *key, struct arena *a,
	       struct slice *value, struct err *e)
{
	int fd = files_open_roots(path, LIST_MAX, e), rc;
	struct slice text = { NULL, 0 }, line;
	size_t n = strlen(key);
	char *p;

	*value = (struct slice){ NULL, 0 };
	if (fd < 0)
		return -1;
	rc = io_read_all(fd, LIST_MAX, a, &p, &text.n, path, e);
	text.p = p;
	close(fd);
	while (!rc && !value->p && slice_line(&text, &line))
		if (has_key(line, key, n))
			*value = (struct slice){ line.p + n, line.n - n };
	while (value->n && ends_key(*value->p))
		value->p++, value->n--;
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
