#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/paths.h"
#include "priv/field.h"
#include "priv/place.h"
#include "priv/session.h"
#include "priv/valid.h"

static void path_of(char out[64], const char *name)
{
	snprintf(out, 64, PATH_SESSIONS "/%.31s", name);
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
	if (!flock(s->fd, LOCK_EX | LOCK_NB))
		return 0;
	session_end(s);
	return err_set(e, ERR_BUG, "%s is held by somebody else", path);
}

void session_end(struct session *s)
{
	char path[64];

	if (s->fd < 0)
		return;
	path_of(path, s->name);
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
