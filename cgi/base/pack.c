#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/pack.h"
#include "base/text.h"

#define CHUNK	((size_t)1 << 16)	/* read at a time */
#define WAITING	((size_t)1 << 20)	/* bytes before they are written out */
#define END_MAX	1024u			/* room for the sentence that ends it early */

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

void pack_begin(struct pack *p, int out, uint64_t max)
{
	*p = (struct pack){ .out = out, .left = max - END_MAX, .waiting = BUF_INIT(2 * WAITING) };
}

void pack_file(struct pack *p, int dir, const char *name, const char *shown)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
			O_NOCTTY);
	const char *why;
	uint64_t total = 0;
	bool at_start = true;
	char chunk[CHUNK];
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return;
	why = obstacle(fd);
	add_line(p, why ? "-" : "+", shown, why);
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

static bool is_any(const char *s)
{
	return *s != '.';
}

/* A plain file by what stands behind the prefix of its name, unread. */
static void add_mark(struct pack *p, int dir, const char *name, const char *prefix)
{
	size_t n = strlen(prefix);
	struct stat st;

	if (!strncmp(name, prefix, n) && is_name(name + n) &&
	    !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
		add_line(p, "+", name + n, NULL);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int pack_names(int dir, bool (*fit)(const char *), size_t max, struct arena *a,
	       char ***names, size_t *n, bool *cut)
{
	int fd = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *x;
	size_t cap = 0;

	*names = NULL;
	*n = 0;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((x = readdir(d)) && *n < max) {
		if (!fit(x->d_name))
			continue;
		*names = arena_grow(a, *names, *n, &cap, sizeof(char *));
		(*names)[(*n)++] = arena_strdup(a, x->d_name);
	}
	*cut = x != NULL;
	closedir(d);
	if (*n)
		qsort(*names, *n, sizeof(char *), by_bytes);
	return 0;
}

static void say_full(struct pack *p)
{
	p->left = END_MAX;
	p->full = false;
	add(p, "\n", 1);
	add_line(p, "!", "there are more, or larger, files than are read", NULL);
}

int pack_end(struct pack *p, bool cut)
{
	if (cut || p->full)
		say_full(p);
	flush(p);
	buf_free(&p->waiting);
	return p->broken ? -1 : 0;
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

/* prefix: that of the names which alone are told; NULL: files are read. */
static int fill(int dir, const char *path, const char *prefix, uint64_t max, int out,
		struct err *e)
{
	struct arena a = ARENA_INIT;
	char **names;
	struct pack p;
	size_t n;
	bool cut;
	int rc = 0;

	if (pack_names(dir, prefix ? is_any : is_name, PACK_NAMES_MAX, &a, &names, &n, &cut))
		return err_set(e, ERR_UNAVAILABLE, "/%s cannot be listed: %s", path,
			       strerror(errno));
	pack_begin(&p, out, max);
	for (size_t i = 0; i < n && !p.full; i++) {
		if (prefix)
			add_mark(&p, dir, names[i], prefix);
		else
			pack_file(&p, dir, names[i], names[i]);
	}
	if (pack_end(&p, cut) || lseek(out, 0, SEEK_SET) < 0)
		rc = err_set(e, ERR_UNAVAILABLE, "/%s could not be packed", path);
	arena_clear(&a);
	return rc;
}

static int pack(int dirfd, const char *path, const char *prefix, uint64_t max,
		struct err *e)
{
	int dir = open_directory(dirfd, path, e), out, rc;

	if (dir < 0)
		return -1;
	out = io_memfd("pack", "", 0);
	rc = out < 0 ? err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno)) :
		fill(dir, path, prefix, max, out, e);
	if (rc && out >= 0)
		close(out);
	close(dir);
	return rc ? -1 : out;
}

int pack_directory(int dirfd, const char *path, uint64_t max, struct err *e)
{
	return pack(dirfd, path, NULL, max, e);
}

int pack_marks(int dirfd, const char *pattern, uint64_t max, struct err *e)
{
	struct arena a = ARENA_INIT;
	char *path = arena_strdup(&a, pattern), *prefix = strrchr(path, '/');
	int fd;

	*prefix++ = '\0';
	prefix[strlen(prefix) - 1] = '\0';
	fd = pack(dirfd, path, prefix, max, e);
	arena_clear(&a);
	return fd;
}
