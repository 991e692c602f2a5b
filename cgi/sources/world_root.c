#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/pack.h"
#include "base/rotation.h"
#include "sources/dns_client.h"
#include "sources/world.h"

struct world_root {
	struct world w;
	char *resolver;		/* NULL: no DNS */
	int fd[NWORLD_FILES];	/* -1: why says so */
	struct err why[NWORLD_FILES];
};

static int file(struct world *w, enum world_file f, struct world_mode *mode,
		struct err *e)
{
	struct world_root *r = (struct world_root *)w;
	int fd;

	if (r->fd[f] < 0) {
		*e = r->why[f];
		return -1;
	}
	*mode = world_mode_of(r->fd[f]);
	fd = fcntl(r->fd[f], F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be read again",
			       world_files[f].path);
	return fd;
}

static int dns(struct world *w, struct dns_batch *b, struct err *e)
{
	return dns_client_run(((struct world_root *)w)->resolver, b, e);
}

static void close_root(struct world *w)
{
	struct world_root *r = (struct world_root *)w;

	for (int i = 0; i < NWORLD_FILES; i++)
		if (r->fd[i] >= 0)
			close(r->fd[i]);
	free(r->resolver);
	free(r);
}

static const struct world_ops with_dns = {
	.kind = "root", .file = file, .dns = dns, .close = close_root,
};

static const struct world_ops without_dns = {
	.kind = "root", .file = file, .close = close_root,
};

static void open_one(struct world_root *r, int dirfd, enum world_file f)
{
	const struct io_expect x = { .max_size = world_files[f].max_size };
	char rotation[ROTATION_MAX];
	const char *path = world_files[f].path;

	r->fd[f] = -1;
	if (!path) {
		if (rotation_of_row(dirfd, world_files[f].row, rotation, &r->why[f]))
			return;
		path = rotation;
	}
	if (path[strlen(path) - 1] == '/')
		r->fd[f] = pack_directory(dirfd, path + 1, x.max_size, &r->why[f]);
	else
		r->fd[f] = io_open_beneath(dirfd, path + (*path == '/'), &x, &r->why[f]);
}

struct world *world_root(const char *dir, const char *resolver, struct err *e)
{
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct world_root *r;

	if (dirfd < 0) {
		err_set(e, errno == EACCES ? ERR_UNAVAILABLE : ERR_INPUT,
			"'%s' is not a directory that can be read: %s", dir,
			strerror(errno));
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		abort();
	r->w.ops = resolver ? &with_dns : &without_dns;
	r->w.now = (int64_t)time(NULL);
	r->w.resolver_is_public = true;
	r->resolver = resolver ? strdup(resolver) : NULL;
	r->w.resolver = r->resolver;
	for (int i = 0; i < NWORLD_FILES; i++)
		open_one(r, dirfd, (enum world_file)i);
	close(dirfd);
	return &r->w;
}
