#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "priv/accounts.h"
#include "priv/files.h"
#include "priv/lines.h"

#define USER_MAX (1u << 20)

/* The text of a file of root's, in a. */
static int text_of(const char *path, size_t max, struct arena *a,
		   struct slice *out, struct err *e)
{
	int fd = files_open_roots(path, max, e), rc;
	char *p;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, max, a, &p, &out->n, path, e);
	out->p = p;
	close(fd);
	return rc;
}

static bool take_account(struct slice s, char out[ACCOUNT_MAX])
{
	s = slice_trim(s);
	if (!s.n || s.n >= ACCOUNT_MAX || memchr(s.p, '\0', s.n))
		return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return text_is_account(out);
}

/* "key: account": the account of the first line with this key. */
static int lookup(const char *path, const char *key, char out[ACCOUNT_MAX],
		  struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice value;
	int rc = lines_find(path, key, &a, &value, e);

	*out = '\0';
	if (rc && e->code == ERR_NOT_FOUND)
		err_set(e, ERR_UNAVAILABLE, "/%s does not exist", path);
	if (!rc && value.p && !take_account(value, out))
		rc = err_set(e, ERR_UNAVAILABLE, "/%s: the line of %s names no account",
			     path, key);
	arena_clear(&a);
	return rc;
}

int accounts_check(const char *account, struct err *e)
{
	char path[64];
	int fd;

	if (!text_is_account(account))
		return err_set(e, ERR_INPUT, "that is no account's name");
	snprintf(path, sizeof(path), "var/cpanel/users/%s", account);
	fd = files_open_roots(path, USER_MAX, e);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (e->code == ERR_NOT_FOUND)
		err_set(e, ERR_NOT_FOUND, "there is no account %s on this server",
			account);
	return -1;
}

int accounts_of_domain(const char *domain, char out[ACCOUNT_MAX], struct err *e)
{
	size_t n = strcspn(domain, ">");
	const char *at = memrchr(domain, '@', n);
	char of[256];

	if (n >= sizeof(of))
		return err_set(e, ERR_INPUT, "that is no domain's name");
	memcpy(of, domain, n);
	of[n] = '\0';
	domain = at ? of + (at + 1 - domain) : of;
	if (lookup("etc/userdomains", domain, out, e))
		return -1;
	if (!*out)
		return err_set(e, ERR_NOT_FOUND,
			       "%s is on no account of this server", domain);
	return accounts_check(out, e);
}

int accounts_owner(const char *account, char out[ACCOUNT_MAX], struct err *e)
{
	if (lookup("etc/trueuserowners", account, out, e))
		return -1;
	if (!*out)
		return err_set(e, ERR_NOT_FOUND,
			       "/etc/trueuserowners does not say who owns %s", account);
	return 0;
}

static int marked_suspended(const char *account, bool *yes, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice text = { NULL, 0 }, line;
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "var/cpanel/users/%s", account);
	rc = text_of(path, USER_MAX, &a, &text, e);
	*yes = false;
	while (!rc && slice_line(&text, &line))
		*yes |= slice_eq(slice_trim(line), "SUSPENDED=1");
	arena_clear(&a);
	return rc;
}

int accounts_not_suspended(const char *account, struct err *e)
{
	struct stat st;
	char path[64];
	bool yes;

	if (accounts_check(account, e) || marked_suspended(account, &yes, e))
		return -1;
	snprintf(path, sizeof(path), "/var/cpanel/suspended/%s", account);
	if (!yes && lstat(path, &st) && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	return err_set(e, ERR_DENIED, "the account %s is suspended", account);
}
