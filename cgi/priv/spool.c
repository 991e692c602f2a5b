#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/paths.h"
#include "base/sha256.h"
#include "priv/as_account.h"
#include "priv/field.h"
#include "priv/spool.h"
#include "priv/spool_head.h"

#define HEAD_MAX ((size_t)1 << 20)
#define NAMES_MAX 100000u
#define BODY_SHOWN 4096u	/* bytes of ID-D that are looked at for its reason */
#define LISTED_MAX (2 * BODY_SHOWN + 1024)	/* a mark before each line of it */
_Static_assert(LISTED_MAX * SPOOL_LISTED_MAX <= SPOOL_LIST_BYTES, "all of them fit");

void spool_hash(char out[SPOOL_HASH], struct slice s)
{
	uint32_t words[SHA256_WORDS];

	sha256(s.p, s.n, words);
	for (size_t i = 0; i < SHA256_WORDS; i++)
		snprintf(out + 8 * i, 9, "%08x", words[i]);
}

__attribute__((format(printf, 3, 4)))
static int put(int out, struct arena *a, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return io_write_all(out, text, strlen(text));
}

/* ---- as Exim's user ---------------------------------------------------------- */

/* The directories that may hold ID-H: the queue's own, and, split, one for the sixth
 * letter. */
static int open_queue(const char *id, bool split)
{
	char path[sizeof(PATH_QUEUE) + 2];

	if (split)
		field_print(path, sizeof(path), PATH_QUEUE "/%c", id[5]);
	else
		field_print(path, sizeof(path), PATH_QUEUE);
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int read_all(int fd, size_t max, struct arena *a, struct slice *out)
{
	char *p = arena_zalloc(a, max + 1);
	ssize_t got = 1;
	size_t n = 0;

	for (; got > 0 && n < max; n += got > 0 ? (size_t)got : 0)
		got = read(fd, p + n, max - n);
	*out = (struct slice){ p, n };
	return got < 0 ? -1 : 0;
}

/* A plain file of the queue, its first max bytes; st says what it is. */
static int read_file(int dir, const char *id, char kind, size_t max, struct arena *a,
		     struct slice *out, struct stat *st)
{
	char name[32];
	int fd, rc = -1;

	field_print(name, sizeof(name), "%s-%c", id, kind);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!fstat(fd, st) && S_ISREG(st->st_mode) && st->st_nlink == 1) {
		if ((uint64_t)st->st_size < max)
			max = (size_t)st->st_size;
		rc = read_all(fd, max, a, out);
	}
	close(fd);
	return rc;
}

/* Its envelope, when it is a frozen bounce. */
static bool read_bounce(int dir, const char *id, struct arena *a, struct slice *text,
			struct spool_head *head, struct stat *st)
{
	return !read_file(dir, id, 'H', HEAD_MAX, a, text, st) &&
		(uint64_t)st->st_size == text->n &&
		spool_head_read(*text, id, head) && head->frozen && head->bounce;
}

/* ---- the list ----------------------------------------------------------------- */

/* Of a report in parts as well, the message that comes back is no part of it. */
static bool begins_the_copy(struct slice line)
{
	return slice_starts(line, "------ This is a copy") ||
		slice_starts(line, "Content-type: message/rfc822") ||
		slice_starts(line, "Content-type: text/rfc822-headers");
}

static void list_body(struct buf *b, int dir, const char *id, struct arena *a)
{
	struct slice text, line;
	struct stat st;

	if (read_file(dir, id, 'D', BODY_SHOWN, a, &text, &st) ||
	    !slice_line(&text, &line))		/* its name */
		return;
	while (slice_line(&text, &line) && !begins_the_copy(line))
		buf_printf(b, ">%.*s\n", (int)line.n, line.p);
}

