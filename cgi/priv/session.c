#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "priv/field.h"
#include "priv/place.h"
#include "priv/session.h"
#include "priv/valid.h"

static void path_of(char out[64], const char *name)
{
	snprintf(out, 64, PATH_SESSIONS "/%.31s", name);
}

static void stop_path_of(char out[64], const char *name)
{
	snprintf(out, 64, PATH_SESSIONS "/%.31s.stop", name);
}

static void forget_stop(const char *name)
{
	char path[64];

	stop_path_of(path, name);
	unlink(path);
}

int session_begin(struct session *s, const char *change, struct err *e)
{
	int dir = s->fd < 0 ? place_open(PATH_SESSIONS, 0700, e) : -1;
	char path[64];

	if (s->fd >= 0)
		return 0;
	if (dir < 0)
		return -1;
	close(dir);
	path_of(path, change);
	s->fd = place_file(path, O_RDWR, e);
	if (s->fd < 0)
		return -1;
	field_set(s, name, "%s", change);
	if (!flock(s->fd, LOCK_EX | LOCK_NB)) {
		forget_stop(s->name);
		return 0;
	}
	close(s->fd);
	s->fd = -1;
	return err_set(e, ERR_BUG, "%s is held by somebody else", path);
}

void session_end(struct session *s)
{
	char path[64];

	if (s->fd < 0)
		return;
	path_of(path, s->name);
	forget_stop(s->name);
	unlink(path);
	close(s->fd);
	s->fd = -1;
}

bool session_lives(const char *name)
{
	char path[64];
	bool lives;
	int fd;

	if (!valid_change(name))
		return false;
	path_of(path, name);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	lives = flock(fd, LOCK_EX | LOCK_NB) != 0;
	if (!lives)
		unlink(path);
	close(fd);
	return lives;
}

int session_ask_stop(const char *name, const char *by, struct err *e)
{
	char path[64];
	int fd, rc = 0;

	if (!session_lives(name))
		return err_set(e, ERR_STALE, "it has ended already");
	stop_path_of(path, name);
	fd = place_file(path, O_WRONLY, e);
	if (fd < 0)
		return -1;
	if (ftruncate(fd, 0) || io_write_all(fd, by, strlen(by)))
		rc = err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	close(fd);
	return rc;
}

bool session_stop_asked(const struct session *s, char *by, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	stop_path_of(path, s->name);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, by, size - 1);
	by[n > 0 ? n : 0] = '\0';
	close(fd);
	return true;
}
