#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/pack.h"
#include "base/rotation.h"
#include "base/text.h"
#include "priv/files.h"
#include "priv/included.h"
#include "priv/kernel_log.h"

#define MIB ((uint64_t)1 << 20)

/* A directory is root's, the files in it are whose they are. */
enum owner { OWNER_ROOT, OWNER_MTA, OWNER_LOGGER, OWNER_DIRECTORY,
	OWNER_NAMES };

/* Of files that hold passwords and keys as well, the lines that are asked for. */
static const char *const csf_keys[] = {
	"TESTING", "IPV6", "TCP_IN", "TCP_OUT", "TCP6_IN", "TCP6_OUT", "SMTP_BLOCK",
	"SMTP_ALLOWLOCAL", "SMTP_REDIRECT", "SMTP_PORTS", "SMTP_ALLOWUSER",
	"SMTP_ALLOWGROUP", "CC_DENY", "CC_ALLOW_FILTER", NULL
};
static const char *const cpanel_keys[] = { "smtpmailgidonly", NULL };
static const char *const exim_keys[] = { "srs", NULL };
static const struct {
	const char *row;
	const char *const *keys;
} kept[] = {
	{ "csf_conf", csf_keys }, { "cpanel_config", cpanel_keys },
	{ "exim_localopts", exim_keys },
};

static const struct row {
	const char *name, *path;	/* path NULL: a rotation (base/rotation.h) */
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
	{ "csf_conf", "etc/csf/csf.conf", OWNER_ROOT, MIB },
	{ "csf_disable", "etc/csf/csf.disable", OWNER_ROOT, MIB },
	{ "csf_deny", "etc/csf/csf.deny", OWNER_ROOT, 64 * MIB },
	{ "csf_allow", "etc/csf/csf.allow", OWNER_ROOT, 64 * MIB },
	{ "csf_tempban", "var/lib/csf/csf.tempban", OWNER_ROOT, 16 * MIB },
	{ "csf_tempallow", "var/lib/csf/csf.tempallow", OWNER_ROOT, 16 * MIB },
	{ "cpanel_config", "var/cpanel/cpanel.config", OWNER_ROOT, MIB },
	{ "smtp_flag", "var/cpanel/smtpgidonlytweak", OWNER_ROOT, MIB },
	{ "spammers", "etc/spammeripblocks", OWNER_ROOT, 16 * MIB },
	{ "countries", "etc/blocked_incoming_email_country_ips", OWNER_ROOT, 64 * MIB },
	{ "hold_users", "etc/outgoing_mail_hold_users", OWNER_ROOT, MIB },
	{ "suspended_users", "etc/outgoing_mail_suspended_users", OWNER_ROOT, MIB },
	{ "defer_marks", "var/cpanel/email_send_limits/max_deferfail_*", OWNER_NAMES, 16 * MIB },
	{ "passwd", "etc/passwd", OWNER_ROOT, 16 * MIB },
	{ "lfd_log", "var/log/lfd.log", OWNER_ROOT, MIB * MIB },
	{ "kernel_messages", "var/log/messages", OWNER_LOGGER, MIB * MIB },
	{ "kernel_log", "var/log/kern.log", OWNER_LOGGER, MIB * MIB },
	{ "manualmx", "etc/manualmx", OWNER_ROOT, 16 * MIB },
	{ "relayhosts", "etc/relayhosts", OWNER_ROOT, MIB },
	{ "alwaysrelay", "etc/alwaysrelay", OWNER_ROOT, MIB },
	{ "trustedmailhosts", "etc/trustedmailhosts", OWNER_ROOT, MIB },
	{ "skipsmtpcheckhosts", "etc/skipsmtpcheckhosts", OWNER_ROOT, MIB },
	{ "backupmxhosts", "etc/backupmxhosts", OWNER_ROOT, MIB },
	{ "ips_remotemail", "etc/ips.remotemail", OWNER_ROOT, MIB },
	{ "valiases", "etc/valiases", OWNER_DIRECTORY, 512 * MIB },
	{ "vdomainaliases", "etc/vdomainaliases", OWNER_DIRECTORY, 64 * MIB },
	{ "vfilters", "etc/vfilters", OWNER_DIRECTORY, 256 * MIB },
	{ "other_valiases", "etc/relaydoctor/valiases", OWNER_DIRECTORY, 256 * MIB },
	{ "exim_localopts", "etc/exim.conf.localopts", OWNER_ROOT, MIB },
	{ "settings", "etc/relaydoctor/relaydoctor.conf", OWNER_ROOT, MIB },
	{ "probe", "var/lib/relaydoctor/probe", OWNER_ROOT, MIB },
	{ "exim_mainlog", "var/log/exim_mainlog", OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_1", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_2", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_3", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_4", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_5", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_6", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_mainlog_7", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_rejectlog", "var/log/exim_rejectlog", OWNER_MTA, MIB * MIB },
	{ "exim_rejectlog_1", NULL, OWNER_MTA, MIB * MIB },
	{ "exim_paniclog", "var/log/exim_paniclog", OWNER_MTA, MIB * MIB },
	{ "maillog", "var/log/maillog", OWNER_ROOT, MIB * MIB },
	{ "maillog_1", NULL, OWNER_ROOT, MIB * MIB },
};

