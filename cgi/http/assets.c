#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/io.h"
#include "http/assets.h"

#define ASSET_MAX (256u << 10)

static const struct {
	const char *name, *type;
} known[] = {
	{ "relaydoctor.css", "text/css; charset=utf-8" },
	{ "relaydoctor.js", "text/javascript; charset=utf-8" },
	{ "user.css", "text/css; charset=utf-8" },
	{ "user.js", "text/javascript; charset=utf-8" },
	{ "icon.svg", "image/svg+xml" },
	{ "icon.png", "image/png" },
};

#define NKNOWN (sizeof(known) / sizeof(*known))

struct assets {
	struct arena arena;
	struct slice content[NKNOWN];
};

static int load(struct assets *a, int dir, size_t i, struct err *e)
{
	const struct io_expect plain = { .max_size = ASSET_MAX };
	int fd = io_open_beneath(dir, known[i].name, &plain, e), rc;
	char *text;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, ASSET_MAX, &a->arena, &text, &a->content[i].n,
			 known[i].name, e);
	a->content[i].p = text;
	close(fd);
	return rc;
}

struct assets *assets_new(const char *dir, struct err *e)
{
	struct assets *a = calloc(1, sizeof(*a));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (!a)
		abort();
	if (fd < 0)
		rc = err_set(e, ERR_UNAVAILABLE, "%s: %s", dir, strerror(errno));
	for (size_t i = 0; !rc && i < NKNOWN; i++)
		rc = load(a, fd, i, e);
	if (fd >= 0)
		close(fd);
	if (!rc)
		return a;
	assets_free(a);
	return NULL;
}

void assets_free(struct assets *a)
{
	if (a)
		arena_clear(&a->arena);
	free(a);
}

int assets_get(const struct assets *a, const char *name, struct slice *content,
	       const char **type)
{
	for (size_t i = 0; i < NKNOWN; i++)
		if (!strcmp(known[i].name, name)) {
			*content = a->content[i];
			*type = known[i].type;
			return 0;
		}
	return -1;
}
