#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/paths.h"
#include "priv/commands.h"
#include "priv/csf.h"
#include "priv/files.h"
#include "priv/whm_restrictions.h"

#define CONF "etc/csf/csf.conf"

static int check_switched_on(struct err *e)
{
	struct stat st;

	if (lstat("/etc/csf/csf.disable", &st) && errno == ENOENT)
		return 0;
	return err_set(e, ERR_DENIED,
		       "CSF is switched off (/etc/csf/csf.disable); switch it on with csf -e first");
}

int csf_read(struct arena *a, struct csf_conf *c, struct err *e)
{
	int fd = files_open_roots(CONF, CSF_TEXT_MAX, e), rc;
	char *p;

	c->text = (struct slice){ NULL, 0 };
	if (fd < 0)
		return e->code == ERR_NOT_FOUND ?
			err_set(e, ERR_NOT_FOUND, "CSF is not installed: /" CONF " does not exist") : -1;
	rc = io_read_all(fd, CSF_TEXT_MAX, a, &p, &c->text.n, CONF, e);
	close(fd);
	if (rc)
		return -1;
	c->text.p = p;
	return csf_text_check(c->text, e) || check_switched_on(e) ? -1 : 0;
}

/* ---- writing ----------------------------------------------------------- */

/* The directory below dir, which is closed; root's alone. */
static int step(int dir, struct slice part, const char *path, struct err *e)
{
	char name[60];
	struct stat st;
	int fd;

	snprintf(name, sizeof(name), "%.*s", (int)part.n, part.p);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err_set(e, ERR_UNAVAILABLE, "%s: %s: %s", path, name, strerror(errno));
	else if (st.st_uid || st.st_mode & 022)
		err_set(e, ERR_DENIED, "%s: the directory %s can be written by others than root",
			path, name);
	else {
		close(dir);
		return fd;
	}
	close(dir);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The directory that the file stands in, and the file's name. */
static int open_place(const char *path, const char **name, struct err *e)
{
	struct slice rest = slice_of(path + 1);
	int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (dir >= 0 && memchr(rest.p, '/', rest.n))
		dir = step(dir, slice_cut(&rest, '/'), path, e);
	*name = rest.p;
	return dir;
}

int csf_replace(const char *path, const char *text, size_t n, struct err *e)
{
	const char *name;
	int dir = open_place(path, &name, e), rc = -1;
	struct stat st;

	if (dir < 0)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		err_set(e, ERR_UNAVAILABLE, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_uid || st.st_gid || st.st_nlink != 1)
		err_set(e, ERR_DENIED, "%s is not root's own, single file; change it by hand", path);
	else
		rc = io_replace_like(dir, name, &st, text, n, e);
	close(dir);
	return rc;
}

/* out: the text with one value replaced. */
static int put_value(struct buf *out, const struct csf_edit *x, struct err *e)
{
	struct buf new = BUF_INIT(CSF_TEXT_MAX);
	const struct slice text = { out->data, out->len };
	struct slice old = csf_text_value(text, x->key);
	size_t before = old.p ? (size_t)(old.p - text.p) : 0;

	if (!old.p)
		return err_set(e, ERR_DENIED, "/" CONF " has no line of %s", x->key);
	buf_add(&new, text.p, before);
	buf_add(&new, x->value.p, x->value.n);
	buf_add(&new, old.p + old.n, text.n - before - old.n);
	buf_free(out);
	*out = new;
	return new.full ? err_set(e, ERR_LIMIT, "/" CONF " would be too large") : 0;
}

int csf_write(const struct csf_conf *c, const struct csf_edit *edits, size_t n, struct err *e)
{
	struct buf out = BUF_INIT(CSF_TEXT_MAX);
	int rc = 0;

	buf_add(&out, c->text.p, c->text.n);
	for (size_t i = 0; !rc && i < n; i++)
		if (edits[i].value.p)
			rc = put_value(&out, &edits[i], e);
	if (!rc)
		rc = csf_text_check((struct slice){ out.data, out.len }, e);
	if (!rc)
		rc = csf_replace("/" CONF, out.data, out.len, e);
	buf_free(&out);
	return rc;
}

/* ---- the rules --------------------------------------------------------- */

int csf_restart(int lock, struct err *e)
{
	static const char *const argv[] = {
		PATH_SYSTEMD_RUN, "--quiet", "--collect", "--wait", "--pipe",
		"--property=RuntimeMaxSec=40", PATH_CSF, "-r", NULL
	};
	char failed[200];

	/* Longer than the unit may take, so that it is never left running. */
	if (command_change(argv, CSF_RESTART_MS + 5000, lock, failed, e))
		return -1;
	if (*failed)
		return err_set(e, ERR_UNAVAILABLE, "csf -r failed: %s", failed);
	return whm_restrictions_renew(lock, e);
}

int csf_apply(const struct csf_conf *c, const struct csf_edit *edits, size_t n,
	      bool rules_apart, int lock, struct err *e)
{
	struct err why, unwritten;

	if (csf_write(c, edits, n, e))
		return -1;
	if (rules_apart || !csf_restart(lock, &why))
		return 0;
	if (csf_replace("/" CONF, c->text.p, c->text.n, &unwritten))
		return err_set(e, ERR_UNAVAILABLE, "%.200s; and the old csf.conf could not be put back: %.200s",
			       why.text, unwritten.text);
	*e = why;
	return -1;
}
