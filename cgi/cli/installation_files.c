#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/paths.h"
#include "cli/installation.h"
#include "priv/client.h"
#include "render/template.h"

#define PATH_DOOR	PATH_LIBEXEC "/door.cgi"

/* As in whm-plugin/sysusers.d. */
static const struct {
	const char *name;
	bool speaks;	/* to the helper, so it is in the group */
} accounts[] = {
	{ ACCOUNT_ADMIN, true }, { ACCOUNT_USER, true }, { ACCOUNT_SCAN, true },
	{ ACCOUNT_PARSE, false },
};

/* What stands where, of what kind and whose; as in whm-plugin/tmpfiles.d, in the
 * units and in the Makefile. */
static const struct thing {
	const char *part, *path;
	mode_t mode;		/* with its kind */
	const char *owner, *group;
} things[] = {
	{ "directory", PATH_RUN, S_IFDIR | 0755, "root", "root" },
	{ "directory", PATH_TICKETS, S_IFDIR | 0700, "root", "root" },
	{ "directory", PATH_STATE, S_IFDIR | 0755, "root", "root" },
	{ "directory", PATH_JOURNAL, S_IFDIR | 0700, "root", "root" },
	{ "directory", PATH_RULES, S_IFDIR | 0700, "root", "root" },
	{ "directory", PATH_FROZEN, S_IFDIR | 0700, "root", "root" },
	{ "directory", PATH_ADMIN_STATE, S_IFDIR | 0700, ACCOUNT_ADMIN, ACCOUNT_ADMIN },
	{ "directory", PATH_ADMIN_STATE "/once", S_IFDIR | 0700, ACCOUNT_ADMIN, ACCOUNT_ADMIN },
	{ "directory", PATH_SCAN_STATE, S_IFDIR | 0700, ACCOUNT_SCAN, ACCOUNT_SCAN },
	{ "directory", PATH_LOG, S_IFDIR | 0750, "root", "root" },
	{ "program", PATH_CLI, S_IFREG | 0755, "root", "root" },
	{ "program", PATH_LIBEXEC "/relaydoctor-front", S_IFREG | 0755, "root", "root" },
	{ "program", PATH_HELPER, S_IFREG | 0755, "root", "root" },
	{ "program", PATH_LIBEXEC "/setup", S_IFREG | 0755, "root", "root" },
	{ "program", PATH_LIBEXEC "/upcp-hook", S_IFREG | 0755, "root", "root" },
	{ "program", PATH_DOOR, S_IFREG | 0755, "root", "root" },
	{ "door", PATH_ADMIN_DOOR, S_IFREG | 0755, "root", "root" },
	{ "door", PATH_RESELLER_DOOR, S_IFREG | 0755, "root", "root" },
	{ "door", PATH_USER_DOOR, S_IFREG | 0755, "root", "root" },
	{ "socket", PATH_HELPER_SOCK, S_IFSOCK | 0660, "root", GROUP_ALL },
	{ "socket", PATH_ADMIN_SOCK, S_IFSOCK | 0600, "root", "root" },
	{ "socket", PATH_SCAN_SOCK, S_IFSOCK | 0600, ACCOUNT_ADMIN, "root" },
	{ "socket", PATH_USER_SOCK, S_IFSOCK | 0666, "root", "root" },
};

static bool in_group(const char *name, const char *group)
{
	struct group *g = getgrnam(group);

	for (char **m = g ? g->gr_mem : NULL; m && *m; m++)
		if (!strcmp(*m, name))
			return true;
	return false;
}

static void look_accounts(struct installation *in)
{
	for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++) {
		const char *name = accounts[i].name;
		bool there = getpwnam(name);
		bool fits = there && in_group(name, GROUP_ALL) == accounts[i].speaks;

		installation_row(in, "account", fits ? FIT_OK : FIT_WRONG, name,
				 "/etc/passwd, /etc/group", fits ? NULL : MEND_ALL,
				 !there ? "there is no such account" :
				 fits ? "is there" : accounts[i].speaks ?
				 "is not in the group " GROUP_ALL ", so the helper does not hear it" :
				 "is in the group " GROUP_ALL ", where it has no business");
	}
}

static bool is_owner(const struct stat *st, const struct thing *t)
{
	struct passwd *p = getpwnam(t->owner);
	struct group *g = getgrnam(t->group);

	return p && g && st->st_uid == p->pw_uid && st->st_gid == g->gr_gid;
}

