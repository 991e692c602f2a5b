#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "sources/own_file.h"

static int check(const struct stat *st, const char *path, unsigned forbidden,
		 const char *what, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_INPUT, "%s %.200s is not a regular file", what, path);
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(e, ERR_INPUT, "%s %.200s belongs to neither you nor root, so somebody else decides what is in it",
			       what, path);
	if (st->st_mode & forbidden)
		return err_set(e, ERR_INPUT, "%s %.200s has mode %04o, so others can %s it: chmod %o it first",
			       what, path, st->st_mode & 07777,
			       forbidden & 044 ? "read or change" : "change",
			       0777 & ~forbidden & ~0111u);
	return 0;
}

int own_file_read(const char *path, unsigned forbidden, const char *what,
		  struct arena *a, struct slice *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;
	struct stat st;
	char *text;

	if (fd < 0)
		return err_set(e, ERR_INPUT, "%s %.200s cannot be read: %s", what, path,
			       errno == ELOOP ? "it is a symbolic link; name the file itself" :
			       strerror(errno));
	rc = fstat(fd, &st) ? err_set(e, ERR_INPUT, "%s %.200s cannot be read", what, path) :
		check(&st, path, forbidden, what, e);
	if (!rc)
		rc = io_read_all(fd, OWN_FILE_MAX, a, &text, &out->n, what, e);
	close(fd);
	if (!rc)
		out->p = text;
	return rc;
}
