#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
	int dir;
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

/* Followed is nothing: what stands behind a link is not known. A copy of a server need
 * not hold its homes: a program is missing only from a directory that is there. */
static const char *program(struct world *w, const char *path)
{
	int at = fcntl(((struct world_root *)w)->dir, F_DUPFD_CLOEXEC, 3);
	struct slice rest = slice_of(path + 1);
	struct stat st = { .st_mode = S_IFDIR };
	char name[256];

	while (at >= 0 && rest.n && S_ISDIR(st.st_mode)) {
		struct slice s = slice_cut(&rest, '/');
		int next;

		if (s.n >= sizeof(name))
			break;
		memcpy(name, s.p, s.n);
		name[s.n] = '\0';
		next = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = next;
		if (at >= 0 && fstat(at, &st))
			break;
	}
	if (at < 0)
		return errno == ENOENT && !rest.n ? "missing" : NULL;
	close(at);
	if (rest.n || !S_ISREG(st.st_mode))
		return NULL;
	return st.st_mode & 0111 ? "there" : "denied";
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
	close(r->dir);
	free(r->resolver);
	free(r);
}

static const struct world_ops with_dns = {
	.kind = "root", .file = file, .program = program, .dns = dns, .close = close_root,
};

static const struct world_ops without_dns = {
	.kind = "root", .file = file, .program = program, .close = close_root,
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
	if (path[strlen(path) - 1] == '*')
		r->fd[f] = pack_marks(dirfd, path + 1, x.max_size, &r->why[f]);
	else if (path[strlen(path) - 1] == '/')
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
	r->dir = dirfd;
	return &r->w;
}
