#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "priv/place.h"

int place_open(const char *path, mode_t mode, struct err *e)
{
	struct stat st;
	int fd;

	if (mkdir(path, mode) && errno != EEXIST)
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be made: %s", path,
			       strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	} else if (st.st_uid != 0 || st.st_mode & 022) {
		err_set(e, ERR_UNAVAILABLE,
			"%s must belong to root and be writable by root alone", path);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

int place_file(const char *path, int flags, struct err *e)
{
	int fd = open(path, flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
		      O_NOCTTY, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_nlink != 1) {
		err_set(e, ERR_UNAVAILABLE, "%s is not a file of root's with this one name",
			path);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool is_half_written(const char *name)
{
	size_t n = strlen(name);

	return *name == '.' && n > 4 && !strcmp(name + n - 4, ".new");
}

void place_sweep(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *x;

	if (!d && fd >= 0)
		close(fd);
	if (!d)
		return;
	while ((x = readdir(d)))
		if (is_half_written(x->d_name))
			unlinkat(fd, x->d_name, 0);
	closedir(d);
}
