#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/pack.h"
#include "base/text.h"

#define CHUNK	((size_t)1 << 16)	/* read at a time */
#define WAITING	((size_t)1 << 20)	/* bytes before they are written out */
#define END_MAX	1024u			/* room for the sentence that ends it early */

struct pack {
	const char *path;
	int dir, out;
	uint64_t left;		/* bytes that may still be added */
	bool full, broken;
	struct buf waiting;
	char **names;
	size_t n, cap;
	struct arena arena;
};

static void flush(struct pack *p)
{
	if (p->waiting.len && io_write_all(p->out, p->waiting.data, p->waiting.len))
		p->broken = true;
	p->waiting.len = 0;
}

static void add(struct pack *p, const char *s, size_t n)
{
	if (p->full || n > p->left) {
		p->full = true;
		return;
	}
	p->left -= n;
	buf_add(&p->waiting, s, n);
	if (p->waiting.len >= WAITING)
		flush(p);
}

static void add_line(struct pack *p, const char *mark, const char *name, const char *why)
{
	add(p, mark, 1);
	add(p, name, strlen(name));
	if (why) {
		add(p, " ", 1);
		add(p, why, strlen(why));
	}
	add(p, "\n", 1);
}

/* The lines of what was read, each with its mark. *at_start: a line begins. */
static void add_text(struct pack *p, const char *s, size_t n, bool *at_start)
{
	while (n && !p->full) {
		const char *lf = memchr(s, '\n', n);
		size_t part = lf ? (size_t)(lf - s) + 1 : n;

		if (*at_start)
			add(p, "=", 1);
		add(p, s, part);
		*at_start = lf != NULL;
		s += part;
		n -= part;
	}
}

static const char *obstacle(int fd)
{
	struct stat st;

	if (fd < 0)
		return errno == ELOOP ? "it is a symbolic link, which is not followed" :
			strerror(errno);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return "it is no regular file";
	if (st.st_nlink != 1)
		return "the file has a second name elsewhere";
	if ((uint64_t)st.st_size > PACK_FILE_MAX)
		return "it is larger than 8 MiB";
	return NULL;
}

static void add_file(struct pack *p, const char *name)
{
	int fd = openat(p->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
			O_NOCTTY);
	const char *why = obstacle(fd);
	uint64_t total = 0;
	bool at_start = true;
	char chunk[CHUNK];
	ssize_t n;

	add_line(p, why ? "-" : "+", name, why);
	while (!why && total < PACK_FILE_MAX && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		add_text(p, chunk, (size_t)n, &at_start);
		total += (size_t)n;
	}
	if (!at_start)
		add(p, "\n", 1);
	if (fd >= 0)
		close(fd);
}

static bool is_name(const char *s)
{
	return text_is_domain(s) && !strpbrk(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(struct pack *p, struct err *e)
{
	int fd = fcntl(p->dir, F_DUPFD_CLOEXEC, 3);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *x;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return err_set(e, ERR_UNAVAILABLE, "/%s cannot be listed: %s", p->path,
			       strerror(errno));
	}
	while ((x = readdir(d)) && p->n < PACK_NAMES_MAX) {
		if (!is_name(x->d_name))
			continue;
		p->names = arena_grow(&p->arena, p->names, p->n, &p->cap, sizeof(char *));
		p->names[p->n++] = arena_strdup(&p->arena, x->d_name);
	}
	p->full = x != NULL;
	closedir(d);
	if (p->n)
		qsort(p->names, p->n, sizeof(char *), by_bytes);
	return 0;
}

static void say_full(struct pack *p)
{
	p->left = END_MAX;
	p->full = false;
	add(p, "\n", 1);
	add_line(p, "!", "there are more, or larger, files than are read", NULL);
}

static void fill(struct pack *p)
{
	bool cut = p->full;

	p->full = false;
	for (size_t i = 0; i < p->n && !p->full; i++)
		add_file(p, p->names[i]);
	if (cut || p->full)
		say_full(p);
	flush(p);
}

/* The directory itself, component by component. */
static int open_directory(int dirfd, const char *path, struct err *e)
{
	int fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	struct slice rest = slice_of(path);
	char name[64];

	while (fd >= 0 && rest.n) {
		struct slice s = slice_cut(&rest, '/');
		int next;

		if (!s.n || s.n >= sizeof(name) || *s.p == '.') {
			close(fd);
			return err_set(e, ERR_BUG, "%s is not a plain relative path", path);
		}
		memcpy(name, s.p, s.n);
		name[s.n] = '\0';
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE,
			       "/%s: %s", path, strerror(errno));
	return fd;
}

int pack_directory(int dirfd, const char *path, uint64_t max, struct err *e)
{
	struct pack p = {
		.path = path, .left = max - END_MAX, .arena = ARENA_INIT,
		.waiting = BUF_INIT(2 * WAITING),
	};
	int rc;

	p.dir = open_directory(dirfd, path, e);
	if (p.dir < 0)
		return -1;
	p.out = io_memfd("pack", "", 0);
	rc = p.out < 0 ? err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno)) :
		list(&p, e);
	if (!rc)
		fill(&p);
	if (!rc && (p.broken || lseek(p.out, 0, SEEK_SET) < 0))
		rc = err_set(e, ERR_UNAVAILABLE, "/%s could not be packed", path);
	if (rc && p.out >= 0)
		close(p.out);
	close(p.dir);
	buf_free(&p.waiting);
	arena_clear(&p.arena);
	return rc ? -1 : p.out;
}
