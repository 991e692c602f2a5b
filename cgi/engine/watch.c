#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "engine/watch.h"

void watch_scanned(struct watch_clock *c, int64_t now)
{
	*c = (struct watch_clock){ .scanned = now };
}

void watch_changed(struct watch_clock *c, int64_t now)
{
	c->settling = now;
	if (!c->changed)
		c->changed = now;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When a scan is due because of the changes. */
static int64_t due_by_change(const struct watch_clock *c, int64_t quiet)
{
	int64_t at = least(c->settling + quiet, c->changed + quiet * WATCH_PATIENCE);
	int64_t apart = c->scanned + quiet * WATCH_APART;

	return at > apart ? at : apart;
}

int64_t watch_due(const struct watch_clock *c, const struct watch_times *t, int64_t now)
{
	int64_t at = INT64_MAX;

	if (t->every)
		at = c->scanned + t->every;
	if (t->on_change && c->changed)
		at = least(at, due_by_change(c, t->on_change));
	if (at == INT64_MAX)
		return -1;
	return at > now ? at - now : 0;
}

/* The panel writes a new file and renames it; an administrator's editor may not. */
int watch_open(const char *dir)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), was;

	if (fd < 0 || inotify_add_watch(fd, dir, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE |
					IN_ONLYDIR) >= 0)
		return fd;
	was = errno;
	close(fd);
	errno = was;
	return -1;
}

static bool is_list(const char *name)
{
	static const char *const lists[] = {
		"localdomains", "remotedomains", "secondarymx", "userdomains", "manualmx",
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!strcmp(lists[i], name))
			return true;
	return false;
}

/* Of events that were too many to tell any may have been one. */
static bool is_change(const struct inotify_event *e)
{
	return e->mask & IN_Q_OVERFLOW || (e->len && is_list(e->name));
}

bool watch_take(int fd)
{
	alignas(struct inotify_event) char room[4096];
	bool changed = false;
	ssize_t n;

	while ((n = read(fd, room, sizeof(room))) > 0)
		for (char *p = room; p < room + n;) {
			const struct inotify_event *e = (const void *)p;

			changed |= is_change(e);
			p += sizeof(*e) + e->len;
		}
	return changed;
}
