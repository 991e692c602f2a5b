#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "priv/commands.h"
#include "priv/field.h"
#include "priv/files.h"
#include "priv/frozen.h"
#include "priv/place.h"
#include "priv/spool.h"
#include "priv/spool_head.h"

#define REMOVED "removed"
#define FROZEN "frozen "

bool valid_frozen_id(const char *name)
{
	return spool_id_ok(name);
}

bool valid_removed(const char *value)
{
	return !strcmp(value, REMOVED);
}

/* "frozen ", 64 hex digits, a blank, one address. */
bool valid_frozen(const char *value)
{
	const char *hash = value + sizeof(FROZEN) - 1, *to = hash + SPOOL_HASH;

	if (strncmp(value, FROZEN, sizeof(FROZEN) - 1) ||
	    strspn(hash, "0123456789abcdef") != SPOOL_HASH - 1 || hash[SPOOL_HASH - 1] != ' ' ||
	    !strchr(to, '@'))
		return false;
	for (; *to; to++)
		if (*to <= ' ' || *to > '~')
			return false;
	return true;
}

/* What the memory file holds; takes it over. */
static int take(int fd, size_t max, struct arena *a, struct slice *out, struct err *e)
{
	char *text;
	int rc;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, max, a, &text, &out->n, "the queue", e);
	close(fd);
	out->p = text;
	return rc;
}

static int refuse_other(const char *id, struct err *e)
{
	return err_set(e, ERR_DENIED, "message %s is no frozen bounce with one recipient", id);
}

static int read_value(const char *account, const char *id, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice text;
	int rc = take(spool_look(id, e), SETTING_MAX, &a, &text, e);

	(void)account;
	if (!rc)
		field_print(value, SETTING_MAX, "%.*s", (int)text.n, text.p);
	arena_clear(&a);
	if (!rc && !valid_removed(value) && !valid_frozen(value))
		return refuse_other(id, e);
	return rc;
}

/* ---- copies ------------------------------------------------------------------- */

/* The oldest by its id, which begins with the time, when there are so many. */
static void make_room(int dir)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again >= 0 ? fdopendir(again) : NULL;
	char oldest[24] = "";
	const struct dirent *x;
	unsigned n = 0;

	while (d && (x = readdir(d))) {
		if (!spool_id_ok(x->d_name))
			continue;
		n++;
		if (!*oldest || strcmp(x->d_name, oldest) < 0)
			field_print(oldest, sizeof(oldest), "%s", x->d_name);
	}
	if (d)
		closedir(d);
	if (n >= FROZEN_KEPT_MAX)
		unlinkat(dir, oldest, 0);
}

/* The copy is of the very message that the value means. */
static int check_copy(struct slice text, const char *id, const char *value,
		      struct spool_file file[2], struct err *e)
{
	char hash[SPOOL_HASH];

	if (!spool_copy_read(text, file))
		return refuse_other(id, e);
	spool_hash(hash, file[0].text);
	if (strncmp(value + sizeof(FROZEN) - 1, hash, SPOOL_HASH - 1))
		return err_set(e, ERR_STALE, "message %s changed meanwhile", id);
	return 0;
}

static int keep_copy(const struct setting_act *x, struct arena *a, struct err *e)
{
	struct spool_file file[2];
	struct slice text;
	int dir, rc;

	if (take(spool_copy(x->name, e), SPOOL_COPY_MAX, a, &text, e) ||
	    check_copy(text, x->name, x->before, file, e))
		return -1;
	dir = place_open(PATH_FROZEN, 0700, e);
	if (dir < 0)
		return -1;
	make_room(dir);
	rc = io_replace(dir, x->name, 0600, text.p, text.n, e);
	close(dir);
	return rc;
}

static int put_back(const struct setting_act *x, struct arena *a, struct err *e)
{
	struct spool_back back = { .id = x->name };
	char path[sizeof(PATH_FROZEN) + 24];
	struct slice text;
	int fd;

	field_print(path, sizeof(path), PATH_FROZEN "/%s", x->name);
	fd = files_open_roots(path + 1, SPOOL_COPY_MAX, e);
	if (fd < 0)
		return e->code == ERR_NOT_FOUND ?
			err_set(e, ERR_NOT_FOUND, "the copy of message %s is not kept any more", x->name) : -1;
	if (take(fd, SPOOL_COPY_MAX, a, &text, e) ||
	    check_copy(text, x->name, x->value, back.file, e))
		return -1;
	return take(spool_restore(&back, e), 16, a, &text, e);
}

/* ---- the setting --------------------------------------------------------------- */

static int apply(const struct setting_act *x, struct arena *a, struct err *e)
{
	const char *const argv[] = { PATH_EXIM, "-Mrm", x->name, NULL };
	char failed[200];

	if (!valid_removed(x->value))
		return put_back(x, a, e);
	if (keep_copy(x, a, e) || command_change(argv, COMMAND_WRITE_MS, x->lock, failed, e))
		return -1;
	return *failed ? err_set(e, ERR_UNAVAILABLE, "%s", failed) : 0;
}

const struct setting setting_frozen = {
	.what = "the state", .of_server = true,
	.read = read_value, .apply = apply,
};
