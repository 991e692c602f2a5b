#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rotation.h"
#include "base/text.h"

/* How new a name says it is: 0 is no rotation, .1 beats every date. */
static uint64_t rank(const char *file, const char *log)
{
	struct slice s = slice_of(file);
	uint64_t day;

	if (!slice_starts(s, log))
		return 0;
	s.p += strlen(log), s.n -= strlen(log);
	if (s.n > 3 && !memcmp(s.p + s.n - 3, ".gz", 3))
		s.n -= 3;
	if (slice_eq(s, ".1"))
		return UINT64_MAX;
	if (s.n != 9 || *s.p != '-')
		return 0;
	s.p++, s.n--;
	return slice_uint(s, 99999999, &day) ? day : 0;
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

int rotation_newest(int rootfd, const char *name, char out[ROTATION_MAX],
		    struct err *e)
{
	DIR *d = open_log_dir(rootfd);
	uint64_t best = 0;
	struct dirent *x;

	if (!d)
		return err_set(e, ERR_NOT_FOUND, "/var/log: %s", strerror(errno));
	while ((x = readdir(d))) {
		uint64_t r = rank(x->d_name, name);

		if (r > best && strlen(x->d_name) < ROTATION_MAX - 9) {
			best = r;
			snprintf(out, ROTATION_MAX, "var/log/%.50s", x->d_name);
		}
	}
	closedir(d);
	return best ? 0 : err_set(e, ERR_NOT_FOUND,
				  "/var/log has no rotated %s", name);
}