/* Somebody takes connections there. */
static int listens(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc, saved;

	if (fd < 0)
		return -1;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	rc = connect(fd, (struct sockaddr *)&a, sizeof(a));
	saved = errno;
	close(fd);
	/* the helper's speaks in datagrams: another kind of socket, but one that is open */
	return !rc || saved == EPROTOTYPE || saved == EAGAIN ? 0 : (errno = saved, -1);
}

static bool same_bytes(const char *a, const char *b)
{
	FILE *f = fopen(a, "re"), *g = fopen(b, "re");
	bool same = f && g;
	int c;

	do {
		c = same ? getc(f) : EOF;
		same = same && c == getc(g);
	} while (same && c != EOF);
	if (f)
		fclose(f);
	if (g)
		fclose(g);
	return same;
}

static const char *kind(mode_t mode)
{
	return S_ISDIR(mode) ? "a directory" : S_ISSOCK(mode) ? "a socket" :
		S_ISREG(mode) ? "a file" : "something else";
}

static void look_thing(struct installation *in, const struct thing *t)
{
	const char *mend = strcmp(t->part, "program") ? MEND_ALL : MEND_FILES;
	struct stat st;

	if (lstat(t->path, &st)) {
		installation_row(in, t->part, errno == ENOENT ? FIT_WRONG : FIT_UNKNOWN, t->path,
				 "looked for", mend, "%s", errno == ENOENT ?
				 "is missing" : strerror(errno));
		return;
	}
	if (st.st_mode != t->mode || !is_owner(&st, t)) {
		installation_row(in, t->part, FIT_WRONG, t->path, "looked at", mend,
				 "is %s with mode %04o of %u:%u; it has to be %s with mode %04o of %s:%s",
				 kind(st.st_mode), (unsigned)st.st_mode & 07777,
				 (unsigned)st.st_uid, (unsigned)st.st_gid,
				 kind(t->mode), (unsigned)t->mode & 07777, t->owner, t->group);
		return;
	}
	if (S_ISSOCK(t->mode) && listens(t->path)) {
		installation_row(in, t->part, FIT_WRONG, t->path, "connected to", MEND_ALL,
				 "nobody listens: %s", strerror(errno));
		return;
	}
	if (!strcmp(t->part, "door") && !same_bytes(t->path, PATH_DOOR)) {
		installation_row(in, t->part, FIT_WRONG, t->path, "compared with " PATH_DOOR,
				 MEND_ALL, "is not the program that was installed");
		return;
	}
	installation_row(in, t->part, FIT_OK, t->path,
			 S_ISSOCK(t->mode) ? "looked at, connected to" : "looked at", NULL,
			 "is there, with mode %04o of %s:%s", (unsigned)t->mode & 07777, t->owner, t->group);
}

static void look_templates(struct installation *in)
{
	struct template_set *s = template_set_new();
	struct err e;
	int rc = template_set_load(s, PATH_TEMPLATES, &e);

	template_set_free(s);
	installation_row(in, "templates", rc ? FIT_WRONG : FIT_OK, PATH_TEMPLATES, "read",
			 rc ? MEND_FILES : NULL,
			 "%s", rc ? e.text : "all can be read");
}

static void look_helper(struct installation *in)
{
	struct priv_client c = PRIV_CLIENT_INIT;
	struct err e;
	int fd = priv_open(&c, &e) ? -1 : priv_read(&c, "journal", "", "", &e);

	installation_row(in, "helper", fd < 0 ? FIT_WRONG : FIT_OK, PATH_HELPER_SOCK,
			 "asked for the journal",
			 fd < 0 ? "see: journalctl -u 'relaydoctor-helper@*'" : NULL,
			 "%s", fd < 0 ? e.text : "answers");
	if (fd >= 0)
		close(fd);
	priv_close(&c);
}

bool installation_is_absent(void)
{
	return access(PATH_LIBEXEC, F_OK) && errno == ENOENT && access(PATH_CLI, F_OK) &&
		errno == ENOENT;
}

void installation_files(struct installation *in)
{
	bool jupiter = !access("/usr/local/cpanel/base/frontend/jupiter", F_OK);

	look_accounts(in);
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
		if (jupiter || strcmp(things[i].path, PATH_USER_DOOR))
			look_thing(in, &things[i]);
	look_templates(in);
	look_helper(in);
}
