#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rotation.h"
#include "base/text.h"

#define ROTATIONS_KNOWN 8

/* How new a name says it is: 0 is no rotation, numbers beat every date. */
static uint64_t rank(const char *file, struct slice log)
{
	struct slice s = slice_of(file);
	uint64_t day;

	if (s.n < log.n || memcmp(s.p, log.p, log.n))
		return 0;
	s.p += log.n, s.n -= log.n;
	if (s.n > 3 && !memcmp(s.p + s.n - 3, ".gz", 3))
		s.n -= 3;
	if (s.n < 2 || (*s.p != '.' && (*s.p != '-' || s.n != 9)))
		return 0;
	if (!slice_uint((struct slice){ s.p + 1, s.n - 1 }, 99999999, &day))
		return 0;
	return *s.p == '-' ? day : day ? UINT64_MAX - day : 0;
}

static DIR *open_log_dir(int rootfd)
{
	int var = openat(rootfd, "var", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int log = var < 0 ? -1 : openat(var, "log", O_RDONLY | O_DIRECTORY |
					O_NOFOLLOW | O_CLOEXEC);
	DIR *d = log < 0 ? NULL : fdopendir(log);

	if (var >= 0)
		close(var);
	if (!d && log >= 0)
		close(log);
	return d;
}

/* The rotations found, the newest first. */
struct found {
	size_t n;
	struct {
		uint64_t rank;
		char path[ROTATION_MAX];
	} all[ROTATIONS_KNOWN];
};

static void take(struct found *f, const char *file, uint64_t r)
{
	size_t at = f->n;

	while (at && f->all[at - 1].rank < r)
		at--;
	if (at == ROTATIONS_KNOWN)
		return;
	if (f->n < ROTATIONS_KNOWN)
		f->n++;
	memmove(&f->all[at + 1], &f->all[at], (f->n - 1 - at) * sizeof(f->all[0]));
	f->all[at].rank = r;
	snprintf(f->all[at].path, ROTATION_MAX, "var/log/%.50s", file);
}

/* "exim_mainlog_2" is "exim_mainlog" and 2; 0: it is no such name. */
static unsigned split(const char *row, struct slice *log)
{
	const char *at = strrchr(row, '_');
	uint64_t nth;

	if (!at || !slice_uint(slice_of(at + 1), ROTATIONS_KNOWN, &nth))
		return 0;
	*log = (struct slice){ row, (size_t)(at - row) };
	return (unsigned)nth;
}

int rotation_of_row(int rootfd, const char *row, char out[ROTATION_MAX], struct err *e)
{
	struct found f = { .n = 0 };
	struct slice log = { row, 0 };
	unsigned nth = split(row, &log);
	struct dirent *x;
	DIR *d = open_log_dir(rootfd);

	if (!d)
		return err_set(e, ERR_NOT_FOUND, "/var/log: %s", strerror(errno));
	while ((x = readdir(d))) {
		uint64_t r = rank(x->d_name, log);

		if (r && strlen(x->d_name) < ROTATION_MAX - 9)
			take(&f, x->d_name, r);
	}
	closedir(d);
	if (!nth || f.n < nth)
		return err_set(e, ERR_NOT_FOUND, "/var/log has no %s%.*s",
			       nth > 1 ? "older rotated " : "rotated ", (int)log.n, log.p);
	memcpy(out, f.all[nth - 1].path, ROTATION_MAX);
	return 0;
}
