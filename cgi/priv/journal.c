#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "priv/journal.h"
#include "priv/place.h"
#include "priv/valid.h"

/* The last six digits are the millisecond and three that are random, so that
 * the order of ids is the order of time. */
int journal_new_id(char out[32], struct err *e)
{
	struct timespec now;
	unsigned short r;
	struct tm tm;
	size_t n;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r) ||
	    clock_gettime(CLOCK_REALTIME, &now) || !gmtime_r(&now.tv_sec, &tm))
		return err_set(e, ERR_UNAVAILABLE, "no random bytes: %s",
			       strerror(errno));
	/* To 15 us: shorter than any change, so that ids are in the order of these. */
	n = strftime(out, 32, "%Y%m%d-%H%M%S", &tm);
	snprintf(out + n, 32 - n, "-%04x%02x",
		 (unsigned)((uint64_t)now.tv_nsec * 65536 / 1000000000), r & 0xffu);
	return 0;
}

static int open_dir(struct err *e)
{
	return place_open(PATH_JOURNAL, 0700, e);
}

int journal_write(const struct entry *x, struct err *e)
{
	char line[ENTRY_LINE_MAX];
	size_t n = entry_encode(x, line, sizeof(line));
	int dir, rc;

	if (!n)
		return err_set(e, ERR_BUG, "the journal entry of %s is too long",
			       x->name);
	dir = open_dir(e);
	if (dir < 0)
		return -1;
	rc = io_replace(dir, x->id, 0600, line, n, e);
	close(dir);
	return rc;
}

static int read_at(int dir, struct entry *x, const char *id, struct err *e)
{
	const struct io_expect mine = {
		.max_size = ENTRY_LINE_MAX, .check_owner = true, .owner = 0
	};
	struct arena a = ARENA_INIT;
	int fd = io_open_beneath(dir, id, &mine, e), rc;
	char *text;
	size_t n;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, ENTRY_LINE_MAX, &a, &text, &n, id, e);
	if (!rc)
		rc = entry_decode(x, (struct slice){ text, n }, e);
	if (!rc && strcmp(x->id, id))
		rc = err_set(e, ERR_BUG, "journal entry %s names itself %s", id, x->id);
	close(fd);
	arena_clear(&a);
	return rc;
}

int journal_read(struct entry *x, const char *id, struct err *e)
{
	int dir = open_dir(e), rc;

	if (dir < 0)
		return -1;
	rc = read_at(dir, x, id, e);
	close(dir);
	if (rc && e->code == ERR_NOT_FOUND)
		err_set(e, ERR_NOT_FOUND, "there is no change %s", id);
	return rc;
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

int journal_ids(struct arena *a, char ***ids, size_t *n, struct err *e)
{
	int dir = open_dir(e);
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *x;
	size_t cap = 0;

	*ids = NULL;
	*n = 0;
	if (dir < 0)
		return -1;
	if (!d) {
		close(dir);
		return err_set(e, ERR_UNAVAILABLE, "%s: %s", PATH_JOURNAL,
			       strerror(errno));
	}
	while ((x = readdir(d))) {
		if (!valid_change(x->d_name))
			continue;
		*ids = arena_grow(a, *ids, *n, &cap, sizeof(**ids));
		(*ids)[(*n)++] = arena_strdup(a, x->d_name);
	}
	closedir(d);
	if (*n)
		qsort(*ids, *n, sizeof(**ids), newest_first);
	return 0;
}

bool journal_is_open(const struct entry *x)
{
	return entry_is(x, STATE_PREPARED) || *x->undo ||
		(entry_is(x, STATE_DONE) && !*x->found);
}

void journal_prune(void)
{
	struct arena a = ARENA_INIT;
	struct entry x;
	struct err e;
	char **ids;
	size_t n;
	int dir = open_dir(&e);

	if (dir >= 0 && !journal_ids(&a, &ids, &n, &e))
		for (size_t i = JOURNAL_MAX; i < n; i++)
			if (!read_at(dir, &x, ids[i], &e) && !journal_is_open(&x))
				unlinkat(dir, ids[i], 0);
	if (dir >= 0)
		close(dir);
	arena_clear(&a);
}