/* 1: it is none. Written at once: what is there may be of lines alone. */
static int list_one(int out, int dir, const char *id, struct arena *a)
{
	struct buf b = BUF_INIT(LISTED_MAX);
	struct spool_head head;
	char hash[SPOOL_HASH];
	struct slice text;
	struct stat st;
	int rc;

	if (!read_bounce(dir, id, a, &text, &head, &st))
		return 1;
	spool_hash(hash, text);
	buf_printf(&b, "+%s\n=%s %.*s %.*s\n", id, hash, (int)head.received.n,
		   head.received.p, (int)head.to.n, head.to.p);
	if (head.failed.n)
		buf_printf(&b, "~%.*s\n", (int)head.failed.n, head.failed.p);
	list_body(&b, dir, id, a);
	rc = io_write_all(out, b.data, b.len);
	buf_free(&b);
	return rc;
}

static int list_id(int out, const char *id)
{
	int rc = 1;

	for (int split = 0; split < 2 && rc > 0; split++) {
		int dir = open_queue(id, split);
		struct arena a = ARENA_INIT;

		if (dir < 0)
			continue;
		rc = list_one(out, dir, id, &a);
		arena_clear(&a);
		close(dir);
	}
	return rc;
}

struct names {
	char (*id)[24];
	size_t n, cap;
};

static void gather(const char *path, struct arena *a, struct names *all)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *x;

	while (d && all->n < NAMES_MAX && (x = readdir(d))) {
		size_t n = strlen(x->d_name);
		char id[24] = "";

		if (n < 3 || n - 2 >= sizeof(id) || strcmp(x->d_name + n - 2, "-H"))
			continue;
		memcpy(id, x->d_name, n - 2);
		if (!spool_id_ok(id))
			continue;
		all->id = arena_grow(a, all->id, all->n, &all->cap, sizeof(*all->id));
		memcpy(all->id[all->n++], id, sizeof(id));
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void gather_all(struct arena *a, struct names *all)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	gather(PATH_QUEUE, a, all);
	for (size_t i = 0; letters[i]; i++) {
		char path[sizeof(PATH_QUEUE) + 2];

		field_print(path, sizeof(path), PATH_QUEUE "/%c", letters[i]);
		gather(path, a, all);
	}
	if (all->n)
		qsort(all->id, all->n, sizeof(*all->id), by_id);
}

static int list(const struct passwd *as, const void *ctx, int out)
{
	struct names all = { .n = 0 };
	struct arena a = ARENA_INIT;
	unsigned listed = 0;
	int rc = 0;

	(void)as;
	(void)ctx;
	gather_all(&a, &all);
	for (size_t i = 0; i < all.n && rc >= 0 && listed < SPOOL_LISTED_MAX; i++) {
		rc = list_id(out, all.id[i]);
		listed += !rc;
	}
	if (rc >= 0 && (listed == SPOOL_LISTED_MAX || all.n == NAMES_MAX))
		rc = put(out, &a, "!more\n");
	return rc < 0 ? -1 : 0;
}

int spool_list(struct err *e)
{
	return as_mta(list, NULL, SPOOL_LIST_BYTES, e);
}

/* ---- one message --------------------------------------------------------------- */

/* done is told of the directory that has the message; -1 when none has a frozen bounce
 * of that id: then out gets a word. */
static int with_bounce(const char *id, int out,
		       int (*done)(int out, int dir, const char *id, struct slice text,
				   const struct spool_head *head, const struct stat *st,
				   struct arena *a))
{
	struct arena a = ARENA_INIT;
	struct spool_head head;
	char name[32];
	struct slice text;
	struct stat st;

	field_print(name, sizeof(name), "%s-H", id);
	for (int split = 0; split < 2; split++) {
		int dir = open_queue(id, split);

		if (dir < 0)
			continue;
		if (read_bounce(dir, id, &a, &text, &head, &st))
			return done(out, dir, id, text, &head, &st, &a);
		if (!faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW))
			return put(out, &a, "other");
		close(dir);
	}
	return put(out, &a, "removed");
}

static int tell(int out, int dir, const char *id, struct slice text,
		const struct spool_head *head, const struct stat *st, struct arena *a)
{
	char hash[SPOOL_HASH];

	(void)dir;
	(void)id;
	(void)st;
	spool_hash(hash, text);
	return put(out, a, "frozen %s %.*s", hash, (int)head->to.n, head->to.p);
}

static int look(const struct passwd *as, const void *id, int out)
{
	(void)as;
	return with_bounce(id, out, tell);
}

