#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/text.h"
#include "priv/files.h"
#include "priv/included.h"

#define LIST_MAX (64u << 20)
#define FILE_MAX (16u << 20)
#define PATH_TEXT_MAX 200

/* Root's word, but what stands elsewhere is no list of CSF's. */
static bool may_be_read(const char *path)
{
	static const char *const below[] = { "/etc/", "/var/lib/", "/usr/local/" };

	for (const char *p = path; *p; p++)
		if (!isprint((unsigned char)*p))
			return false;
	for (size_t i = 0; i < sizeof(below) / sizeof(*below); i++)
		if (!strncmp(path, below[i], strlen(below[i])))
			return true;
	return false;
}

static bool looks_like_an_entry(struct slice line)
{
	line = slice_trim(line);
	return line.n && (strchr("0123456789abcdefABCDEF:", *line.p) ||
			  slice_starts(line, "tcp|") || slice_starts(line, "udp|"));
}

static int text_of(const char *path, size_t max, struct arena *a, struct slice *out,
		   struct err *e)
{
	int fd = files_open_roots(path + 1, max, e), rc;
	char *p;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, max, a, &p, &out->n, path, e);
	close(fd);
	out->p = p;
	return rc;
}

static void add_file(struct buf *b, struct slice name, unsigned n)
{
	struct arena a = ARENA_INIT;
	char path[PATH_TEXT_MAX] = "";
	struct slice text, line;
	struct err e;

	if (name.n < sizeof(path) && !memchr(name.p, '\0', name.n))
		memcpy(path, name.p, name.n);
	if (n >= INCLUDED_MAX || !may_be_read(path) ||
	    text_of(path, FILE_MAX, &a, &text, &e)) {
		buf_printf(b, "Include! %s\n", may_be_read(path) ? path : "elsewhere");
		arena_clear(&a);
		return;
	}
	buf_printf(b, "Include %s\n", path);
	while (slice_line(&text, &line)) {
		if (looks_like_an_entry(line))
			buf_add(b, line.p, line.n);
		buf_add(b, "\n", 1);
	}
	arena_clear(&a);
}

bool included_next(struct slice *rest, struct slice *path)
{
	struct slice line;

	while (slice_line(rest, &line)) {
		line = slice_trim(line);
		if (!slice_starts(line, "Include"))
			continue;
		*path = slice_trim((struct slice){ line.p + 7, line.n - 7 });
		return true;
	}
	return false;
}

int included_open(const char *list, struct err *e)
{
	struct buf b = BUF_INIT(LIST_MAX);
	struct arena a = ARENA_INIT;
	struct slice text, name;
	char path[PATH_TEXT_MAX] = "/";
	unsigned n = 0;
	int fd = -1;

	strncat(path, list, sizeof(path) - 2);
	if (!text_of(path, LIST_MAX, &a, &text, e)) {
		while (included_next(&text, &name))
			add_file(&b, name, n++);
		fd = b.full ? -1 : io_memfd("included", b.data ? b.data : "", b.len);
		if (fd < 0)
			err_set(e, ERR_LIMIT, "%s includes more than can be read", path);
	}
	buf_free(&b);
	arena_clear(&a);
	return fd;
}