/* Exim writes its log as one of these: cPanel's user, the distributions'. */
static const char *const mtas[] = { "root", "mailnull", "exim", "Debian-exim", NULL };
/* As who rsyslog writes; not root in Ubuntu. */
static const char *const loggers[] = { "root", "syslog", NULL };

static bool is_one_of(uid_t uid, const char *const *accounts)
{
	for (; *accounts; accounts++) {
		const struct passwd *pw = getpwnam(*accounts);

		if (pw && pw->pw_uid == uid)
			return true;
	}
	return false;
}

static int open_root(struct err *e)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root >= 0 ? root : err_set(e, ERR_UNAVAILABLE, "/: %s", strerror(errno));
}

static int open_beneath_root(const char *path, const struct io_expect *x,
			     struct err *e)
{
	int root = open_root(e), fd;

	if (root < 0)
		return -1;
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

int files_open_accounts(const char *path, size_t max, const char *account,
			struct err *e)
{
	const struct io_expect x = { .max_size = max };
	int fd = open_beneath_root(path, &x, e);
	const struct passwd *pw;
	struct stat st;

	if (fd < 0)
		return -1;
	pw = getpwnam(account);
	if (!fstat(fd, &st) && (!st.st_uid || (pw && pw->pw_uid == st.st_uid)))
		return fd;
	close(fd);
	return err_set(e, ERR_DENIED, "/%s belongs neither to root nor to %s", path, account);
}

static int open_log(const char *path, uint64_t max, enum owner owner, struct err *e)
{
	const struct io_expect x = { .max_size = max };
	bool mta = owner == OWNER_MTA;
	int fd = open_beneath_root(path, &x, e);
	struct stat st;

	if (fd < 0 || (!fstat(fd, &st) && is_one_of(st.st_uid, mta ? mtas : loggers)))
		return fd;
	close(fd);
	return err_set(e, ERR_DENIED, "/%s belongs neither to root nor to %s", path,
		       mta ? "Exim" : "the system's logger");
}

static int pack(const char *path, bool names, uint64_t max, struct err *e)
{
	int root = open_root(e), fd;

	if (root < 0)
		return -1;
	fd = (names ? pack_marks : pack_directory)(root, path, max, e);
	close(root);
	return fd;
}

static int rotation(const char *row, char out[ROTATION_MAX], struct err *e)
{
	int root = open_root(e), rc;

	if (root < 0)
		return -1;
	rc = rotation_of_row(root, row, out, e);
	close(root);
	return rc;
}

/* The line's key, which ends at a blank or '=', is one of those. */
static bool is_among(struct slice line, const char *const *keys)
{
	struct slice key = slice_trim(slice_cut(&line, '='));

	while (*keys && !slice_eq(key, *keys))
		keys++;
	return *keys != NULL;
}

/* A memory file with those lines of fd that may pass; takes fd over. */
static int lines_among(int fd, const struct row *r, const char *const *keys,
		       struct err *e)
{
	struct buf some = BUF_INIT((size_t)r->max);
	struct arena a = ARENA_INIT;
	struct slice text, line;
	char *p;
	int rc = io_read_all(fd, (size_t)r->max, &a, &p, &text.n, r->path, e), out = -1;

	close(fd);
	text.p = p;
	while (!rc && slice_line(&text, &line)) {
		if (!is_among(line, keys))
			continue;
		buf_add(&some, line.p, line.n);
		buf_add(&some, "\n", 1);
	}
	if (!rc)
		out = io_memfd(r->name, some.data ? some.data : "", some.len);
	if (!rc && out < 0)
		err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno));
	buf_free(&some);
	arena_clear(&a);
	return out;
}

static int some_lines(int fd, const struct row *r, struct err *e)
{
	for (size_t i = 0; fd >= 0 && i < sizeof(kept) / sizeof(*kept); i++)
		if (!strcmp(kept[i].row, r->name))
			return lines_among(fd, r, kept[i].keys, e);
	return fd;
}

/* What the lists of CSF include, which is made of several files. */
static const struct {
	const char *row, *list;
} included[] = {
	{ "csf_deny_included", "etc/csf/csf.deny" },
	{ "csf_allow_included", "etc/csf/csf.allow" },
};

int files_open_row(const char *name, struct err *e)
{
	const struct row *r = rows, *end = rows + sizeof(rows) / sizeof(*rows);
	char rotated[ROTATION_MAX];
	const char *path;
	int fd;

	for (size_t i = 0; i < sizeof(included) / sizeof(*included); i++)
		if (!strcmp(included[i].row, name))
			return included_open(included[i].list, e);
	while (r < end && strcmp(r->name, name))
		r++;
	if (r == end)
		return err_set(e, ERR_INPUT, "no file goes by the name '%s' here", name);
	path = r->path ? r->path : rotated;
	if (!r->path && rotation(r->name, rotated, e))
		return -1;
	if (r->owner == OWNER_DIRECTORY || r->owner == OWNER_NAMES)
		return pack(path, r->owner == OWNER_NAMES, r->max, e);
	fd = r->owner == OWNER_ROOT ? files_open_roots(path, (size_t)r->max, e) :
		open_log(path, r->max, r->owner, e);
	return fd >= 0 && kernel_log_is(r->name) ? kernel_log_lines(fd, r->name, e) :
		some_lines(fd, r, e);
}