int spool_look(const char *id, struct err *e)
{
	return as_mta(look, id, 512, e);
}

static int send_both(int out, int dir, const char *id, struct slice text,
		     const struct spool_head *head, const struct stat *st, struct arena *a)
{
	struct slice body;
	struct stat of_body;

	(void)head;
	if (read_file(dir, id, 'D', FROZEN_MESSAGE_MAX, a, &body, &of_body) ||
	    (uint64_t)of_body.st_size != body.n)
		return -1;
	return put(out, a, "%zu %o %u %zu %o %u\n", text.n, st->st_mode & 07777, st->st_gid,
		   body.n, of_body.st_mode & 07777, of_body.st_gid) ||
		io_write_all(out, text.p, text.n) || io_write_all(out, body.p, body.n) ? -1 : 0;
}

static int copy(const struct passwd *as, const void *id, int out)
{
	(void)as;
	return with_bounce(id, out, send_both);
}

int spool_copy(const char *id, struct err *e)
{
	return as_mta(copy, id, SPOOL_COPY_MAX, e);
}

/* "a b c " of the line in front. */
static bool next_number(struct slice *line, int base, unsigned long max, unsigned long *out)
{
	struct slice word = slice_cut(line, ' ');
	char text[24], *end;

	if (!word.n || word.n >= sizeof(text))
		return false;
	memcpy(text, word.p, word.n);
	text[word.n] = '\0';
	errno = 0;
	*out = strtoul(text, &end, base);
	return *text >= '0' && *text <= '9' && !*end && !errno && *out <= max;
}

bool spool_copy_read(struct slice copy_text, struct spool_file file[2])
{
	struct slice line;

	if (!slice_line(&copy_text, &line))
		return false;
	for (int i = 0; i < 2; i++) {
		unsigned long n, mode, group;

		if (!next_number(&line, 10, SPOOL_COPY_MAX, &n) ||
		    !next_number(&line, 8, 0777, &mode) ||
		    !next_number(&line, 10, UINT32_MAX, &group))
			return false;
		file[i] = (struct spool_file){ { NULL, n }, (mode_t)mode, (gid_t)group };
	}
	if (line.n || copy_text.n != file[0].text.n + file[1].text.n)
		return false;
	file[0].text.p = copy_text.p;
	file[1].text.p = copy_text.p + file[0].text.n;
	return true;
}

/* What an undo that was killed has left is written anew; ID-H, with which there is a
 * message, is never replaced. */
static int restore_file(int dir, const char *id, char kind, const struct spool_file *f)
{
	char name[32], made[40];
	int fd, rc;

	field_print(name, sizeof(name), "%s-%c", id, kind);
	field_print(made, sizeof(made), "relaydoctor.%s", name);
	unlinkat(dir, made, 0);
	fd = openat(dir, made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = io_write_all(fd, f->text.p, f->text.n) || fchown(fd, (uid_t)-1, f->group) ||
		fchmod(fd, f->mode) || fsync(fd) ||
		(kind == 'H' ? linkat(dir, made, dir, name, 0) :
		 renameat(dir, made, dir, name)) ? -1 : 0;
	close(fd);
	unlinkat(dir, made, 0);
	return rc;
}

/* As it was split when it was taken: Exim looks into both. ID-H last: with it there is a
 * message. */
static int restore(const struct passwd *as, const void *ctx, int out)
{
	const struct spool_back *b = ctx;
	char name[32];
	int dir = open_queue(b->id, true), rc;

	(void)as;
	if (dir < 0)
		dir = open_queue(b->id, false);
	if (dir < 0)
		return -1;
	field_print(name, sizeof(name), "%s-D", b->id);
	rc = restore_file(dir, b->id, 'D', &b->file[1]);
	if (!rc && restore_file(dir, b->id, 'H', &b->file[0])) {
		unlinkat(dir, name, 0);
		rc = -1;
	}
	fsync(dir);
	return rc ? -1 : io_write_all(out, "done", 4);
}

int spool_restore(const struct spool_back *b, struct err *e)
{
	return as_mta(restore, b, 16, e);
}
