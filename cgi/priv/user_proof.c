#include <poll.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/paths.h"
#include "priv/commands.h"
#include "priv/reply.h"
#include "priv/user_proof.h"

static bool option_is(int fd, int option, int value)
{
	socklen_t n = sizeof(int);
	int v;

	return !getsockopt(fd, SOL_SOCKET, option, &v, &n) && v == value;
}

static bool is_bound_to(int fd, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNSPEC };
	socklen_t n = sizeof(sa);

	return !getsockname(fd, (struct sockaddr *)&sa, &n) &&
		n == offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1 &&
		!strcmp(sa.sun_path, path);
}

static bool peer_is_unnamed(int fd)
{
	struct sockaddr_un sa = { .sun_family = AF_UNSPEC };
	socklen_t n = sizeof(sa);

	return !getpeername(fd, (struct sockaddr *)&sa, &n) &&
		n == offsetof(struct sockaddr_un, sun_path);
}

static bool is_connected(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 0;
}

static int check_socket(int fd, struct ucred *peer, struct err *e)
{
	socklen_t n = sizeof(*peer);
	const struct {
		bool holds;
		const char *otherwise;
	} checks[] = {
		{ option_is(fd, SO_DOMAIN, AF_UNIX) &&
		  option_is(fd, SO_TYPE, SOCK_STREAM), "is no local stream" },
		{ option_is(fd, SO_ACCEPTCONN, 0), "is listening" },
		{ is_bound_to(fd, PATH_USER_SOCK), "was not accepted at user.sock" },
		{ peer_is_unnamed(fd), "has a named peer" },
		{ is_connected(fd), "has lost its peer" },
		{ !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &n), "has no peer" },
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (!checks[i].holds)
			return err_set(e, ERR_DENIED, "the socket sent as proof %s",
				       checks[i].otherwise);
	return 0;
}

static int account_of(uid_t uid, char account[ACCOUNT_MAX], struct err *e)
{
	const struct passwd *pw = uid ? getpwuid(uid) : NULL;

	if (!pw || strlen(pw->pw_name) >= ACCOUNT_MAX)
		return err_set(e, ERR_DENIED, "uid %u is no account of this server",
			       (unsigned)uid);
	snprintf(account, ACCOUNT_MAX, "%s", pw->pw_name);
	if (!accounts_check(account, e))
		return 0;
	if (e->code == ERR_NOT_FOUND || e->code == ERR_INPUT)
		e->code = ERR_DENIED;
	return -1;
}

static int has_feature(const char *account, struct err *e)
{
	const struct uapi_call c = {
		.account = account, .module = "Features", .function = "has_feature",
		.key = { "name" }, .value = { "relaydoctor" }, .lock = -1,
	};
	struct reply r;
	int status, fd = command_uapi(&c, &status, e), rc;

	if (fd < 0)
		return -1;
	rc = reply_read(fd, REPLY_FEATURE, NULL, &r, e);
	close(fd);
	if (rc || (!status && r.verdict == REPLY_OK))
		return rc;
	if (r.verdict == REPLY_REFUSED)
		return err_set(e, ERR_DENIED,
			       "the account %s does not have the feature relaydoctor: %s",
			       account, r.why);
	return err_set(e, ERR_UNAVAILABLE,
		       "cPanel does not tell whether %s has the feature relaydoctor: %s",
		       account, *r.why ? r.why : "uapi failed");
}

int user_proof(int fd, char account[ACCOUNT_MAX], struct err *e)
{
	struct ucred peer;

	if (check_socket(fd, &peer, e) || account_of(peer.uid, account, e) ||
	    accounts_not_suspended(account, e))
		return -1;
	return has_feature(account, e);
}
