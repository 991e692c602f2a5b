#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/paths.h"
#include "priv/accounts.h"
#include "priv/caller.h"
#include "priv/place.h"

/* A scan asks DNS between two requests; a front waits for a scan before it
 * says keep. */
static const struct peer_rule rules[] = {
	{ "root", WHO_ROOT, 0, 600000 },
	{ ACCOUNT_SCAN, WHO_SCAN, 0, 600000 },
	{ ACCOUNT_ADMIN, WHO_ADMIN_FRONT, 0, 180000 },
	{ ACCOUNT_USER, WHO_USER_FRONT, 2, 60000 },
};

const struct peer_rule *caller_rule(uid_t uid)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct passwd *pw = getpwnam(rules[i].account);

		if (pw && pw->pw_uid == uid)
			return &rules[i];
	}
	return NULL;
}

int caller_take_slot(const struct peer_rule *rule, struct err *e)
{
	for (int i = 0; i < rule->slots; i++) {
		char path[96];
		int fd;

		snprintf(path, sizeof(path), PATH_RUN "/slot.%s.%d",
			 rule->account, i);
		fd = place_file(path, O_RDWR, e);
		if (fd < 0)
			return -1;
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 0;	/* held until this process ends */
		close(fd);
	}
	if (!rule->slots)
		return 0;
	return err_set(e, ERR_LIMIT, "%s already has %d conversations with the helper",
		       rule->account, rule->slots);
}

static int reseller_may(const struct caller *c, const char *account,
			struct err *e)
{
	char owner[ACCOUNT_MAX];

	if (accounts_owner(account, owner, e))
		return -1;
	if (!strcmp(owner, c->by))
		return 0;
	return err_set(e, ERR_DENIED, "this belongs to no account of %s", c->by);
}

int caller_may_touch(const struct caller *c, const char *account, struct err *e)
{
	if (accounts_check(account, e))
		return -1;
	if (c->who & (WHO_ROOT | WHO_ADMIN))
		return 0;
	if (c->who == WHO_RESELLER)
		return reseller_may(c, account, e);
	if (c->who == WHO_ACCOUNT && !strcmp(c->by, account))
		return 0;
	return err_set(e, ERR_DENIED, "this does not belong to %s", c->by);
}
