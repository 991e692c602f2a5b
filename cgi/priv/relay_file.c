#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "priv/field.h"
#include "priv/files.h"
#include "priv/relay_file.h"

int relay_file_read(const char *name, struct arena *a, struct relay_file *f, struct err *e)
{
	char path[64], *p;
	int fd, rc;

	field_print(path, sizeof(path), "etc/%s", name);
	fd = files_open_roots(path, RELAY_FILE_MAX, e);
	if (fd < 0)
		return -1;
	rc = io_read_all(fd, RELAY_FILE_MAX, a, &p, &f->text.n, path, e);
	if (!rc && fstat(fd, &f->st))
		rc = err_set(e, ERR_UNAVAILABLE, "/%s: %s", path, strerror(errno));
	close(fd);
	f->text.p = rc ? NULL : p;
	return rc;
}

int relay_file_write(const char *name, const struct relay_file *f, const struct buf *b,
		     struct err *e)
{
	int dir = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (dir < 0)
		return err_set(e, ERR_UNAVAILABLE, "/etc: %s", strerror(errno));
	rc = io_replace_like(dir, name, &f->st, b->data ? b->data : "", b->len, e);
	close(dir);
	return rc;
}
