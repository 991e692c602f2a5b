#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/rotation.h"
#include "base/text.h"
#include "priv/files.h"

#define MIB ((uint64_t)1 << 20)

enum owner { OWNER_ROOT, OWNER_MTA };

static const struct row {
	const char *name, *path;	/* path NULL: the newest rotation */
	enum owner owner;
	uint64_t max;
} rows[] = {
	{ "localdomains", "etc/localdomains", OWNER_ROOT, 16 * MIB },
	{ "remotedomains", "etc/remotedomains", OWNER_ROOT, 16 * MIB },
	{ "secondarymx", "etc/secondarymx", OWNER_ROOT, 16 * MIB },
	{ "userdomains", "etc/userdomains", OWNER_ROOT, 32 * MIB },
	{ "trueuserowners", "etc/trueuserowners", OWNER_ROOT, 16 * MIB },
	{ "domainips", "etc/domainips", OWNER_ROOT, 16 * MIB },
	{ "ips", "etc/ips", OWNER_ROOT, MIB },
	{ "mainip", "var/cpanel/mainip", OWNER_ROOT, MIB },
	{ "cpnat", "var/cpanel/cpnat", OWNER_ROOT, MIB },
	{ "wwwacct", "etc/wwwacct.conf", OWNER_ROOT, MIB },
	{ "chkservd", "etc/chkserv.d/chkservd.conf", OWNER_ROOT, MIB },
	{ "manualmx", "etc/manualmx", OWNER_ROOT, 16 * MIB },
	{ "exim_mainlog", "var/log/exim_mainlog", OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_1", NULL, OWNER_MTA, MIB * MIB },
};

/* Exim writes its log as one of these: cPanel's user, the distributions'. */
static bool is_mta(uid_t uid)
{
	static const char *const accounts[] = {
		"root", "mailnull", "exim", "Debian-exim"
	};

	for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++) {
		const struct passwd *pw = getpwnam(accounts[i]);

		if (pw && pw->pw_uid == uid)
			return true;
	}
	return false;
}

static int open_beneath_root(const char *path, const struct io_expect *x,
			     struct err *e)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (root < 0)
		return err_set(e, ERR_UNAVAILABLE, "/: %s", strerror(errno));
	fd = io_open_beneath(root, path, x, e);
	close(root);
	return fd;
}

int files_open_roots(const char *path, size_t max, struct err *e)
{
	const struct io_expect x = {
		.max_size = max, .check_owner = true, .owner = 0
	};

	return open_beneath_root(path, &x, e);
}

static int open_mtas(const char *path, uint64_t max, struct err *e)
{
	const struct io_expect x = { .max_size = max };
	int fd = open_beneath_root(path, &x, e);
	struct stat st;

	if (fd < 0 || (!fstat(fd, &st) && is_mta(st.st_uid)))
		return fd;
	close(fd);
	return err_set(e, ERR_DENIED, "/%s belongs neither to root nor to Exim", path);
}

static int newest_rotation(char out[ROTATION_MAX], struct err *e)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (root < 0)
		return err_set(e, ERR_UNAVAILABLE, "/: %s", strerror(errno));
	rc = rotation_newest(root, "exim_mainlog", out, e);
	close(root);
	return rc;
}

int files_open_row(const char *name, struct err *e)
{
	const struct row *r = rows, *end = rows + sizeof(rows) / sizeof(*rows);
	char newest[ROTATION_MAX];
	const char *path;

	while (r < end && strcmp(r->name, name))
		r++;
	if (r == end)
		return err_set(e, ERR_INPUT, "no file goes by the name '%s' here", name);
	path = r->path ? r->path : newest;
	if (!r->path && newest_rotation(newest, e))
		return -1;
	return r->owner == OWNER_ROOT ? files_open_roots(path, (size_t)r->max, e) :
		open_mtas(path, r->max, e);
}
